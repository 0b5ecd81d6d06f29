"""Questions whose refusal says nothing of the instance that they are about."""

import logging
from collections.abc import Callable
from typing import TypeVar

from odps_bot.maxcompute import MaxComputeError

log = logging.getLogger(__name__)

T = TypeVar("T")


def unless_refused(ask: Callable[[], T]) -> T | None:
    """Return the answer, or None where it is refused or illegible.

    Raises MaxComputeError where nothing else would be answered now either.
    """
    try:
        return ask()
    except MaxComputeError as error:
        if error.is_retryable:
            raise
        log.info("not known: %s", error)
        return None
