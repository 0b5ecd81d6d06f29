"""Jobs of other clients: tasks of any name and kind, several in one instance, are followed."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from odps_bot.maxcompute import Client, Instance, InstanceStatus
from odps_bot.maxcompute.http.exchange import Request
from odps_bot.messages.run.card import run_card
from odps_bot.messages.run.states import state_word
from odps_bot.runs import MilestoneCode, Run, RunState
from odps_bot.sandbox.maxcompute import http_error, refuse, truncated_xml
from workers.files.result_rows import open_rows

LONG = '{"sandbox.duration": "3600"}'
STUCK = '{"sandbox.stuck": "true"}'
ANSWER = "select 41 + 1 as answer"

#: Side questions: what is asked of an instance besides its status.
SIDE_QUESTIONS = ("progress", "cached", "summary", "source")


def config(settings: str) -> str:
    return f"<Config><Property><Name>settings</Name><Value>{settings}</Value></Property></Config>"


def sql(name: str, query: str = ANSWER, settings: str = "{}", *, kind: str = "SQL") -> str:
    return f"<{kind}><Name>{name}</Name>{config(settings)}<Query>{query};</Query></{kind}>"


def merge(name: str = "merge_task_1589731320_1", settings: str = "{}") -> str:
    table = "<TableName>sandbox.customers</TableName>"
    return f"<Merge><Name>{name}</Name>{config(settings)}{table}</Merge>"


def lot(name: str = "console_lot_1", settings: str = "{}") -> str:
    return f"<LOT><Name>{name}</Name>{config(settings)}<LOT/></LOT>"


def cupid(name: str = "cupid_task", settings: str = "{}") -> str:
    return f"<CUPID><Name>{name}</Name>{config(settings)}<Plan>AAA=</Plan></CUPID>"


CONSOLE = "console_query_task_1589731320000"
KINDS: dict[str, Callable[[str], str]] = {
    "odpscmd": lambda settings: sql(CONSOLE, settings=settings),
    "jdbc": lambda settings: sql("jdbc_sql_task", settings=settings),
    "spelled like code": lambda settings: sql("a &amp; b/c?d=e", settings=settings),
    "SQLRT": lambda settings: sql("sqlrt_task", settings=settings, kind="SQLRT"),
    "MERGE": lambda settings: merge(settings=settings),
    "LOT": lambda settings: lot(settings=settings),
    "CUPID": lambda settings: cupid(settings=settings),
    "several": lambda settings: sql("first") + merge() + sql("last", settings=settings),
}


@pytest.fixture
def start(somebody_else: Client) -> Callable[..., Instance]:
    """Return a function that submits tasks as they are, like a client of somebody else."""

    def submit(tasks: str) -> Instance:
        body = f"<Instance><Job><Priority>9</Priority><Tasks>{tasks}</Tasks></Job></Instance>"
        path = ("projects", "sandbox", "instances")
        request = Request(
            method="POST", path=path, body=body.encode(), content_type="application/xml"
        )
        location = somebody_else.transport.send(request).headers["Location"]
        return somebody_else.get_instance(location.rpartition("/")[2])

    return submit


def watch(world: Any, instance: Instance) -> Run:
    return world.submit(world.ask(f"watch {instance.id}"))


def card(world: Any, run: Run) -> str:
    return run_card(world.run(run.run_id), now=world.clock()).text


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_of_any_kind_is_followed_to_its_end(world, start, kind):
    run = world.finish(world.ask(f"watch {start(KINDS[kind]('{}')).id}"))

    assert run.state is RunState.SUCCEEDED
    assert run.missing is None
    if kind in {"odpscmd", "jdbc", "spelled like code", "SQLRT"}:
        assert run.table is not None
        assert run.table.rows == (("42",),)
        assert run.cost is not None
        assert "42" in str(world.replies(run))


@pytest.mark.parametrize("kind", KINDS)
def test_a_running_job_of_any_kind_is_never_said_to_be_gone(world, start, kind):
    run = watch(world, start(KINDS[kind](STUCK)))
    for _ in range(4):
        world.clock.push(minutes=10)
        seen = world.look(run)

    assert seen.state is RunState.RUNNING
    assert (seen.missing, seen.unreachable_since, seen.refusal) == (None, None, None)
    assert state_word(seen) == "Running"


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_of_any_kind_is_stopped(world, start, kind):
    instance = start(KINDS[kind](STUCK))
    run = watch(world, instance)
    world.ask_stop(run)

    assert world.finish(run).state is RunState.CANCELLED
    assert instance.reload() is InstanceStatus.TERMINATED


@pytest.mark.parametrize("kind", KINDS)
def test_status_and_logview_know_a_job_of_any_kind(world, start, kind):
    instance = start(KINDS[kind](STUCK))
    status = world.inquire(f"status {instance.id}")[0].text
    logview = world.inquire(f"logview {instance.id}")[0].text

    assert f"`{instance.id}` in `sandbox` is *running*" in status
    assert instance.id in logview


def test_the_progress_of_a_foreign_name_is_shown(world, start):
    query = "select city, count(*) from customers group by city"
    run = watch(world, start(sql(CONSOLE, query, LONG)))
    world.wait_until_running(1)
    seen = world.look(run)

    assert len(seen.stages) == 2
    assert not any(stage.name.startswith("console") for stage in seen.stages)
    assert [r for r in world.maxcompute.requests() if "AnonymousSQLTask" in str(r.query)] == []


def test_stages_of_several_tasks_are_told_apart(world, start):
    run = watch(world, start(sql("first") + sql("last", settings=LONG)))
    world.wait_until_running(1)
    seen = world.look(run)

    assert {stage.name.split()[0] for stage in seen.stages} == {"first", "last"}
    assert len({stage.name for stage in seen.stages}) == len(seen.stages)
    names = [m.detail for m in seen.milestones if m.code is MilestoneCode.STAGE_FINISHED]
    assert len(set(names)) == len(names)


def test_a_job_without_stages_shows_the_schedulers_percentage(world, start):
    run = watch(world, start(lot(settings='{"sandbox.duration": "200"}')))
    world.wait_until_running(1)
    # The sandbox goes by its own clock, and so shows next to nothing of 200 s.
    seen = world.look(run)

    assert (seen.is_executing, seen.stages) == (True, ())
    assert card(world, run).startswith("Running")


def test_all_statements_of_several_tasks_are_shown(world, start):
    run = watch(world, start(sql("first", "select 1 as a") + sql("last", "select 2 as b")))

    assert run.sql == "select 1 as a;\nselect 2 as b;"


def test_the_rows_of_the_last_of_several_tasks_are_the_result(world, start):
    tasks = sql("first", "select 1 as a") + sql("last", "select 2 as b")
    run = world.finish(world.ask(f"watch {start(tasks).id}"))

    assert (run.table.columns, run.table.rows) == (("b",), (("2",),))
    found = open_rows(run, world.services)
    with closing(found.rows()) as rows:
        assert list(rows) == [(2,)]


def test_why_one_of_several_tasks_failed_is_told_and_nothing_of_the_others(world, start):
    tasks = sql("first", "select 7 as seven") + sql("last", "select * from nowhere")
    run = world.finish(world.ask(f"watch {start(tasks).id}"))

    assert run.state is RunState.FAILED
    assert run.outcome.detail.startswith("ODPS-0130131")
    assert "seven" not in run.outcome.detail


def test_the_steps_of_a_flow_of_somebody_else_are_shown_though_its_source_is_refused(
    world, somebody_else
):
    flow = somebody_else.xflows.run(
        "Split",
        xflow_project="algo_public",
        parameters={
            "inputTableName": "pyodps_iris",
            "output1TableName": "one",
            "output2TableName": "two",
        },
    )
    flow.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
    forbidden = refuse(403, "NoPermission", "no source for you")
    world.maxcompute.faults.add(forbidden, operation=("source", "xsource"), times=9)
    run = world.finish(world.ask(f"watch {flow.id}"))

    assert run.state is RunState.SUCCEEDED
    assert [step.name for step in run.sub_instances] == ["Split_1", "Split_2"]
    assert run.cost is None


@pytest.mark.parametrize(
    "fault",
    [
        refuse(404, "NoSuchObject", "the task does not exist"),
        refuse(400, "InvalidParameter", "ODPS-0420061: Invalid parameter"),
        refuse(403, "NoPermission", "ODPS-0420095: Access Denied"),
        truncated_xml(),
        http_error(200, "<html>log in first</html>"),
    ],
    ids=["404", "400", "403", "cut", "a page"],
)
@pytest.mark.parametrize("kind", ["odpscmd", "MERGE"])
def test_refused_side_questions_leave_a_job_running_and_its_end_known(world, start, kind, fault):
    world.maxcompute.faults.add(fault, operation=SIDE_QUESTIONS, times=999)
    instance = start(KINDS[kind]('{"sandbox.duration": "4"}'))
    run = watch(world, instance)
    running = world.look(run)

    assert running.state is RunState.RUNNING
    assert (running.missing, running.unreachable_since) == (None, None)
    instance.wait_for_completion(interval=timedelta(milliseconds=50), blocking=False)
    ended = world.follow(run)
    assert ended.state is RunState.SUCCEEDED
    assert ended.cost is None
    assert ended.is_foreign


@pytest.mark.parametrize(
    "fault",
    [
        refuse(404, "NoSuchObject", "there are no tasks"),
        refuse(400, "InvalidParameter", "unknown parameter 'taskstatus'"),
        truncated_xml(),
    ],
    ids=["404", "400", "cut"],
)
def test_only_the_instances_own_status_says_that_it_is_gone(world, start, fault):
    instance = start(sql(CONSOLE, settings=STUCK))
    run = watch(world, instance)
    world.maxcompute.faults.add(fault, operation="taskstatus", times=999)
    for _ in range(5):
        world.clock.push(minutes=10)
        seen = world.look(run)
    assert (seen.state, seen.missing, seen.refusal) == (RunState.RUNNING, None, None)

    instance.stop()
    instance.wait_for_completion(interval=timedelta(milliseconds=50), blocking=False)
    # How it ended comes with its results.
    assert world.follow(run).state is RunState.CANCELLED


def test_an_end_that_nobody_tells_is_waited_for_and_then_unknown(world, start):
    instance = start(sql(CONSOLE))
    instance.wait_for_completion(interval=timedelta(milliseconds=50), blocking=False)
    nothing = http_error(200, "<Instance><Tasks/></Instance>")
    world.maxcompute.faults.add(nothing, operation=("taskstatus", "result"), times=999)
    run = watch(world, instance)
    first, second = world.look(run), world.look(run)

    assert first.state is second.state is RunState.RUNNING
    assert "MaxCompute doesn't say how yet" in card(world, run)
    assert world.follow(run).state is RunState.UNKNOWN


def test_a_status_is_told_though_the_place_in_the_queue_is_refused(world, start):
    instance = start(sql(CONSOLE, settings=STUCK))
    world.maxcompute.faults.add(refuse(404, "NoSuchObject", "no such task"), operation="cached")

    assert "*running*" in world.inquire(f"status {instance.id}")[0].text


def test_a_status_of_an_ended_job_is_told_though_its_tasks_are_refused(world, start):
    instance = start(sql(CONSOLE))
    instance.wait_for_completion(interval=timedelta(milliseconds=50), blocking=False)
    world.maxcompute.faults.add(refuse(404, "NoSuchObject", "no tasks"), operation="taskstatus")

    assert "*ended*" in world.inquire(f"status {instance.id}")[0].text


def test_what_is_no_flow_is_told_so_and_not_that_there_is_no_such_instance(world, start):
    instance = start(merge(settings=STUCK))
    world.maxcompute.faults.add(refuse(404, "NoSuchObject", "no results"), operation="xresult")

    assert "No instance" not in world.inquire(f"xflow {instance.id}")[0].text
