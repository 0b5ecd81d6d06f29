"""When to ask again."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a request that may be repeated is tried, and how long to pause in between.

    Pauses have full jitter: anything up to a limit that doubles with every try, see
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    tries: int = 4
    first_pause: timedelta = timedelta(seconds=0.5)
    longest_pause: timedelta = timedelta(seconds=10)
    sleep: Callable[[float], None] = time.sleep  #: takes seconds
    random: Callable[[], float] = random.random  #: gives 0 to 1

    @classmethod
    def none(cls) -> "RetryPolicy":
        """Return the policy of whoever repeats things himself."""
        return cls(tries=1)

    def pause_after(self, tries: int, retry_after: timedelta | None = None) -> timedelta | None:
        """Return how long to pause after so many tries; None: give up.

        When the service asks for a longer pause than we would make, we give up at once.
        """
        if tries >= self.tries:
            return None
        # Capped before the power: 2**1100 does not fit a timedelta.
        limit: timedelta = min(self.first_pause * 2 ** min(tries - 1, 20), self.longest_pause)
        if retry_after is None:
            return self.random() * limit
        return retry_after if retry_after <= self.longest_pause else None
