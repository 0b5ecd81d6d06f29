"""When to retry."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a repeatable request is tried, and the pauses in between.

    Pauses have full jitter: anything up to a limit that doubles with every try, see
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    tries: int = 4
    first_pause: timedelta = timedelta(seconds=0.5)
    longest_pause: timedelta = timedelta(seconds=10)
    sleep: Callable[[float], None] = time.sleep  #: takes seconds
    random: Callable[[], float] = random.random  #: returns 0 to 1

    @classmethod
    def none(cls) -> "RetryPolicy":
        """Return the policy for callers who retry themselves."""
        return cls(tries=1)

    def pause_after(self, tries: int, retry_after: timedelta | None = None) -> timedelta | None:
        """Return how long to pause after so many tries, or None to give up.

        Gives up at once if the service asks for more than the longest pause.
        """
        if tries >= self.tries:
            return None
        # Cap the exponent: 2**1100 does not fit a timedelta.
        limit: timedelta = min(self.first_pause * 2 ** min(tries - 1, 20), self.longest_pause)
        if retry_after is None:
            return self.random() * limit
        return retry_after if retry_after <= self.longest_pause else None
