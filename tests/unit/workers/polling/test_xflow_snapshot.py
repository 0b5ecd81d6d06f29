"""The steps of a flow: which are shown, and how each stands."""

import pytest

from odps_bot.maxcompute import ServerError, TaskState, XFlowAction
from odps_bot.runs import SubInstance
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.polling import xflow_snapshot
from workers.polling.xflow_snapshot import is_xflow, word_for, xflow_steps_of


@pytest.mark.parametrize(
    ("sql", "expected"), [("pai -name Split", True), ("select 1", False), ("pai -name", False)]
)
def test_a_pai_command_is_a_flow_and_a_broken_one_is_not(sql, expected):
    assert is_xflow(sql) is expected


@pytest.mark.parametrize(
    ("states", "word"),
    [
        (("SUCCESS", "SUCCESS"), "Success"),
        (("SUCCESS", "FAILED", "CANCELLED"), "Failed"),
        (("CANCELLED", "SUCCESS"), "Cancelled"),
        (("SUSPENDED", "RUNNING"), "Suspended"),
        (("RUNNING", "WAITING"), "Running"),
        (("WAITING", "SUCCESS"), "Waiting"),
        ((), "Terminated"),
    ],
)
def test_a_step_stands_as_the_worst_of_its_tasks(states, word):
    assert word_for(statuses_of(*(TaskState[state] for state in states))) == word


class Flows:
    """XFlows whose actions and instances are given; remembers which steps were asked for."""

    def __init__(self, actions, statuses=None):
        self.actions, self.statuses, self.asked = actions, statuses or {}, []

    def get_actions(self, instance):
        found = self.actions[instance.id]
        if isinstance(found, Exception):
            raise found
        return found

    def instance(self, instance_id, **_options):
        flows = self

        class Step(FakeInstance):
            def get_task_statuses(self):
                flows.asked.append(self.id)
                return super().get_task_statuses()

        statuses = self.statuses.get(instance_id, statuses_of(TaskState.RUNNING, is_over=False))
        return Step(instance_id, statuses=statuses)


@pytest.fixture
def steps(monkeypatch):
    """Return a function that returns the steps of a flow ``f`` and what was asked for."""

    def steps(actions, *known, statuses=None):
        flows = Flows(actions, statuses)
        monkeypatch.setattr(xflow_snapshot, "XFlows", lambda *_args, **_options: flows)
        monkeypatch.setattr(xflow_snapshot, "Instance", flows.instance)
        flow = FakeInstance("f")
        flow.endpoints = None
        return xflow_steps_of(flow, known), flows.asked

    return steps


def action(name, *, kind="Instance", instance_id=None):
    return XFlowAction(
        name=name,
        node_type=kind,
        instance_id=name if instance_id is None else instance_id,
        result="",
    )


def step(name, status):
    return SubInstance(name=name, instance_id=name, status=status)


def test_steps_that_have_begun_are_shown_in_their_order(steps):
    found, _ = steps({"f": [action("a"), action("later", instance_id=""), action("b")]})

    assert found == (step("a", "Running"), step("b", "Running"))


def test_steps_of_a_flow_inside_stand_behind_it(steps):
    found, _ = steps(
        {"f": [action("g", kind="SubWorkflow"), action("z")], "g": [action("a"), action("b")]}
    )

    assert [one.name for one in found] == ["g", "a", "b", "z"]


@pytest.mark.parametrize(("count", "inner_steps"), [(5, 5), (6, 5)])
def test_five_flows_inside_are_looked_into(steps, count, inner_steps):
    flows = [f"g{n}" for n in range(count)]
    inner = {name: [action(f"{name}-a")] for name in flows}
    found, _ = steps({"f": [action(name, kind="SubWorkflow") for name in flows], **inner})

    assert len([one for one in found if one.name.endswith("-a")]) == inner_steps


@pytest.mark.parametrize(("count", "shown"), [(49, 49), (50, 50), (51, 50)])
def test_fifty_steps_are_kept(steps, count, shown):
    found, _ = steps({"f": [action(f"a{n}") for n in range(count)]})

    assert len(found) == shown


def test_five_that_go_on_are_asked_for_and_none_that_has_ended(steps):
    ended = step("a0", "Success")
    found, asked = steps({"f": [action(f"a{n}") for n in range(9)]}, ended)

    assert found[0] is ended
    assert asked == ["a1", "a2", "a3", "a4", "a5"]


def test_a_step_that_cannot_be_read_counts_as_running(steps):
    busy = ServerError("busy", http_status=503)
    found, _ = steps({"f": [action("a")]}, statuses={"a": busy})

    assert found == (step("a", "Running"),)


def test_without_a_list_the_known_steps_stay(steps):
    known = step("a", "Running")
    found, asked = steps({"f": ServerError("busy", http_status=503)}, known)

    assert found == (known,)
    assert asked == []
