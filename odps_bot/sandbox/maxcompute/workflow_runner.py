"""Runs the steps of workflows one after the other, each as its own instance."""

import asyncio
from collections.abc import Callable

from odps_bot.sandbox.maxcompute.engine.errors import SqlError
from odps_bot.sandbox.maxcompute.instances import Action, Instance, Instances
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.timers import StoppedError, Timers
from odps_bot.sandbox.maxcompute.xflow import Step, step_submission


class WorkflowRunner:
    """Runs steps; `start` starts an instance."""

    def __init__(
        self, instances: Instances, timers: Timers, *, start: Callable[[Instance], None]
    ) -> None:
        self._instances = instances
        self._timers = timers
        self._start = start

    async def run(self, flow: Instance, steps: tuple[Step, ...]) -> None:
        """Run the steps of a workflow; raises `SqlError` or `StoppedError` like its steps."""
        await self._run_steps(flow, flow, steps)

    async def _run_steps(self, flow: Instance, parent: Instance, steps: tuple[Step, ...]) -> None:
        """Run the steps of `parent`, which is `flow` or a workflow in it."""
        for step in steps:
            child = self._instances.add(
                step_submission(parent.submission, step),
                project=parent.project,
                owner=parent.owner,
                now=self._timers.clock(),
            )
            parent.actions.append(Action(step.name, child.id, is_workflow=bool(step.steps)))
            if step.steps:
                await self._run_sub_workflow(flow, child, step.steps)
            else:
                self._start(child)
                await self._wait_for(flow, child)

    async def _run_sub_workflow(
        self, flow: Instance, child: Instance, steps: tuple[Step, ...]
    ) -> None:
        child.start(self._timers.clock())
        try:
            await self._run_steps(flow, child, steps)
        except SqlError as error:
            child.end(TaskStatus.FAILED, self._timers.clock(), failure=str(error))
            raise
        except StoppedError:
            child.end(TaskStatus.CANCELLED, self._timers.clock())
            raise
        child.end(TaskStatus.SUCCESS, self._timers.clock())

    async def _wait_for(self, flow: Instance, child: Instance) -> None:
        """Wait for the end of a step; stopping the workflow stops it too."""
        stopping = asyncio.ensure_future(flow.stop_requested.wait())
        ended = asyncio.ensure_future(child.ended.wait())
        try:
            await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not child.is_terminated:
                child.stop_requested.set()
                await ended
        finally:
            stopping.cancel()
            ended.cancel()
        if child.task_status is TaskStatus.FAILED:
            raise SqlError(child.failure)
        if child.task_status is not TaskStatus.SUCCESS:
            raise StoppedError
