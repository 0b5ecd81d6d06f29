"""What is usual for a statement, as its last successes tell it. Pure values; durations in seconds.

Everything is None or empty where nobody told it.
"""

import msgspec


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity over the last successes."""

    count: int
    low: float  #: the first quartile; of fewer than ten values the least
    median: float
    high: float  #: the third quartile; of fewer than ten values the greatest


class StageBaseline(msgspec.Struct, frozen=True, kw_only=True):
    """What is usual for a stage; medians."""

    workers: float | None = None
    input_records: float | None = None
    output_records: float | None = None


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What is usual for a statement; only of at least five successes."""

    wait_s: Spread | None = None  #: until something of it runs
    run_s: Spread | None = None  #: from then on
    input_records: Spread | None = None
    planning_s: Spread | None = None  #: with sub-statuses 1235 and 1240
    stages: dict[str, StageBaseline] = {}  #: by name, such as ``R2_1``
