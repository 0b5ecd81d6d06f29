"""What an instance looked like at a moment. Pure values; None and empty: nobody told it."""

import msgspec

from odps_bot.store.codec import Instant


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that stands out among those of its stage."""

    index: int  #: the ``49`` of ``R2_1#49_1``
    attempt: int = 0  #: the ``1``: how often it was started anew
    age_s: float | None = None  #: how long it has run, or ran
    input_records: int | None = None
    input_bytes: int | None = None
    log_id: str | None = None


class Workers(msgspec.Struct, frozen=True, kw_only=True):
    """What matters of a stage's workers, however many there are. Workers not begun are left out.

    Means over ended workers never include running ones, whose durations are not known yet.
    """

    ended: int = 0
    running: int = 0
    ended_mean_s: float | None = None
    ended_mean_bytes: float | None = None  #: of input
    mean_records: float | None = None  #: of input, over ended and running workers
    max_records: int | None = None
    mean_records_without_oldest: float | None = None  #: over all but `oldest`
    oldest: Worker | None = None  #: the running worker that runs longest
    heaviest: Worker | None = None  #: the running worker with the most input records
    youngest_age_s: float | None = None  #: of the running workers
    running_s: float = 0  #: the ages of the running workers together
    running_records: int | None = None  #: the input records of the running workers together
    reruns: int = 0  #: restarts of all workers; a backup whose predecessor still runs is none
    rerun_workers: int = 0  #: workers that were started anew
    most_rerun: Worker | None = None
    first_start: Instant | None = None  #: of any worker
    last_end: Instant | None = None  #: of the ended workers


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A stage; its numbers of workers leave out backups."""

    name: str  #: in its normal form, such as ``R2_1``
    status: str = ""
    total: int = 0
    running: int = 0
    ended: int = 0
    backups: int = 0  #: workers that MaxCompute started besides, for it takes others for too slow
    input_records: int | None = None
    output_records: int | None = None
    workers: Workers | None = None  #: None: not asked for, or not told


class SubStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the scheduler says that the instance does; codes as in its documentation."""

    code: int | None = None
    description: str = ""
    since: Instant | None = None


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """The quota group that an instance runs in; CPU in hundredths of a core."""

    name: str = ""
    max_cpu: int | None = None  #: more the group never gets
    requested_cpu: int | None = None  #: by all its jobs
    usable_cpu: int | None = None  #: now
    used_cpu: int | None = None
    tasks_ahead: int | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """An instance at a moment."""

    at: Instant
    sub_status: SubStatus | None = None
    sub_status_history: tuple[SubStatus, ...] = ()  #: the earlier ones, oldest first
    queue_position: int | None = None  #: 0: it does not wait
    queue_length: int | None = None
    total_cpu: float | None = None  #: used so far; only whether it grows means something
    stages: tuple[Stage, ...] | None = None  #: empty: it has none yet; None: not asked for
    quota: Quota | None = None
