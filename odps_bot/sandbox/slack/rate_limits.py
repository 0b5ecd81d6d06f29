"""Token buckets at the rates that Slack documents (https://docs.slack.dev/apis/web-api/rate-limits)."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from odps_bot.sandbox.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A bucket of `burst` calls that is refilled evenly with `calls` in every `per`."""

    calls: int
    per: timedelta = timedelta(minutes=1)
    burst: int

    @property
    def interval(self) -> timedelta:
        """The time until one more call is allowed."""
        return self.per / self.calls


TIER_2 = Rate(calls=20, burst=20)
TIER_3 = Rate(calls=50, burst=50)
TIER_4 = Rate(calls=100, burst=100)
#: auth.test allows "hundreds of requests per minute".
SPECIAL = Rate(calls=600, burst=600)
#: chat.postMessage: one per second and channel with short bursts, several hundred per minute
#: in total.
POSTS_OF_A_CHANNEL = Rate(calls=1, per=timedelta(seconds=1), burst=5)
POSTS_OF_A_WORKSPACE = Rate(calls=300, burst=300)


class RateLimits:
    """Counts calls by any key against a rate."""

    def __init__(self, *, clock: Clock, is_enabled: bool = True) -> None:
        """Refill the buckets by `clock`; allow every call while not `is_enabled`."""
        self.is_enabled = is_enabled
        self._clock = clock
        self._levels: dict[Hashable, tuple[float, datetime]] = {}

    def clear(self) -> None:
        """Fill all buckets."""
        self._levels.clear()

    def take(self, rates: Mapping[Hashable, Rate]) -> timedelta:
        """Count one call against all of `rates`, or against none when one of them is exhausted.

        Returns how long to wait until the call is allowed; zero when it was counted.
        """
        if not self.is_enabled:
            return timedelta()
        now = self._clock()
        levels = {key: self._level(key, rate, now) for key, rate in rates.items()}
        waits = [(1 - levels[key]) * rate.interval for key, rate in rates.items()]
        if (longest := max(waits, default=timedelta())) > timedelta():
            return longest
        self._levels |= {key: (level - 1, now) for key, level in levels.items()}
        return timedelta()

    def _level(self, key: Hashable, rate: Rate, now: datetime) -> float:
        level, since = self._levels.get(key, (float(rate.burst), now))
        return min(float(rate.burst), level + (now - since) / rate.interval)


def retry_after(wait: timedelta) -> int:
    """Return the whole seconds for a `Retry-After` header, at least one."""
    return max(1, math.ceil(wait.total_seconds()))
