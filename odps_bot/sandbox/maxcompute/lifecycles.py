"""The lifecycles of instances: queued, running, ended, with the configured timing."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from odps_bot.sandbox.clock import Clock
from odps_bot.sandbox.maxcompute.cost import check_limit, estimate_cost
from odps_bot.sandbox.maxcompute.ended_tasks import ended_tasks
from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.engine.engine import Engine
from odps_bot.sandbox.maxcompute.engine.errors import (
    InterruptedExecutionError,
    SqlError,
    table_not_found,
)
from odps_bot.sandbox.maxcompute.engine.execution import Analysis, Execution
from odps_bot.sandbox.maxcompute.engine.outcomes import Outcome
from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE
from odps_bot.sandbox.maxcompute.instances import Instance, Instances
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.submission import COST_TASK, XFlow
from odps_bot.sandbox.maxcompute.timers import StoppedError, Timers
from odps_bot.sandbox.maxcompute.timing import INTERACTIVE, Timing
from odps_bot.sandbox.maxcompute.workflow_runner import WorkflowRunner
from odps_bot.sandbox.maxcompute.xflow import plan_steps

_T = TypeVar("_T")
_INTERRUPT_EVERY_SECONDS = 0.05
#: Behind the table's name in a merge task.
_PARTITION = re.compile(r"\s+partition\s*\(.*", re.IGNORECASE | re.DOTALL)


class Lifecycles:
    """Runs one coroutine per instance; the engine works in threads."""

    def __init__(
        self,
        engine: Engine,
        instances: Instances,
        *,
        timing: Timing,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._pace = timing
        self._clock = clock
        self._timers = Timers(clock)
        self._workflows = WorkflowRunner(instances, self._timers, start=self.start)
        # Analysis is quick and must not wait for slow queries.
        self._short_tasks = ThreadPoolExecutor(2, thread_name_prefix="maxcompute-short")
        self._queries = ThreadPoolExecutor(4, thread_name_prefix="maxcompute-query")
        self._tasks: set[asyncio.Task[None]] = set()
        self._executing: dict[Future[Outcome], Execution] = {}

    def start(self, instance: Instance) -> None:
        """Start the lifecycle of an instance."""
        task = asyncio.get_running_loop().create_task(self._run_lifecycle(instance))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def hold(self, instance: Instance, longest: timedelta) -> None:
        """Return when an instance has ended, or after `longest`."""
        await self._timers.hold(instance, longest)

    async def run_in_thread(self, work: Callable[[], _T]) -> _T:
        """Do short work in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._short_tasks, work)

    async def stop_all(self) -> None:
        """Stop all instances and threads; can be called again."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._executing:
            # Repeatedly, as an interrupt between two statements is lost.
            for execution in list(self._executing.values()):
                execution.stop()
            await asyncio.sleep(_INTERRUPT_EVERY_SECONDS)
        for pool in (self._short_tasks, self._queries):
            pool.shutdown(wait=True, cancel_futures=True)

    async def _run_lifecycle(self, instance: Instance) -> None:
        await self._run_to_end(instance)
        for task in ended_tasks(instance):
            self._engine.history.add(task)

    async def _run_to_end(self, instance: Instance) -> None:
        try:
            outcome = await self._execute(instance)
        except SqlError as error:
            instance.end(TaskStatus.FAILED, self._clock(), failure=str(error))
        except StoppedError:
            await self._timers.sleep(instance.lifecycle.stopping)
            instance.end(TaskStatus.CANCELLED, self._clock())
        except Exception as error:  # noqa: BLE001  -- the error shows at the instance
            text = f"ODPS-0010000:System internal error - {type(error).__name__} in the sandbox"
            instance.end(TaskStatus.FAILED, self._clock(), failure=text)
        else:
            instance.outcome = outcome
            instance.end(TaskStatus.SUCCESS, self._clock())

    async def _execute(self, instance: Instance) -> Outcome:
        """Execute an instance from the queue to its end.

        Raises `SqlError` when it fails and `StoppedError` when somebody stops it.
        """
        task = instance.submission.task
        pace = self._pace_of(instance)
        instance.lifecycle = pace.lifecycle(stages=0, settings=task.settings, sql=task.sql)
        if instance.parts:
            return await self._execute_parts(instance)
        if instance.submission.xflow is not None:
            return await self._execute_workflow(instance, instance.submission.xflow)
        if not task.has_query:
            return await self._execute_other_task(instance)
        execution = self._engine.execution(
            task.sql,
            project=instance.project,
            owner=instance.owner,
            settings=task.settings,
            instance_id=instance.id,
            now=instance.created_at,
        )
        analysis = await self._analyze(instance, execution)
        await self._timers.start(instance)
        await self._timers.apply_hints(instance)
        if task.kind == COST_TASK:
            return Outcome(text=estimate_cost(analysis))
        if not analysis.is_read:
            # Rows change at the end of the visible run time: nothing changes before a stop.
            await self._timers.wait_until(instance, self._timers.deadline(instance))
            return await self._run(instance, execution)
        try:
            instance.outcome = await self._run(instance, execution)
        except SqlError:
            await self._timers.wait_until(instance, self._timers.deadline(instance, share=0.5))
            raise
        await self._timers.wait_until(instance, self._timers.deadline(instance))
        return instance.outcome

    def _pace_of(self, instance: Instance) -> Timing:
        settings = instance.submission.task.settings
        is_slow = settings.get(INTERACTIVE, "").strip().lower() == "slow"
        return self._pace.interactive() if instance.is_interactive and not is_slow else self._pace

    async def _analyze(self, instance: Instance, execution: Execution) -> Analysis:
        allows_settings = instance.submission.task.kind != COST_TASK
        try:
            analysis = await self.run_in_thread(
                lambda: execution.analyze(allows_settings=allows_settings)
            )
            if allows_settings:
                check_limit(analysis)
        except SqlError:
            # The service, too, takes some time to find an error; no life begins with one.
            if instance.lifecycle.playback is not None:
                instance.lifecycle = self._pace_of(instance).lifecycle(stages=0, settings={})
            await self._timers.start(instance)
            await self._timers.wait_until(instance, self._timers.deadline(instance, share=0.5))
            raise
        instance.stages = analysis.stages if allows_settings else ()
        instance.warnings = analysis.warnings
        instance.lifecycle = self._pace_of(instance).lifecycle(
            stages=len(instance.stages),
            settings=analysis.settings,
            sql=instance.submission.task.sql,
        )
        return analysis

    async def _execute_parts(self, instance: Instance) -> Outcome:
        """Execute the tasks one after the other; what fails or is stopped ends the instance."""
        await self._timers.start(instance)
        for part in instance.parts:
            part.created_at = self._clock()
            await self._run_to_end(part)
            if part.task_status is TaskStatus.FAILED:
                raise SqlError(part.failure)
            if part.task_status is TaskStatus.CANCELLED:
                for other in instance.parts:
                    if not other.is_terminated:
                        other.end(TaskStatus.CANCELLED, self._clock())
                raise StoppedError
        return instance.parts[-1].outcome

    async def _execute_other_task(self, instance: Instance) -> Outcome:
        """Execute a task without SQL, such as MERGE or CUPID: it takes time and has no stages."""
        task = instance.submission.task
        await self._timers.start(instance)
        await self._timers.apply_hints(instance)
        if task.table:
            name = _PARTITION.sub("", task.table).replace("`", "").strip()
            await self.run_in_thread(lambda: self._find_table(instance, name))
        await self._timers.wait_until(instance, self._timers.deadline(instance))
        return Outcome()

    async def _execute_workflow(self, instance: Instance, flow: XFlow) -> Outcome:
        await self._timers.start(instance)
        await self._timers.apply_hints(instance)
        steps = await self.run_in_thread(
            lambda: plan_steps(flow, lambda name: self._find_table(instance, name))
        )
        await self._workflows.run(instance, steps)
        return Outcome(text="OK")

    def _find_table(self, instance: Instance, name: str) -> Table:
        project, _, short = name.rpartition(".")
        project = project.split(".")[0] or instance.project
        table = self._engine.table(project, short)
        if table is None:
            raise table_not_found(NOWHERE, project, short)
        return table

    async def _run(self, instance: Instance, execution: Execution) -> Outcome:
        running = self._queries.submit(execution.run)
        self._executing[running] = execution
        running.add_done_callback(self._executing.pop)
        stopping = asyncio.get_running_loop().create_task(
            _interrupt_when_stopped(instance, execution)
        )
        try:
            outcome = await asyncio.wrap_future(running)
        except InterruptedExecutionError as error:
            raise StoppedError from error
        finally:
            stopping.cancel()
        instance.is_engine_done = True
        return outcome


async def _interrupt_when_stopped(instance: Instance, execution: Execution) -> None:
    await instance.stop_requested.wait()
    # Repeatedly, as an interrupt between two statements is lost.
    while True:
        execution.stop()
        await asyncio.sleep(_INTERRUPT_EVERY_SECONDS)
