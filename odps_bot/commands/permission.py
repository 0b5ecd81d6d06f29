"""What commands ask before they act."""

from odps_bot.permission import demand, demand_statement, standing

__all__ = ["demand", "demand_statement", "standing"]
