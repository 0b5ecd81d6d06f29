"""Let instances live: queue, run, end; as fast as the pace says and the engine can."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from odps_bot.sandbox.maxcompute.cost import check_limit, estimate_cost
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
from odps_bot.sandbox.maxcompute.instances import Instance, Instances
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.submission import COST_TASK, XFlow
from odps_bot.sandbox.maxcompute.timers import StoppedError, Waits
from odps_bot.sandbox.maxcompute.timing import Pace
from odps_bot.sandbox.maxcompute.workflow_runner import Flows
from odps_bot.sandbox.maxcompute.xflow import plan_steps

_T = TypeVar("_T")
_INTERRUPT_EVERY_SECONDS = 0.05


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
        self._pace = pace
        self._clock = clock
        self._waits = Waits(clock)
        self._flows = Flows(instances, self._waits, begin=self.begin)
        # Understanding is quick and must not wait for slow queries.
        self._desk = ThreadPoolExecutor(2, thread_name_prefix="maxcompute-desk")
        self._fuxi = ThreadPoolExecutor(4, thread_name_prefix="maxcompute-fuxi")
        self._living: set[asyncio.Task[None]] = set()
        self._executing: dict[Future[Outcome], Execution] = {}

    def begin(self, instance: Instance) -> None:
        """Let an instance live from now on."""
        task = asyncio.get_running_loop().create_task(self._live(instance))
        self._living.add(task)
        task.add_done_callback(self._living.discard)

    async def at_desk(self, work: Callable[[], _T]) -> _T:
        """Do something short in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._desk, work)

    async def end_all(self) -> None:
        """End everything that still lives, and the threads; may be called again."""
        living = list(self._living)
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)
        while self._executing:
            # Again and again: an interrupt between two statements is lost.
            for execution in list(self._executing.values()):
                execution.stop()
            await asyncio.sleep(_INTERRUPT_EVERY_SECONDS)
        for pool in (self._desk, self._fuxi):
            pool.shutdown(wait=True, cancel_futures=True)

    async def _live(self, instance: Instance) -> None:
        try:
            outcome = await self._lead(instance)
        except SqlError as error:
            instance.end(TaskStatus.FAILED, self._clock(), failure=str(error))
        except StoppedError:
            await self._waits.sleep(instance.life.stopping)
            instance.end(TaskStatus.CANCELLED, self._clock())
        except Exception as error:  # noqa: BLE001  -- the instance is the place where its faults show
            text = f"ODPS-0010000:System internal error - {type(error).__name__} in the sandbox"
            instance.end(TaskStatus.FAILED, self._clock(), failure=text)
        else:
            instance.outcome = outcome
            instance.end(TaskStatus.SUCCESS, self._clock())

    async def _lead(self, instance: Instance) -> Outcome:
        """Go with an instance from the queue to the end of its life.

        Raises `SqlError` when it fails, and `StoppedError` when somebody stops it.
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
        await self._waits.start(instance)
        await self._waits.obey_hints(instance)
        if task.kind == COST_TASK:
            return Outcome(text=estimate_cost(understood))
        if not understood.is_read:
            # Rows change at the end of the visible life: what is stopped before has changed none.
            await self._waits.pause(instance, self._waits.due(instance))
            return await self._run(instance, execution)
        try:
            instance.outcome = await self._run(instance, execution)
        except SqlError:
            await self._waits.pause(instance, self._waits.due(instance, share=0.5))
            raise
        await self._waits.pause(instance, self._waits.due(instance))
        return instance.outcome

    async def _understand(self, instance: Instance, execution: Execution) -> Understood:
        may_set = instance.submission.task.kind != COST_TASK
        try:
            understood = await self.at_desk(lambda: execution.understand(may_set=may_set))
            if may_set:
                check_limit(understood)
        except SqlError:
            # The service, too, takes its time to find a fault.
            await self._waits.start(instance)
            await self._waits.pause(instance, self._waits.due(instance, share=0.5))
            raise
        instance.stages = understood.stages if may_set else ()
        instance.warnings = understood.warnings
        instance.life = self._pace.life(stages=len(instance.stages), settings=understood.settings)
        return understood

    async def _lead_flow(self, instance: Instance, flow: XFlow) -> Outcome:
        await self._waits.start(instance)
        await self._waits.obey_hints(instance)
        steps = await self.at_desk(
            lambda: plan_steps(flow, lambda name: self._find_table(instance, name))
        )
        await self._flows.run(instance, steps)
        return Outcome(text="OK")

    def _find_table(self, instance: Instance, name: str) -> Table:
        project, _, short = name.rpartition(".")
        project = project.split(".")[0] or instance.project
        table = self._engine.table(project, short)
        if table is None:
            raise table_not_found(NOWHERE, project, short)
        return table

    async def _run(self, instance: Instance, execution: Execution) -> Outcome:
        running = self._fuxi.submit(execution.run)
        self._executing[running] = execution
        running.add_done_callback(self._executing.pop)
        stopping = asyncio.get_running_loop().create_task(_stop_when_asked(instance, execution))
        try:
            outcome = await asyncio.wrap_future(running)
        except InterruptedExecutionError as error:
            raise StoppedError from error
        finally:
            stopping.cancel()
        instance.is_engine_done = True
        return outcome


async def _stop_when_asked(instance: Instance, execution: Execution) -> None:
    await instance.stop_requested.wait()
    # Again and again: an interrupt between two statements is lost.
    while True:
        execution.stop()
        await asyncio.sleep(_INTERRUPT_EVERY_SECONDS)
