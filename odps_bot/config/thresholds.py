"""From when on an instance is called slow, starved or skewed: `[diagnosis]` of `odps-bot.toml`.

MaxCompute documents few numbers. Each line names the source of its default: "documented", or
"ours", which is our judgement and was checked against simulated lives of instances.
"""

from typing import Annotated, TypeAlias

import msgspec

#: The documented numbers are from these pages.
SOURCES = (
    "https://www.alibabacloud.com/help/en/maxcompute/user-guide/job-intelligence-diagnosis",
    "https://www.alibabacloud.com/help/en/maxcompute/user-guide/odps-0123144",
)

_DAYS_S = 7 * 24 * 3600

Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=_DAYS_S)]
Times: TypeAlias = Annotated[float, msgspec.Meta(ge=1, le=1_000_000)]
Part: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers of the rules, by what they say."""

    enabled: bool = True  #: ours; `false`: nobody is told why a job is slow or queued
    # Waiting, and what comes before the run
    wait_framework_s: Seconds = 60  #: ours; it waits for a slot of the project or of MaxCompute
    wait_quota_s: Seconds = 60  #: ours; it waits for its quota
    submit_s: Seconds = 120  #: ours; sub-status 1250 counts as waiting for the quota from then on
    starved_s: Seconds = 300  #: documented; it has had too few workers for so long
    starved_ratio: Part = 0.95  #: documented; too few: less than this part of those it wants
    optimizing_note_s: Seconds = 180  #: ours; a long compilation is only a hint from then on
    optimizing_s: Seconds = 600  #: documented; the optimizer usually takes less
    planning_s: Seconds = 120  #: ours; the list of files is being read
    planning_usual_ratio: Times = 1.5  #: ours; by the usual time of that, which it must exceed too
    replication_s: Seconds = 60  #: ours; it waits for data from another cluster
    finishing_s: Seconds = 120  #: ours; all rows are written, but the job has not ended
    # One worker among many
    skew_ratio: Times = 3  #: documented; a worker's records or time by the mean of the others
    skew_least_workers: Count = 4  #: ours; in stages with fewer workers a ratio says nothing
    skew_least_records: Count = 1_000_000  #: ours; that worker has at least so many
    skew_least_s: Seconds = 60  #: ours; and has run for so long
    skew_least_rest_s: Seconds = 60  #: ours; what ends sooner is not worth a word
    tail_least_s: Seconds = 90  #: ours (documented: 30); the slowest worker has run for so long
    tail_even_ratio: Times = 1.5  #: ours; up to this the slowest has no more records than others
    backup_grace_s: Seconds = 120  #: ours; a backup of the slowest worker may end before it
    # Whole stages
    expansion_ratio: Times = 10  #: ours; rows that a stage makes of one
    expansion_least_records: Count = 100_000_000  #: ours; rows that it has made
    expansion_s: Seconds = 30  #: ours; for so long
    expansion_usual_ratio: Times = 2  #: ours; by the usual ratio of the stage, which is not said
    few_workers: Count = 2  #: ours; a stage has no more of them
    few_s: Seconds = 300  #: ours; they have run for so long
    few_least_records: Count = 50_000_000  #: ours; and have read so many records
    few_least_bytes: Count = 10 * 1024**3  #: ours; or so many bytes
    many_workers: Count = 1_000  #: ours; a stage has at least so many
    many_ended: Count = 100  #: ours; so many of them have ended
    many_mean_s: Seconds = 10  #: ours; they lived no longer, on the average
    many_mean_bytes: Count = 16 * 1024**2  #: ours; and read no more bytes
    many_s: Seconds = 60  #: ours; for so long
    udf_s: Seconds = 300  #: ours; workers of a statement with own functions have run for so long
    udf_records_per_s: Count = 10_000  #: documented; a worker usually does more
    udf_even_ratio: Times = 2  #: ours; above this the workers are not slow alike
    # The whole job
    input_ratio: Times = 2  #: ours; it reads so many times what is usual
    input_least_records: Count = 1_000_000  #: ours; of a usual input of at least so many records
    retries: Count = 3  #: ours; restarts of workers in a stage
    retries_of_one: Count = 2  #: ours; so many of them of one worker
    retries_part: Part = 0.05  #: ours; or this part of the workers was restarted
    no_movement_s: Seconds = 600  #: ours; no record, no worker has moved for so long
