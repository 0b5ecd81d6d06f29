"""The timing of instances: what a person sees can take longer than the engine needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import isinf
from typing import Self

from odps_bot.sandbox.maxcompute.playback import Playback, playback

#: Hints for one instance, as settings or `set` lines.
DURATION = "sandbox.duration"
QUEUE = "sandbox.queue"
FAIL = "sandbox.fail"
STUCK = "sandbox.stuck"
#: With `xml`, the result of a failed task is an `<Error>` document.
ERROR_FORMAT = "sandbox.error.format"
#: What becomes of a submission to an interactive quota: `full`, `absent`, `unsupported` and
#: `upgrading` refuse it, `slow` runs it as slowly as an ordinary job.
INTERACTIVE = "sandbox.interactive"

_MAX_DURATION = timedelta(days=3)


@dataclass(frozen=True)
class Lifecycle:
    """The planned lifecycle of one instance."""

    #: Time in the queue.
    queued: timedelta
    #: Minimum time from leaving the queue to the end.
    running: timedelta
    #: Time from a stop request to the end.
    stopping: timedelta
    #: The message to fail with at half time, or None.
    failure: str | None = None
    #: A stage does not progress until somebody stops the instance.
    is_stuck: bool = False
    #: So much of the time before the run passes before the queue.
    compiling: timedelta = timedelta(0)
    #: The life that it plays instead of one of its own.
    playback: Playback | None = None


@dataclass(frozen=True)
class Timing:
    """The default timing of instances; hints of an instance take precedence."""

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
        """Run for about three to six seconds, so that a person can watch the stages."""
        return cls(
            queued=timedelta(seconds=0.4),
            running=timedelta(seconds=2.2),
            per_stage=timedelta(seconds=0.8),
            short=timedelta(seconds=0.8),
            stopping=timedelta(seconds=0.8),
        )

    @classmethod
    def instant(cls) -> Self:
        """End as soon as the engine has finished."""
        return cls.of(timedelta(0))

    @classmethod
    def of(cls, running: timedelta) -> Self:
        """Run every statement for `running`; leave the queue and stop immediately."""
        none = timedelta(0)
        return cls(queued=none, running=running, per_stage=none, short=running, stopping=none)

    def interactive(self) -> Self:
        """Return the timing of interactive instances: they wait for nothing and run a moment."""
        moment = timedelta(seconds=0.2)
        return replace(
            self,
            queued=timedelta(0),
            running=min(self.running, moment),
            per_stage=timedelta(0),
            short=min(self.short, moment),
            stopping=min(self.stopping, moment),
        )

    def lifecycle(self, *, stages: int, settings: Mapping[str, str], sql: str = "") -> Lifecycle:
        """Return the lifecycle of an instance with so many stages.

        Invalid hints are ignored, but for the name of a life: raises `UnknownLifeError`.
        """
        default = self.running + self.per_stage * min(stages, 4) if stages else self.short
        lifecycle = Lifecycle(
            queued=self.queued,
            running=default,
            stopping=self.stopping,
            compiling=self.queued / 2,
        )
        if (played := playback(settings, sql=sql)) is not None:
            lifecycle = _played(lifecycle, played)
        if (queued := _seconds(settings.get(QUEUE))) is not None and played is None:
            lifecycle = replace(lifecycle, queued=queued, compiling=timedelta(0))
        if (running := _seconds(settings.get(DURATION))) is not None and played is None:
            lifecycle = replace(lifecycle, running=running)
        if failure := settings.get(FAIL):
            lifecycle = replace(lifecycle, failure=_failure_text(failure))
        is_stuck = settings.get(STUCK, "").strip().lower() == "true"
        return replace(lifecycle, is_stuck=is_stuck or lifecycle.is_stuck)


def _played(lifecycle: Lifecycle, played: Playback) -> Lifecycle:
    never_ends = isinf(played.takes_s)
    running = timedelta(0) if never_ends else timedelta(seconds=played.takes_s)
    return replace(
        lifecycle,
        queued=timedelta(seconds=played.waits_s),
        running=running,
        is_stuck=never_ends,
        playback=played,
    )


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
        return "ODPS-0010000:System internal error - failed as requested by sandbox.fail"
    if " - " in text or " " in text:
        return text
    return f"{text}: failed as requested by sandbox.fail"
