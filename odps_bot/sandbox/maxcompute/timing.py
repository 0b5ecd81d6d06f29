"""How fast instances live: what a person sees may take longer than the engine needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

#: Hints that shape one instance; as settings or as `set` lines.
DURATION = "sandbox.duration"
QUEUE = "sandbox.queue"
FAIL = "sandbox.fail"
STUCK = "sandbox.stuck"

_MAX_DURATION = timedelta(days=3)


@dataclass(frozen=True)
class Lifecycle:
    """How one instance will live."""

    #: Time in the queue, before anything runs.
    queued: timedelta
    #: Time from leaving the queue to the end, at least.
    running: timedelta
    #: Time from a stop request to the end.
    stopping: timedelta
    #: The text to fail with at half time, or None.
    failure: str | None = None
    #: A stage stops moving until somebody stops the instance.
    is_stuck: bool = False


@dataclass(frozen=True)
class Timing:
    """The usual life of an instance; hints of an instance go first."""

    queued: timedelta
    #: A statement that reads or writes rows runs this long, and …
    running: timedelta
    #: … this much longer for each of its stages, …
    per_stage: timedelta
    #: … and one without stages (DDL, DESC) this long.
    short: timedelta
    stopping: timedelta

    @classmethod
    def natural(cls) -> Self:
        """Show some three to six seconds of life, so that a person can watch the stages."""
        return cls(
            queued=timedelta(seconds=0.4),
            running=timedelta(seconds=2.2),
            per_stage=timedelta(seconds=0.8),
            short=timedelta(seconds=0.8),
            stopping=timedelta(seconds=0.8),
        )

    @classmethod
    def instant(cls) -> Self:
        """End as soon as the engine has."""
        return cls.of(timedelta(0))

    @classmethod
    def of(cls, running: timedelta) -> Self:
        """Run for `running`, whatever the statement; leave the queue and stop at once."""
        none = timedelta(0)
        return cls(queued=none, running=running, per_stage=none, short=running, stopping=none)

    def lifecycle(self, *, stages: int, settings: Mapping[str, str]) -> Lifecycle:
        """Return how an instance with so many stages lives; bad hints are passed over."""
        usual = self.running + self.per_stage * min(stages, 4) if stages else self.short
        lifecycle = Lifecycle(queued=self.queued, running=usual, stopping=self.stopping)
        if (queued := _seconds(settings.get(QUEUE))) is not None:
            lifecycle = replace(lifecycle, queued=queued)
        if (running := _seconds(settings.get(DURATION))) is not None:
            lifecycle = replace(lifecycle, running=running)
        if failure := settings.get(FAIL):
            lifecycle = replace(lifecycle, failure=_failure_text(failure))
        return replace(lifecycle, is_stuck=settings.get(STUCK, "").strip().lower() == "true")


def _seconds(text: str | None) -> timedelta | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    # NaN fails both comparisons.
    if not 0 <= seconds <= _MAX_DURATION.total_seconds():
        return None
    return timedelta(seconds=seconds)


def _failure_text(hint: str) -> str:
    text = hint.strip().strip("'\"")
    if text.lower() == "true":
        return "ODPS-0010000:System internal error - the sandbox was asked to fail"
    if " - " in text or " " in text:
        return text
    return f"{text}: the sandbox was asked to fail"
