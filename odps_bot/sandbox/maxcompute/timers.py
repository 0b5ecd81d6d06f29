"""Waiting until a time or a stop request, according to an instance's lifecycle."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from odps_bot.sandbox.clock import Clock, utc_now
from odps_bot.sandbox.maxcompute.engine.errors import SqlError
from odps_bot.sandbox.maxcompute.instances import Instance

#: How often a clock that tests move is checked; the real one is checked when it is time.
_CLOCK_CHECK_SECONDS = 0.02


class StoppedError(Exception):
    """Somebody stopped the instance."""


class Timers:
    """Waits by a clock; waits for an instance raise `StoppedError` when it is stopped."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    async def start(self, instance: Instance) -> None:
        """Wait in the queue, then start the instance."""
        await self.wait_until(instance, instance.created_at + instance.lifecycle.queued)
        instance.start(self.clock())

    async def apply_hints(self, instance: Instance) -> None:
        """Get stuck or fail when the hints of the instance say so."""
        if instance.lifecycle.is_stuck:
            await instance.stop_requested.wait()
            raise StoppedError
        if instance.lifecycle.failure:
            await self.wait_until(instance, self.deadline(instance, share=0.5))
            raise SqlError(instance.lifecycle.failure)

    def deadline(self, instance: Instance, *, share: float = 1.0) -> datetime:
        """Return when a share of the visible run time is over."""
        return (instance.started_at or instance.created_at) + instance.lifecycle.running * share

    async def wait_until(self, instance: Instance, until: datetime) -> None:
        """Wait until a time, or raise `StoppedError` on a stop request."""
        while (remaining := (until - self.clock()).total_seconds()) > 0:
            if instance.stop_requested.is_set():
                raise StoppedError
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    instance.stop_requested.wait(), self._sleep_seconds(remaining)
                )
        if instance.stop_requested.is_set():
            raise StoppedError

    async def hold(self, instance: Instance, longest: timedelta) -> None:
        """Wait until an instance has ended, however that comes, and no longer than `longest`."""
        until = self.clock() + longest
        while (
            not instance.ended.is_set()
            and (remaining := (until - self.clock()).total_seconds()) > 0
        ):
            with suppress(TimeoutError):
                await asyncio.wait_for(instance.ended.wait(), self._sleep_seconds(remaining))

    async def sleep(self, duration: timedelta) -> None:
        """Wait for a duration, even after a stop request."""
        until = self.clock() + duration
        # A clock that tests move sets no event.
        while (remaining := (until - self.clock()).total_seconds()) > 0:  # noqa: ASYNC110  -- above
            await asyncio.sleep(self._sleep_seconds(remaining))

    def _sleep_seconds(self, remaining: float) -> float:
        """Return the seconds until the clock must be checked again."""
        return remaining if self.clock is utc_now else min(remaining, _CLOCK_CHECK_SECONDS)
