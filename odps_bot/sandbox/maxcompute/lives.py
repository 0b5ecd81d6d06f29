"""Let instances live: queue, run, end; as fast as the pace says and the engine can."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from odps_bot.sandbox.maxcompute.calls import utc_now
from odps_bot.sandbox.maxcompute.cost import estimate_cost
from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.engine.engine import Engine
from odps_bot.sandbox.maxcompute.engine.errors import (
    InterruptedExecutionError,
    SqlError,
    table_not_found,
)
from odps_bot.sandbox.maxcompute.engine.execution import Execution, Understood
from odps_bot.sandbox.maxcompute.engine.outcomes import Outcome
from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE
from odps_bot.sandbox.maxcompute.instances import Action, Instance, Instances
from odps_bot.sandbox.maxcompute.pace import Pace
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.submission import COST_TASK, XFlow
from odps_bot.sandbox.maxcompute.xflow import Step, plan_steps, step_submission

_T = TypeVar("_T")
#: A clock that tests turn is looked at this often; the real one only when it is due.
_GLANCE_SECONDS = 0.02
_INTERRUPT_EVERY_SECONDS = 0.05


class _StoppedError(Exception):
    """Somebody stopped the instance."""


class Lives:
    """Runs one coroutine an instance; the engine's work goes to threads."""

    def __init__(
        self,
        engine: Engine,
        instances: Instances,
        *,
        pace: Pace,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._instances = instances
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
        """Go with an instance from the queue to the end of its life.

        Raises `SqlError` when it fails, and `_StoppedError` when somebody stops it.
        """
        task = instance.submission.task
        instance.life = self._pace.life(stages=0, settings=task.settings)
        if instance.submission.xflow is not None:
            return await self._lead_flow(instance, instance.submission.xflow)
        execution = self._engine.execution(
            task.sql,
            project=instance.project,
            owner=instance.owner,
            settings=task.settings,
            instance_id=instance.id,
            now=instance.created_at,
        )
        understood = await self._understand(instance, execution)
        await self._start(instance)
        await self._obey_hints(instance)
        if task.kind == COST_TASK:
            return Outcome(text=estimate_cost(understood))
        if not understood.is_read:
            # Rows change at the end of the visible life: what is stopped before has changed none.
            await self._pause(instance, self._due(instance))
            return await self._run(instance, execution)
        try:
            instance.outcome = await self._run(instance, execution)
        except SqlError:
            await self._pause(instance, self._due(instance, share=0.5))
            raise
        await self._pause(instance, self._due(instance))
        return instance.outcome

    async def _understand(self, instance: Instance, execution: Execution) -> Understood:
        may_set = instance.submission.task.kind != COST_TASK
        try:
            understood = await self.at_desk(lambda: execution.understand(may_set=may_set))
        except SqlError:
            # The service, too, takes its time to find a fault.
            await self._start(instance)
            await self._pause(instance, self._due(instance, share=0.5))
            raise
        instance.stages = understood.stages if may_set else ()
        instance.warnings = understood.warnings
        instance.life = self._pace.life(stages=len(instance.stages), settings=understood.settings)
        return understood

    async def _start(self, instance: Instance) -> None:
        await self._pause(instance, instance.created_at + instance.life.queued)
        instance.start(self._clock())

    async def _obey_hints(self, instance: Instance) -> None:
        """Be stuck, or fail, when the instance was asked to."""
        if instance.life.is_stuck:
            await instance.stop_requested.wait()
            raise _StoppedError
        if instance.life.failure:
            await self._pause(instance, self._due(instance, share=0.5))
            raise SqlError(instance.life.failure)

    async def _lead_flow(self, instance: Instance, flow: XFlow) -> Outcome:
        """Run the steps of a workflow, each as an instance of its own, one after the other."""
        await self._start(instance)
        await self._obey_hints(instance)
        steps = await self.at_desk(
            lambda: plan_steps(flow, lambda name: self._find_table(instance, name))
        )
        await self._run_steps(instance, instance, steps)
        return Outcome(text="OK")

    async def _run_steps(self, flow: Instance, parent: Instance, steps: tuple[Step, ...]) -> None:
        """Run the steps of `parent`, which is `flow` or a workflow inside of it."""
        for step in steps:
            child = self._instances.add(
                step_submission(parent.submission, step),
                project=parent.project,
                owner=parent.owner,
                now=self._clock(),
            )
            parent.actions.append(Action(step.name, child.id, is_workflow=bool(step.steps)))
            if step.steps:
                await self._run_inner_flow(flow, child, step.steps)
            else:
                self.begin(child)
                await self._wait_for(flow, child)

    async def _run_inner_flow(
        self, flow: Instance, child: Instance, steps: tuple[Step, ...]
    ) -> None:
        child.start(self._clock())
        try:
            await self._run_steps(flow, child, steps)
        except SqlError as error:
            child.end(TaskStatus.FAILED, self._clock(), failure=str(error))
            raise
        except _StoppedError:
            child.end(TaskStatus.CANCELLED, self._clock())
            raise
        child.end(TaskStatus.SUCCESS, self._clock())

    async def _wait_for(self, flow: Instance, child: Instance) -> None:
        """Wait for the end of a step; a stop of the workflow stops it too."""
        asked = asyncio.ensure_future(flow.stop_requested.wait())
        over = asyncio.ensure_future(child.ended.wait())
        try:
            await asyncio.wait({asked, over}, return_when=asyncio.FIRST_COMPLETED)
            if not child.is_terminated:
                child.stop_requested.set()
                await over
        finally:
            asked.cancel()
            over.cancel()
        if child.task_status is TaskStatus.FAILED:
            raise SqlError(child.failure)
        if child.task_status is not TaskStatus.SUCCESS:
            raise _StoppedError

    def _find_table(self, instance: Instance, name: str) -> Table:
        project, _, short = name.rpartition(".")
        project = project.split(".")[0] or instance.project
        table = self._engine.table(project, short)
        if table is None:
            raise table_not_found(NOWHERE, project, short)
        return table

    def _due(self, instance: Instance, *, share: float = 1.0) -> datetime:
        """Return when a share of the visible running time is over."""
        return (instance.started_at or instance.created_at) + instance.life.running * share

    async def _run(self, instance: Instance, execution: Execution) -> Outcome:
        loop = asyncio.get_running_loop()
        self._executing.add(execution)
        running = loop.run_in_executor(self._fuxi, execution.run)
        stopping = loop.create_task(_stop_when_asked(instance, execution))
        try:
            outcome = await running
        except InterruptedExecutionError as error:
            raise _StoppedError from error
        finally:
            stopping.cancel()
            self._executing.discard(execution)
        instance.is_engine_done = True
        return outcome

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
