"""Answer which steps an XFlow has begun, and the status of each."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from odps_bot.maxcompute import (
    Client,
    Instance,
    InstanceStatus,
    MaxComputeError,
    NotFoundError,
    QueueingInfo,
    XFlowAction,
)
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Message
from odps_bot.messages.replies.xflow_steps import SHOWN_STEPS, Step, no_xflow, xflow_tree
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.services import Services
from workers.polling.xflow_snapshot import word_for
from workers.queries.status import percentage_of, waits

#: So many ended steps are asked for; running ones come with one list.
ASKED_STEPS = 20

#: Flows inside of flows; what is deeper is not shown.
DEPTH = 4


def answer_xflow(inquiry: InstanceInquiry, services: Services) -> Message:
    """Return the tree of steps. Raises MaxComputeError.

    Takes a request for the flow and each flow inside of it, one for what runs, and one for each
    step that has ended, up to `ASKED_STEPS`.
    """
    client = services.maxcompute.of(inquiry.project, Purpose.QUERY)
    flow = client.get_instance(inquiry.instance_id, project=inquiry.project)
    # First: only this says whether there is such an instance.
    status = flow.get_status()
    try:
        begun = list(_walk(flow, services))
    except NotFoundError:
        return no_xflow(inquiry.name)
    running = {} if status is InstanceStatus.TERMINATED else _running(inquiry.project, services)
    now = services.clock()
    reader = _Reader(client, running, now)
    is_over = status is InstanceStatus.TERMINATED
    return xflow_tree(
        [reader.step(found) for found in begun],
        name=inquiry.name,
        project=inquiry.project,
        status=reader.end_of(flow) if is_over else status.value,
        seen_at=None if is_over else now,
    )


@dataclass(frozen=True)
class _Begun:
    action: XFlowAction
    depth: int
    project: str


def _walk(flow: Instance, services: Services, *, depth: int = 0) -> Iterator[_Begun]:
    for action in services.maxcompute.of(flow.project, Purpose.QUERY).xflows.get_actions(flow)[
        :SHOWN_STEPS
    ]:
        yield _Begun(action, depth, flow.project)
        if action.node_type == "SubWorkflow" and action.instance_id and depth < DEPTH:
            inner = services.maxcompute.of(flow.project, Purpose.QUERY).get_instance(
                action.instance_id, project=flow.project
            )
            with suppress(MaxComputeError):
                yield from _walk(inner, services, depth=depth + 1)


def _running(project: str, services: Services) -> dict[str, QueueingInfo]:
    infos = services.maxcompute.of(project, Purpose.QUERY).list_queueing_infos(
        project=project, status=InstanceStatus.RUNNING, limit=1_000
    )
    try:
        return {info.instance_id: info for info in infos}
    except MaxComputeError:
        # Listing may be forbidden where single instances may be read.
        return {}


class _Reader:
    """Makes steps out of what has begun; asks for so many and no more."""

    def __init__(self, client: Client, running: Mapping[str, QueueingInfo], now: datetime) -> None:
        self._client = client
        self._running = running
        self._now = now
        self._left = ASKED_STEPS

    def step(self, begun: _Begun) -> Step:
        """Return the status of the step, as far as it can be read."""
        action = begun.action
        facts: dict[str, object] = {}
        info = self._running.get(action.instance_id)
        if info is not None:
            facts = {
                "status": "Waiting" if waits(info) else info.status.value,
                "percentage": percentage_of(info),
                "took": self._now - info.start_time if info.start_time else None,
            }
        elif action.instance_id and self._left > 0:
            self._left -= 1
            facts = self._ended(begun)
        return Step(
            name=action.name,
            depth=begun.depth,
            instance_id=action.instance_id,
            is_flow=action.node_type == "SubWorkflow",
            **facts,  # type: ignore[arg-type]  # made above
        )

    def end_of(self, instance: Instance) -> str:
        """Return in a word how an instance that is over has ended, as far as MaxCompute tells."""
        try:
            return word_for(instance.get_task_statuses())
        except MaxComputeError:
            return InstanceStatus.TERMINATED.value

    def _ended(self, begun: _Begun) -> dict[str, object]:
        try:
            instance = self._client.get_instance(begun.action.instance_id, project=begun.project)
            statuses = instance.get_task_statuses()
        except MaxComputeError:
            return {}
        tasks = statuses.tasks.values()
        starts = [task.start_time for task in tasks if task.start_time]
        ends = [task.end_time for task in tasks if task.end_time]
        until = max(ends, default=self._now)
        return {
            "status": word_for(statuses),
            "took": until - min(starts) if starts else None,
        }
