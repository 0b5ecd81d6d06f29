"""The clients of MaxCompute."""

from odps_bot.maxcompute_clients.clients import MaxComputeClients

__all__ = ["MaxComputeClients"]
