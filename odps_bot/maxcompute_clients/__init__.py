"""The clients of MaxCompute: by project, and by what they are needed for."""

from odps_bot.maxcompute_clients.clients import MaxComputeClients
from odps_bot.maxcompute_clients.purposes import Purpose

__all__ = ["MaxComputeClients", "Purpose"]
