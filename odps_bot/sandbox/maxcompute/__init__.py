"""A MaxCompute that speaks the REST API and really runs SQL, for trying and testing.

with MaxComputeSandbox(pace=Pace.instant()) as sandbox:
    client = Client(sandbox.endpoint, ...)
"""

from odps_bot.sandbox.maxcompute.faults import (
    Fault,
    hang,
    http_error,
    reset_after,
    reset_before,
    slow_bytes,
    throttle,
    truncated_xml,
)
from odps_bot.sandbox.maxcompute.instances import InstanceRecord
from odps_bot.sandbox.maxcompute.pace import Pace
from odps_bot.sandbox.maxcompute.recorder import RecordedRequest
from odps_bot.sandbox.maxcompute.sandbox import ACCESS_KEY_ID, ACCESS_KEY_SECRET, MaxComputeSandbox

__all__ = [
    "ACCESS_KEY_ID",
    "ACCESS_KEY_SECRET",
    "Fault",
    "InstanceRecord",
    "MaxComputeSandbox",
    "Pace",
    "RecordedRequest",
    "hang",
    "http_error",
    "reset_after",
    "reset_before",
    "slow_bytes",
    "throttle",
    "truncated_xml",
]
