"""What the history of tasks tells of instances."""

import json
from datetime import UTC, datetime, timedelta

from odps_bot.sandbox.maxcompute.ended_tasks import MAX_OPERATION_TEXT, ended_tasks
from odps_bot.sandbox.maxcompute.engine.outcomes import Outcome, ResultSet
from odps_bot.sandbox.maxcompute.engine.stages import Stage
from odps_bot.sandbox.maxcompute.instances import Instances
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.submission import Submission, Task, XFlow

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)
TASK = Task("SQL", "AnonymousSQLTask", "select name from pyodps_iris")


def ran(*tasks, status=TaskStatus.SUCCESS, failure="", **submission):
    """Return an instance whose tasks have run for ten seconds."""
    first, *others = tasks
    instance = Instances().add(
        Submission(first, more_tasks=tuple(others), **submission),
        project="sandbox",
        owner="ALIYUN$me@example.com",
        now=NOW,
    )
    for one in {instance, *instance.parts}:
        one.start(NOW)
        one.end(status, LATER, failure=failure)
    return instance


def values(instance):
    return [task.values() for task in ended_tasks(instance)]


def test_a_task_says_who_ran_what_and_when():
    task = Task("SQL", "AnonymousSQLTask", "select 1", {"odps.sql.type.system.odps2": "true"})
    instance = ran(task, priority=3)
    (told,) = values(instance)

    assert told["inst_id"] == instance.id
    assert (told["task_type"], told["task_name"]) == ("SQL", "AnonymousSQLTask")
    assert (told["status"], told["result"], told["priority"]) == ("Terminated", None, 3)
    assert told["owner_name"] == "ALIYUN$me@example.com"
    assert told["owner_id"].isdecimal()
    assert (told["submit_time"], told["start_time"], told["end_time"]) == (NOW, NOW, LATER)
    assert (told["operation_text"], told["quota_name"]) == ("select 1", "sandbox_quota")
    assert json.loads(told["settings"]) == {"odps.sql.type.system.odps2": "true"}


def test_a_task_says_how_much_it_read_and_used():
    instance = ran(TASK)
    instance.stages = (Stage("M", 1, (), 1, 150), Stage("R", 2, (1,), 1, 150))
    instance.outcome = Outcome(rows=ResultSet((), 3, "t"), inputs=("sandbox.pyodps_iris",))
    instance.is_engine_done = True
    (told,) = values(instance)

    assert (told["input_records"], told["output_records"]) == (150, 3)
    assert (told["input_bytes"], told["output_bytes"]) == (150 * 28, 3 * 28)
    assert (told["input_tables"], told["output_tables"]) == ("[sandbox.pyodps_iris]", "[]")
    assert told["complexity"] == 1.0
    assert told["cost_cpu"] >= 0
    assert told["cost_mem"] >= told["cost_cpu"]


def test_what_a_write_wrote_is_not_known():
    instance = ran(Task("SQL", "t", "insert into t select 1"))
    instance.stages = (Stage("M", 1, (), 1, 1),)
    instance.outcome = Outcome(text="OK", outputs=("sandbox.t",))
    (told,) = values(instance)

    assert (told["output_records"], told["output_tables"]) == (None, "[sandbox.t]")


def test_failed_and_stopped_tasks_say_so():
    (failed,) = values(ran(TASK, status=TaskStatus.FAILED, failure="ODPS-0130131:x"))
    (stopped,) = values(ran(TASK, status=TaskStatus.CANCELLED))

    assert (failed["status"], failed["result"]) == ("Failed", "ODPS-0130131:x")
    assert (stopped["status"], stopped["result"]) == ("Cancelled", None)
    assert "input_records" not in failed


def test_the_signature_is_the_same_for_every_run():
    again = Task("SQL", "other", "SELECT name\nFROM pyodps_iris")
    signatures = [told["signature"] for told in values(ran(TASK)) + values(ran(again))]

    assert signatures[0] == signatures[1]
    assert values(ran(Task("CUPID", "spark")))[0]["signature"] is None


def test_each_task_of_a_job_is_a_row_of_its_instance():
    instance = ran(TASK, Task("SQL", "second", "select 2"))

    assert [(told["inst_id"], told["task_name"]) for told in values(instance)] == [
        (instance.id, "AnonymousSQLTask"),
        (instance.id, "second"),
    ]


def test_a_task_that_never_began_is_no_row():
    instance = ran(TASK, Task("SQL", "second", "select 2"))
    instance.parts[1].started_at = None

    assert [told["task_name"] for told in values(instance)] == ["AnonymousSQLTask"]


def test_a_workflow_is_no_row():
    assert values(ran(Task("XFlow", "x"), xflow=XFlow("p", "x", {}))) == []


def test_long_statements_are_cut_but_count_in_full():
    (task,) = ended_tasks(ran(Task("SQL", "t", "x" * (MAX_OPERATION_TEXT + 1))))

    assert len(task.values()["operation_text"]) == MAX_OPERATION_TEXT
    assert task.size > MAX_OPERATION_TEXT


def test_the_scheduler_of_a_task_is_named():
    (told,) = values(ran(Task("SQL", "t", "x", {"SKYNET_ID": "7", "EXT_TASK_ID": "8"})))

    assert (told["ext_node_id"], told["ext_task_id"], told["ext_dagtype"]) == ("7", "8", None)
