"""A cause for which an instance is slow or queued, with its evidence. Pure values."""

from enum import StrEnum

import msgspec

from odps_bot.store.codec import Instant


class Kind(StrEnum):
    """What holds an instance up."""

    WAIT_FRAMEWORK = "wait_framework"  #: for a slot of the project or of MaxCompute itself
    WAIT_QUOTA = "wait_quota"  #: for resources of its quota
    STARVED = "starved"  #: it runs with fewer workers than it wants
    OPTIMIZING = "optimizing"
    PLANNING = "planning"  #: the list of files is read
    REPLICATION = "replication"  #: for data from another cluster
    SKEW = "skew"  #: one worker has most of the data
    SLOW_WORKER = "slow_worker"  #: one worker is slow without having more data
    LONG_TAIL = "long_tail"  #: one worker is slow, and nobody tells its records
    EXPANSION = "expansion"  #: a stage makes many rows of one
    TOO_FEW = "too_few"  #: one or two workers for many records
    TOO_MANY = "too_many"  #: thousands of workers with hardly any data
    INPUT_GREW = "input_grew"
    RETRIES = "retries"  #: workers die and are started anew
    SLOW_EVERYWHERE = "slow_everywhere"  #: all workers are slow, and the statement calls a UDF
    NO_MOVEMENT = "no_movement"
    FALLBACK = "fallback"  #: accelerated mode failed; it runs as a normal job
    FINISHING = "finishing"  #: all rows are written, metadata is not


class Confidence(StrEnum):
    """How certain a finding is."""

    SURE = "sure"  #: MaxCompute's own code, or the records of its workers
    LIKELY = "likely"  #: by times only
    HINT = "hint"  #: by the statement's text; only said when somebody asks


class Remedy(StrEnum):
    """What would help; `messages` has the words."""

    NOTHING = "nothing"  #: it passes by itself
    WAIT = "wait"
    OTHER_QUOTA = "other_quota"
    FEWER_JOBS = "fewer_jobs"  #: at a time, or a higher limit of the project
    SKEW_JOIN = "skew_join"
    MAP_JOIN = "map_join"
    SKEWED_GROUPS = "skewed_groups"
    READ_LOG = "read_log"  #: of the worker named
    CHECK_JOIN_KEYS = "check_join_keys"
    REWRITE_SINGLE = "rewrite_single"  #: what limits it to one worker
    LARGER_SPLITS = "larger_splits"
    SMALLER_SPLITS = "smaller_splits"
    MERGE_FILES = "merge_files"
    CHECK_PARTITIONS = "check_partitions"  #: is a condition missing, or did the table grow?
    REPLACE_UDF = "replace_udf"
    STOP_AND_RERUN = "stop_and_rerun"
    FEWER_PARTITIONS = "fewer_partitions"
    SPLIT_STATEMENT = "split_statement"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A cause with its evidence. It is never without a number."""

    kind: Kind
    since: Instant  #: when what it says began, not when it was noticed
    confidence: Confidence
    remedy: Remedy
    #: By name; each kind has its own, see its rule. Durations end in ``_s``.
    numbers: dict[str, float] = {}
    stage: str | None = None
    worker: int | None = None  #: its index in the stage
    log_id: str | None = None  #: of that worker's log
    code: int | None = None  #: of the sub-status
    #: Of functions or tables that it is about; foreign text. Of TOO_FEW: codes of `OneWorker`.
    names: tuple[str, ...] = ()
    hints: dict[str, str] = {}  #: settings with which a repetition may be quicker
    sql_hint: str = ""  #: for `/*+ … */` behind SELECT, such as ``skewjoin(a)``; foreign text
    input_ratio: float | None = None  #: input by what is usual, if that is notable besides
