"""Files are merged, archived and frozen by merge tasks, which are instances like any other."""

from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from odps_bot.config.rules import Money, Project, Role, Rules
from odps_bot.errors import CommandError
from odps_bot.runs import ReasonCode, RunState
from odps_bot.sandbox.maxcompute.faults import reset_after

MERGE = "alter table orders partition(ds='20261101') merge smallfiles"


def submissions(world):
    return [r.body for r in world.maxcompute.requests() if r.operation == "submit"]


def test_small_files_are_merged_by_a_merge_task(world):
    run = world.finish(world.ask(f"run set odps.merge.max.filenumber.per.job=500; {MERGE};"))

    assert run.state is RunState.SUCCEEDED
    assert run.statement_class == "ddl"
    (body,) = submissions(world)
    (task,) = ET.fromstring(body).find("Job/Tasks")
    assert task.tag == "Merge"
    assert task.findtext("TableName") == "orders partition(ds='20261101')"
    settings = {p.findtext("Name"): p.findtext("Value") for p in task.iter("Property")}["settings"]
    assert '"odps.merge.cross.paths": "true"' in settings
    assert '"odps.merge.max.filenumber.per.job": "500"' in settings


def test_a_table_that_is_not_there_fails_as_it_does_in_sql(world):
    run = world.finish(world.ask("run alter table no_such_table merge smallfiles"))

    assert run.state is RunState.FAILED
    assert "Table not found" in run.outcome.detail


def test_a_merge_whose_answer_was_lost_is_found_by_its_guid_and_not_sent_again(world):
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = world.submit(world.ask(f"run {MERGE}"))
    assert run.state is RunState.SUBMITTING

    world.clock.push(seconds=15)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert world.executions(run) == 1


def test_a_merge_is_never_estimated_and_where_costs_matter_it_is_asked_about(world):
    project = Project(estimates=True, price_per_gb=Money(amount=Decimal("0.3"), currency="CNY"))
    world.services = replace(
        world.services, rules=Rules(default_role=Role.ADMIN, default_project=project)
    )
    run = world.submit(world.ask(f"run {MERGE}"))

    assert run.state is RunState.AWAITING_DECISION
    assert (run.question.kind, run.no_estimate.reason) == ("cost", ReasonCode.NO_SQL)
    assert submissions(world) == []
    with pytest.raises(CommandError, match="doesn't estimate merges"):
        world.say(f"cost {MERGE}")


def test_hours_of_a_compaction_must_be_meant(world):
    with pytest.raises(CommandError, match="add `-f`"):
        world.ask("run alter table orders compact minor -h 5")

    run = world.submit(world.ask("run alter table orders compact minor -h 5 -f"))
    assert run.state is RunState.RUNNING


def test_a_merge_has_priority_and_cluster(world):
    world.submit(
        world.ask(f"run set odps.instance.priority=2; set odps.running.cluster=AY1; {MERGE}")
    )

    job = ET.fromstring(submissions(world)[0]).find("Job")
    assert (job.findtext("Priority"), job.findtext("RunningCluster")) == ("2", "AY1")
