"""Let instances live: queue, run, end; as fast as the pace says and the engine can."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from odps_bot.sandbox.maxcompute.calls import utc_now
from odps_bot.sandbox.maxcompute.cost import estimate_cost
from odps_bot.sandbox.maxcompute.engine.engine import Engine
from odps_bot.sandbox.maxcompute.engine.errors import InterruptedExecutionError, SqlError
from odps_bot.sandbox.maxcompute.engine.execution import Execution, Outcome
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.pace import Pace
from odps_bot.sandbox.maxcompute.progress import TaskStatus

_T = TypeVar("_T")
#: A clock that tests turn is looked at this often; the real one only when it is due.
_GLANCE_SECONDS = 0.02
_INTERRUPT_EVERY_SECONDS = 0.05


class _StoppedError(Exception):
    """Somebody stopped the instance."""


class Lives:
    """Runs one coroutine an instance; the engine's work goes to threads."""

    def __init__(self, engine: Engine, *, pace: Pace, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._pace = pace
        self._clock = clock
        # Understanding is quick and must not wait for slow queries.
        self._desk = ThreadPoolExecutor(2, thread_name_prefix="maxcompute-desk")
        self._fuxi = ThreadPoolExecutor(4, thread_name_prefix="maxcompute-fuxi")
        self._living: set[asyncio.Task[None]] = set()
        self._executing: set[Execution] = set()

    def begin(self, instance: Instance) -> None:
        """Let an instance live from now on."""
        task = asyncio.get_running_loop().create_task(self._live(instance))
        self._living.add(task)
        task.add_done_callback(self._living.discard)

    async def at_desk(self, work: Callable[[], _T]) -> _T:
        """Do something short in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._desk, work)

    async def end_all(self) -> None:
        """End everything that still lives, and the threads."""
        for execution in list(self._executing):
            execution.stop()
        living = list(self._living)
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)
        for pool in (self._desk, self._fuxi):
            pool.shutdown(wait=True, cancel_futures=True)

    async def _live(self, instance: Instance) -> None:
        try:
            outcome = await self._lead(instance)
        except SqlError as error:
            instance.end(TaskStatus.FAILED, self._clock(), failure=str(error))
        except _StoppedError:
            await self._sleep(instance.life.stopping)
            instance.end(TaskStatus.CANCELLED, self._clock())
        except Exception as error:  # noqa: BLE001  -- the instance is the place where its faults show
            text = f"ODPS-0010000:System internal error - {type(error).__name__} in the sandbox"
            instance.end(TaskStatus.FAILED, self._clock(), failure=text)
        else:
            instance.outcome = outcome
            instance.end(TaskStatus.SUCCESS, self._clock())

    async def _lead(self, instance: Instance) -> Outcome:
        task = instance.submission.task
        instance.life = self._pace.life(stages=0, settings=task.settings)
        execution = self._engine.execution(
            task.sql,
            project=instance.project,
            owner=instance.owner,
            settings=task.settings,
            instance_id=instance.id,
            now=instance.created_at,
        )
        try:
            understood = await self.at_desk(execution.understand)
        except SqlError:
            await self._pause(instance, instance.created_at + instance.life.queued)
            instance.start(self._clock())
            await self._pause(instance, self._clock() + instance.life.running / 2)
            raise
        stages = understood.stages if task.kind != "SQLCost" else ()
        life = self._pace.life(stages=len(stages), settings=understood.settings)
        instance.life, instance.stages = life, stages
        await self._pause(instance, instance.created_at + life.queued)
        instance.start(started_at := self._clock())
        if life.is_stuck:
            await instance.stop_requested.wait()
            raise _StoppedError
        if life.failure:
            await self._pause(instance, started_at + life.running / 2)
            raise SqlError(life.failure)
        if task.kind == "SQLCost":
            return Outcome(text=await self.at_desk(lambda: estimate_cost(understood)))
        if not understood.is_read:
            # Rows change at the end of the visible life: what is stopped before has changed none.
            await self._pause(instance, started_at + life.running)
            outcome = await self._run(instance, execution)
            instance.is_engine_done = True
            return outcome
        outcome = await self._run(instance, execution)
        instance.outcome, instance.is_engine_done = outcome, True
        await self._pause(instance, started_at + life.running)
        return outcome

    async def _run(self, instance: Instance, execution: Execution) -> Outcome:
        loop = asyncio.get_running_loop()
        self._executing.add(execution)
        running = loop.run_in_executor(self._fuxi, execution.run)
        stopping = loop.create_task(_stop_when_asked(instance, execution))
        try:
            return await running
        except InterruptedExecutionError as error:
            raise _StoppedError from error
        finally:
            stopping.cancel()
            self._executing.discard(execution)

    async def _pause(self, instance: Instance, until: datetime) -> None:
        """Wait for an instant; a stop request ends the wait."""
        while (remaining := (until - self._clock()).total_seconds()) > 0:
            if instance.stop_requested.is_set():
                raise _StoppedError
            with suppress(TimeoutError):
                await asyncio.wait_for(instance.stop_requested.wait(), self._glance(remaining))
        if instance.stop_requested.is_set():
            raise _StoppedError

    async def _sleep(self, duration: timedelta) -> None:
        until = self._clock() + duration
        # A clock that tests turn sets no event.
        while (remaining := (until - self._clock()).total_seconds()) > 0:  # noqa: ASYNC110  -- above
            await asyncio.sleep(self._glance(remaining))

    def _glance(self, remaining: float) -> float:
        """Return how many seconds to wait before looking at the clock again."""
        return remaining if self._clock is utc_now else min(remaining, _GLANCE_SECONDS)


async def _stop_when_asked(instance: Instance, execution: Execution) -> None:
    await instance.stop_requested.wait()
    # Again and again: an interrupt between two statements is lost.
    while True:
        execution.stop()
        await asyncio.sleep(_INTERRUPT_EVERY_SECONDS)
