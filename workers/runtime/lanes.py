"""The lanes of a worker: which queues have threads of their own, and how many.

A job that waits for somebody else's server occupies its thread. So jobs that must be prompt
never share threads with jobs that may take long: a submission, a stop and a delivery never wait
behind polls, sweeps, answers and files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from odps_bot.errors import OdpsBotError
from odps_bot.store.job_queue import (
    ANSWER_QUEUE,
    DELIVER_QUEUE,
    DIAGNOSE_QUEUE,
    FILES_QUEUE,
    FOLLOW_QUEUE,
    HOLD_QUEUE,
    PROMPTED_QUEUE,
    STOP_QUEUE,
    SUBMIT_QUEUE,
    WATCH_QUEUE,
)


@dataclass(frozen=True)
class Lane:
    """Threads that take from the same queues, from one after the other."""

    name: str
    queues: tuple[str, ...]
    threads: int
    meaning: str
    #: Whether it runs in a process of its own: what computes for long would slow down all threads.
    is_apart: bool = False


LANES = (
    Lane("submit", (SUBMIT_QUEUE,), 4, "checks and submits runs"),
    Lane("stop", (STOP_QUEUE,), 2, "sends stops"),
    Lane("deliver", (DELIVER_QUEUE,), 2, "sends notifications to Slack"),
    Lane("poll", (FOLLOW_QUEUE, PROMPTED_QUEUE), 6, "polls instances"),
    Lane("hold", (HOLD_QUEUE,), 1, "has the ends of young runs waited for"),
    Lane("sweep", (WATCH_QUEUE,), 3, "sweeps projects, reads user groups"),
    Lane("answer", (ANSWER_QUEUE,), 2, "asks MaxCompute what people want to know"),
    Lane("diagnose", (DIAGNOSE_QUEUE,), 2, "asks what holds instances up"),
    Lane("files", (FILES_QUEUE,), 2, "sends results as files and charts", is_apart=True),
)
_BY_NAME = {lane.name: lane for lane in LANES}


def parse_lanes(text: str) -> tuple[Lane, ...]:
    """Return the lanes of a list of names such as `submit,stop`. Raises OdpsBotError."""
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in _BY_NAME]
    if unknown:
        known = ", ".join(_BY_NAME)
        raise OdpsBotError(f"--lanes: there is no lane {unknown[0]!r}. Lanes are: {known}")
    return tuple(lane for lane in LANES if lane.name in names)


def lanes_here(chosen: Sequence[Lane] | None) -> tuple[Lane, ...]:
    """Return the lanes whose threads run in this process: those chosen, or all but those apart."""
    return tuple(chosen) if chosen else tuple(lane for lane in LANES if not lane.is_apart)


def lanes_apart(chosen: Sequence[Lane] | None) -> tuple[Lane, ...]:
    """Return the lanes for which this process starts another one."""
    return () if chosen else tuple(lane for lane in LANES if lane.is_apart)
