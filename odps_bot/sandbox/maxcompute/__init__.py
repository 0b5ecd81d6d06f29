"""A MaxCompute with the REST API that runs SQL locally, for trying out and testing.

    with MaxComputeSandbox(timing=Timing.instant()) as sandbox:
        connect(sandbox.endpoint, ACCESS_KEY_ID, ACCESS_KEY_SECRET, project="sandbox")

Hints control one instance, in its settings or as `set` lines before the statement:

    set sandbox.duration=30;       runs for 30 seconds, or as long as the engine needs
    set sandbox.queue=10;          waits 10 seconds before that
    set sandbox.fail=ODPS-…;       fails half-way with this message
    set sandbox.stuck=true;        runs until somebody stops it

Any client can submit SQL, SQLRT, SQLCost, MERGE, LOT, CUPID and Graph tasks under names of their
own, several in one job; those without SQL take their time, have no stages, and obey the same hints.
Progress, summary and the like are refused for a task that the instance does not have, and so is a
query parameter that the operation does not have. `faults.add(forbid(), operation=POLLS, times=9)`
has polls refused with 403; `expire_token()` is 401, `throttle()` 429.

Where projects of the real service can differ, this one refuses full scans of partitioned tables
unless `odps.sql.allow.fullscan` is true, allows ORDER BY without LIMIT, fails on invalid casts
unless `odps.sql.udf.strict.mode` is false, refuses a condition on a partition that does not exist,
and uses UTC. A statement that writes does so at the end of its visible run time.
"""

from odps_bot.sandbox.maxcompute.faults import (
    POLLS,
    Fault,
    expire_token,
    forbid,
    hang,
    http_error,
    refuse,
    reset_after,
    reset_before,
    slow_bytes,
    throttle,
    truncated_xml,
)
from odps_bot.sandbox.maxcompute.instances import InstanceRecord
from odps_bot.sandbox.maxcompute.recorder import RecordedRequest
from odps_bot.sandbox.maxcompute.sandbox import ACCESS_KEY_ID, ACCESS_KEY_SECRET, MaxComputeSandbox
from odps_bot.sandbox.maxcompute.timing import Timing

__all__ = [
    "ACCESS_KEY_ID",
    "ACCESS_KEY_SECRET",
    "POLLS",
    "Fault",
    "InstanceRecord",
    "MaxComputeSandbox",
    "RecordedRequest",
    "Timing",
    "expire_token",
    "forbid",
    "hang",
    "http_error",
    "refuse",
    "reset_after",
    "reset_before",
    "slow_bytes",
    "throttle",
    "truncated_xml",
]
