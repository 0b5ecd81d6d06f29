"""What MaxCompute is needed for, and so how long it is waited for and who comes first."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, unique


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How requests are sent."""

    read_s: int  #: the longest silence of the service, in seconds
    response_s: int  #: the longest time for a whole response, in seconds
    tries: int = 2  #: of what can be repeated
    lane: str  #: whose threads they occupy
    #: How many of one lane, in one process, may be under way to one of several endpoints or
    #: projects: one less than the lane has threads, so that one that hangs does not have them all.
    at_once: int
    is_reserved: bool = False  #: may use the part of the rate limit that others leave
    is_aside: bool = False  #: leaves half of the rate limit to others, and slows nobody down
    asks_always: bool = False  #: whatever others have found out about the endpoint


@unique
class Purpose(Enum):
    """What MaxCompute is needed for."""

    #: A POST that is cut off is one of which nobody knows whether it has arrived.
    SUBMISSION = Manner(read_s=20, response_s=25, lane="submit", at_once=3, is_reserved=True)
    ESTIMATE = Manner(read_s=10, response_s=15, lane="submit", at_once=3)
    #: How much a statement would destroy: whoever asks for it must not wait long to say yes.
    EFFECT = Manner(read_s=3, response_s=5, tries=1, lane="submit", at_once=3)
    LOOK_UP = Manner(read_s=10, response_s=20, lane="submit", at_once=3)
    STOP = Manner(read_s=5, response_s=15, lane="stop", at_once=1, is_reserved=True)
    #: By the threads that send stops, which must not wait for one endpoint all at once, either.
    POLL_TO_STOP = Manner(read_s=5, response_s=30, lane="stop", at_once=1, is_reserved=True)
    POLL = Manner(read_s=5, response_s=30, lane="poll", at_once=5)
    #: Longer than other polls by as much as the service holds it. What it meets with is no sign of
    #: trouble: a poll finds out. How many are under way at once is a setting.
    HOLD = Manner(read_s=5, response_s=10, tries=1, lane="hold", at_once=12, is_aside=True)
    #: Two tries are over before the lease of the sweeper is.
    SWEEP = Manner(read_s=10, response_s=12, lane="sweep", at_once=2)
    #: Why an instance is slow: whoever waits for anything else comes first.
    SIDE_QUESTION = Manner(
        read_s=5, response_s=20, tries=1, lane="diagnose", at_once=1, is_aside=True
    )
    QUERY = Manner(read_s=10, response_s=20, lane="query", at_once=6)
    FILE = Manner(read_s=20, response_s=200, tries=3, lane="file", at_once=1)
    DIAGNOSIS = Manner(read_s=20, response_s=60, lane="doctor", at_once=1, asks_always=True)

    @property
    def read_timeout(self) -> timedelta:
        """The longest silence of the service."""
        return timedelta(seconds=self.value.read_s)

    @property
    def response_timeout(self) -> timedelta:
        """The longest time for a whole response."""
        return timedelta(seconds=self.value.response_s)
