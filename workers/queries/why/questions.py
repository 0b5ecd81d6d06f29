"""Side questions to MaxCompute, each with a deadline; what is not told is noted with the reason."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar

from odps_bot.job_deadline import job_deadline, time_left
from odps_bot.maxcompute import (
    AuthenticationError,
    ConnectionFailedError,
    HeldBackError,
    MalformedResponseError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)
from odps_bot.messages.replies.why import Fact, Silence

log = logging.getLogger(__name__)

T = TypeVar("T")

#: A person waits for the answer: whatever takes longer is left out.
LONGEST = timedelta(seconds=6)

_SILENCES: Mapping[type[MaxComputeError], Silence] = MappingProxyType(
    {
        AuthenticationError: Silence.FORBIDDEN,
        PermissionDeniedError: Silence.FORBIDDEN,
        NotFoundError: Silence.GONE,
        ThrottledError: Silence.THROTTLED,
        ServerError: Silence.NO_RESPONSE,
        HeldBackError: Silence.NO_RESPONSE,
        ConnectionFailedError: Silence.NO_RESPONSE,
        MalformedResponseError: Silence.UNREADABLE,
    }
)


class Questions:
    """What was asked, and what remained unknown."""

    def __init__(self, instance_id: str) -> None:
        self._instance_id = instance_id
        self.unknown: dict[Fact, Silence] = {}

    def ask(self, fact: Fact, question: Callable[[], T]) -> T | None:
        """Return the answer, or None and note why there is none.

        Nothing more is asked once MaxCompute does not respond, or throttles.
        """
        if self.is_refused:
            self.unknown[fact] = Silence.NO_RESPONSE
            return None
        left = time_left()
        try:
            with job_deadline(LONGEST if left is None else min(left, LONGEST)):
                return question()
        except MaxComputeError as error:
            log.info("%s of instance %s is not known: %s", fact.name, self._instance_id, error)
            self.unknown[fact] = why_silent(error)
            return None

    def note(self, fact: Fact, silence: Silence) -> None:
        """Note why a fact is not known, unless another reason is known already."""
        self.unknown.setdefault(fact, silence)

    @property
    def is_refused(self) -> bool:
        """Whether nothing more is asked: MaxCompute does not respond, or wants to be left alone."""
        return bool({Silence.NO_RESPONSE, Silence.THROTTLED} & set(self.unknown.values()))


def why_silent(error: MaxComputeError) -> Silence:
    """Return why a question got no answer."""
    kinds = (silence for kind, silence in _SILENCES.items() if isinstance(error, kind))
    return next(kinds, Silence.REFUSED)
