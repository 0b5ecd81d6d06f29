"""Which steps of a flow have begun, and how each stands."""

from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest

from odps_bot.maxcompute import (
    InstanceStatus,
    NotFoundError,
    PermissionDeniedError,
    QueueingInfo,
    TaskState,
    XFlowAction,
)
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.queries import xflow
from workers.queries.xflow import answer_xflow


@pytest.fixture
def tree(services, monkeypatch):
    """Return a function that returns the steps of the flow ``f`` and its status."""
    monkeypatch.setattr(xflow, "xflow_tree", lambda steps, **facts: (steps, facts["status"]))
    asked = []

    def get_instance(instance_id, *, project):
        instance = FakeInstance(
            instance_id, statuses=statuses_of(TaskState.SUCCESS) if instance_id else None
        )
        instance.get_status = lambda: services.flow_status
        if instance_id != "f":
            asked.append(instance_id)
        return instance

    def tree(actions, *, is_over=False):
        services.flow_status = InstanceStatus.TERMINATED if is_over else InstanceStatus.RUNNING
        services.maxcompute.get_instance = get_instance
        services.maxcompute.xflows = SimpleNamespace(get_actions=lambda flow: actions[flow.id])
        inquiry = SimpleNamespace(project="sandbox", instance_id="f", name="f")
        services.asked = asked
        return answer_xflow(inquiry, services)

    return tree


def action(name, *, kind="Instance", instance_id=None):
    given = name if instance_id is None else instance_id
    return XFlowAction(name=name, node_type=kind, instance_id=given, result="")


def test_running_steps_come_with_one_list(tree, services, noon):
    running = QueueingInfo(
        instance_id="a",
        status=InstanceStatus.RUNNING,
        progress=0.5,
        start_time=noon - timedelta(minutes=1),
    )
    services.maxcompute.queueing = [running]
    steps, status = tree({"f": [action("a"), action("b", instance_id="")]})

    assert status == "Running"
    assert [(s.status, s.percentage, s.took) for s in steps] == [
        ("Running", 50, timedelta(minutes=1)),
        ("", None, None),
    ]
    assert services.asked == []


@pytest.mark.parametrize(("count", "asked"), [(19, 19), (20, 20), (21, 20)])
def test_twenty_steps_that_have_ended_are_asked_for(tree, services, count, asked):
    steps, status = tree({"f": [action(f"a{n}") for n in range(count)]}, is_over=True)

    assert status == "Success"
    assert len(services.asked) == asked
    assert [step.status for step in steps].count("Success") == asked


def test_flows_inside_are_shown_four_deep(tree):
    names = ["f", *"abcdef"]
    actions = {outer: [action(inner, kind="SubWorkflow")] for outer, inner in pairwise(names)}
    steps, _ = tree(actions)

    assert [(step.name, step.depth) for step in steps] == [
        ("a", 0), ("b", 1), ("c", 2), ("d", 3), ("e", 4)
    ]  # fmt: skip


def test_a_list_that_is_forbidden_is_done_without(tree, services):
    def forbidden():
        raise PermissionDeniedError("no", http_status=403)
        yield

    services.maxcompute.list_queueing_infos = lambda **_options: forbidden()
    steps, _ = tree({"f": [action("a")]})

    assert [step.status for step in steps] == ["Success"]


GONE = NotFoundError("gone", http_status=404)


def raise_gone(*_):
    raise GONE


@pytest.mark.parametrize("is_there", [True, False])
def test_what_is_no_flow_is_said_to_be_none_unless_there_is_no_such_instance(
    tree, services, is_there
):
    tree({"f": []})
    services.maxcompute.xflows = SimpleNamespace(get_actions=raise_gone)
    inquiry = SimpleNamespace(project="sandbox", instance_id="f", name="f")

    if is_there:
        assert "`f`" in answer_xflow(inquiry, services).text
        return
    services.maxcompute.get_instance = lambda *_, **__: FakeInstance("f", status=GONE)
    with pytest.raises(NotFoundError):
        answer_xflow(inquiry, services)


def test_a_flow_inside_whose_steps_are_refused_takes_no_other_steps_with_it(tree, services):
    flow = {"f": [action("inner", kind="SubWorkflow"), action("last")]}

    def get_actions(asked):
        return flow[asked.id] if asked.id in flow else raise_gone()

    tree(flow | {"inner": []})
    services.maxcompute.xflows = SimpleNamespace(get_actions=get_actions)
    steps, _ = answer_xflow(SimpleNamespace(project="p", instance_id="f", name="f"), services)

    assert [step.name for step in steps] == ["inner", "last"]
