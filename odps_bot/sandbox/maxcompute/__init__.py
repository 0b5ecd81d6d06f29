"""A MaxCompute with the REST API that runs SQL locally, for trying out and testing.

    with MaxComputeSandbox(timing=Timing.instant()) as sandbox:
        connect(sandbox.endpoint, ACCESS_KEY_ID, ACCESS_KEY_SECRET, project="sandbox")

Hints control one instance, in its settings or as `set` lines before the statement:

    set sandbox.duration=30;       runs for 30 seconds, or as long as the engine needs
    set sandbox.queue=10;          waits 10 seconds before that
    set sandbox.fail=ODPS-…;       fails half-way with this message
    set sandbox.error.format=xml;  fails with an `<Error>` document instead of a line
    set sandbox.stuck=true;        runs until somebody stops it
    set sandbox.life=skew;         shows all that MaxCompute tells of a job with skewed data, and
                                   so on: see `lives.catalog` for the names
    set sandbox.life.from=600;     is ten minutes into that life at once
    set sandbox.life.speed=20;     lives so many times as quickly
    set sandbox.life.records=false;  its workers do not tell their records

Any client can submit SQL, SQLRT, SQLCost, MERGE, LOT, CUPID and Graph tasks under names of their
own, several in one job; those without SQL take their time, have no stages, and obey the same hints.
Progress, summary and the like are refused for a task that the instance does not have, and so is a
query parameter that the operation does not have. `faults.add(forbid(), operation=POLLS, times=9)`
has polls refused with 403; `expire_token()` is 401, `throttle()` 429. `?instancestatus` is
answered when the instance ends, or after five seconds; after `faults.add(not_held(),
operation="instancestatus")` at once.

The tunnel sends results and tables as rows or Arrow batches, deflated if asked to, and takes both
for tables, in blocks that a commit adds at once. `DOWNLOADS` are its operations that send rows of a
result: `faults.add(cut_stream(100), operation=DOWNLOADS)`, and likewise `wrong_byte`,
`deflate_bomb`, `server_metrics` (rows), `refuse_arrow` and `ignore_arrow`. It has no upserts, no
streams, no previews and no encoding but deflate; times are in whole microseconds.

Where projects of the real service can differ, this one refuses full scans of partitioned tables
unless `odps.sql.allow.fullscan` is true, allows ORDER BY without LIMIT, fails on invalid casts
unless `odps.sql.udf.strict.mode` is false, refuses a condition on a partition that does not exist,
keeps tables by the clock of Asia/Shanghai, and so shows an hour that clocks had twice as the first
one. A statement that writes does so at the end of its visible run time.
The history of tasks can be read without a condition on its partitions, as on the real service.
"""

from odps_bot.sandbox.maxcompute.faults import (
    DOWNLOADS,
    POLLS,
    Fault,
    cut_stream,
    deflate_bomb,
    expire_token,
    forbid,
    hang,
    http_error,
    ignore_arrow,
    not_held,
    odd_record,
    refuse,
    refuse_arrow,
    reset_after,
    reset_before,
    server_metrics,
    slow_bytes,
    throttle,
    truncated_xml,
    wrong_byte,
)
from odps_bot.sandbox.maxcompute.instances import InstanceRecord
from odps_bot.sandbox.maxcompute.recorder import RecordedRequest
from odps_bot.sandbox.maxcompute.sandbox import ACCESS_KEY_ID, ACCESS_KEY_SECRET, MaxComputeSandbox
from odps_bot.sandbox.maxcompute.timing import Timing

__all__ = [
    "ACCESS_KEY_ID",
    "ACCESS_KEY_SECRET",
    "DOWNLOADS",
    "POLLS",
    "Fault",
    "InstanceRecord",
    "MaxComputeSandbox",
    "RecordedRequest",
    "Timing",
    "cut_stream",
    "deflate_bomb",
    "expire_token",
    "forbid",
    "hang",
    "http_error",
    "ignore_arrow",
    "not_held",
    "odd_record",
    "refuse",
    "refuse_arrow",
    "reset_after",
    "reset_before",
    "server_metrics",
    "slow_bytes",
    "throttle",
    "truncated_xml",
    "wrong_byte",
]
