"""How Slack replaces a connection every few hours, here on a timer: pure.

Slack announces the end of a connection, usually some ten seconds before, and closes it. Which
messages it sends first varies; all of them are played in turn.
"""

from dataclasses import dataclass
from datetime import timedelta

#: From the first announcement to the end.
NOTICE = timedelta(seconds=10)


@dataclass(frozen=True)
class Step:
    """A message, and how long Slack waits after it."""

    reason: str
    pause: timedelta


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """The oldest connection is replaced `every` so often, `notice` after the announcement."""

    every: timedelta
    notice: timedelta = NOTICE

    def __post_init__(self) -> None:
        if self.every <= timedelta() or self.notice < timedelta():
            raise ValueError("a rotation needs a positive time, and a notice that is not negative")

    def scripts(self) -> tuple[tuple[Step, ...], ...]:
        """Return the ways in which a connection ends."""
        return (
            (Step("warning", self.notice),),
            (Step("refresh_requested", self.notice),),
            (Step("warning", self.notice / 2), Step("refresh_requested", self.notice / 2)),
        )
