"""The steps of an XFlow at a poll: what the tree on its card shows."""

import logging
from collections.abc import Iterator
from itertools import islice

from odps_bot.maxcompute import (
    Instance,
    InvalidArgumentError,
    MaxComputeError,
    TaskStatuses,
    XFlowAction,
    XFlows,
)
from odps_bot.maxcompute.pai_command import parse_pai_command
from odps_bot.runs import SubInstance

log = logging.getLogger(__name__)

#: So many steps are kept, of the flow and of those inside of it.
MOST_STEPS = 50

#: So many flows inside of flows are asked about in one poll.
MOST_INNER_FLOWS = 5

#: So many steps that have not ended are asked for in one poll.
MOST_ASKED = 5

#: What becomes of a step is asked for no more when it has ended like this.
ENDS = ("Failed", "Cancelled", "Success")


def is_xflow(sql: str) -> bool:
    """Return whether a run with this statement is an XFlow."""
    try:
        return parse_pai_command(sql) is not None
    except InvalidArgumentError:
        return False


def xflow_steps_of(flow: Instance, known: tuple[SubInstance, ...]) -> tuple[SubInstance, ...]:
    """Return the steps so far; `known` ones that have ended are not asked for again.

    One request, and one for each flow inside and each step that goes on, within limits. Returns
    `known` when MaxCompute does not tell: the steps are no reason to lose a poll.
    """
    ended = {step.instance_id: step for step in known if step.status in ENDS}
    try:
        actions = list(islice(_steps(flow), MOST_STEPS))
    except MaxComputeError as error:
        log.info("cannot read the steps of %s: %s", flow.id, error)
        return known
    before = {step.instance_id: step.status for step in known}
    to_ask = [a.instance_id for a in actions if a.instance_id and a.instance_id not in ended]
    statuses = before | {one: _status(flow, one) for one in to_ask[:MOST_ASKED]}
    return tuple(
        ended.get(action.instance_id)
        or SubInstance(
            name=action.name,
            instance_id=action.instance_id,
            status=statuses.get(action.instance_id) or "Running",
        )
        for action in actions
    )


def word_for(statuses: TaskStatuses) -> str:
    """Return MaxCompute's word for the state of an instance: the worst of its tasks."""
    states = {task.status.value for task in statuses.tasks.values()}
    for word in ("Failed", "Cancelled", "Suspended", "Running", "Waiting"):
        if word in states:
            return word
    return "Success" if statuses.is_successful else statuses.instance_status.value


def _steps(flow: Instance) -> Iterator[XFlowAction]:
    """Yield the steps that are instances in their order, those of a flow inside behind it."""
    xflows = XFlows(flow.endpoints, project=flow.project)
    waiting = [iter(xflows.get_actions(flow))]
    inner_flows = 0
    while waiting:
        action = next(waiting[-1], None)
        if action is None:
            waiting.pop()
        elif action.instance_id:
            yield action
            if action.node_type == "SubWorkflow" and inner_flows < MOST_INNER_FLOWS:
                inner_flows += 1
                waiting.append(iter(_steps_inside(flow, action.instance_id)))


def _steps_inside(flow: Instance, instance_id: str) -> tuple[XFlowAction, ...]:
    """Return the steps of a flow inside; none where MaxCompute does not tell."""
    try:
        return XFlows(flow.endpoints, project=flow.project).get_actions(_step_of(flow, instance_id))
    except MaxComputeError as error:
        log.info("cannot read the steps of %s in %s: %s", instance_id, flow.id, error)
        return ()


def _status(flow: Instance, instance_id: str) -> str:
    try:
        return word_for(_step_of(flow, instance_id).get_task_statuses())
    except MaxComputeError as error:
        log.info("cannot read step %s of %s: %s", instance_id, flow.id, error)
        return ""


def _step_of(flow: Instance, instance_id: str) -> Instance:
    return Instance(instance_id, project=flow.project, endpoints=flow.endpoints)
