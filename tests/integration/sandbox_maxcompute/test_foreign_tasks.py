"""Tasks of other names and kinds than PyODPS gives its SQL, as any client can submit them."""

import pytest
import requests
from odps import errors
from odps.models import Instance
from odps.models.tasks import CupidTask, MergeTask, SQLTask

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials, TaskState
from odps_bot.sandbox.maxcompute import ACCESS_KEY_ID, ACCESS_KEY_SECRET, POLLS, expire_token
from odps_bot.sandbox.maxcompute.faults import forbid, throttle

JOB = """<?xml version="1.0" encoding="utf-8"?>
<Instance><Job><Priority>9</Priority><Tasks>{tasks}</Tasks>
<DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>"""
LOT = "<LOT><Name>console_lot_1</Name><LOT><Plan>a &amp; b</Plan></LOT></LOT>"


def sql_task(name, sql, hints="{}"):
    return (
        f"<SQL><Name>{name}</Name><Config><Property><Name>settings</Name><Value>{hints}</Value>"
        f"</Property></Config><Query><![CDATA[{sql}]]></Query></SQL>"
    )


@pytest.fixture
def submit(odps):
    """Return a function that submits tasks as they are written, as a foreign client would."""

    def post(*tasks):
        url = f"{odps.endpoint}/projects/sandbox/instances"
        body = JOB.format(tasks="".join(tasks))
        response = odps.rest.post(url, body, headers={"Content-Type": "application/xml"})
        return odps.get_instance(response.headers["Location"].rpartition("/")[2])

    return post


def test_the_name_of_a_task_is_the_submitters(odps):
    instance = odps.run_sql("select 1", name="console_query_task_1589731320000")
    instance.wait_for_success()

    assert instance.get_task_names() == ["console_query_task_1589731320000"]
    assert list(instance.get_task_results()) == ["console_query_task_1589731320000"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda i: i.get_task_progress("AnonymousSQLTask"),
        lambda i: i.get_task_summary("AnonymousSQLTask"),
        lambda i: i.get_task_detail("AnonymousSQLTask"),
        lambda i: i.get_task_detail2("AnonymousSQLTask"),
        lambda i: i.get_task_quota("AnonymousSQLTask"),
        lambda i: i.get_task_info("AnonymousSQLTask", "warnings"),
    ],
    ids=["progress", "summary", "detail", "detail2", "quota", "warnings"],
)
def test_what_is_asked_for_another_task_is_refused(odps, ask):
    instance = odps.run_sql("select count(*) from customers", name="jdbc_sql_task")
    instance.wait_for_success()

    with pytest.raises(errors.NoSuchObject, match="AnonymousSQLTask"):
        ask(instance)


@pytest.mark.parametrize("query", ["taskstatuses", "status&frobnicate=1", "taskstatus&x=y"])
def test_an_unknown_action_or_parameter_is_refused(odps, query):
    instance = odps.execute_sql("select 1")
    url = f"{odps.endpoint}/projects/sandbox/instances/{instance.id}?{query}"

    with pytest.raises(errors.InvalidParameter, match="unknown parameter"):
        odps.rest.get(url)


def test_pyodps_merges_small_files_by_a_task_of_its_own(odps):
    odps.execute_sql("create table if not exists scattered (a bigint)")
    task = MergeTask(name="merge_task_1", table="sandbox.scattered")
    task.update_settings({"sandbox.duration": "0.1"})
    merge = odps.get_project().instances.create(task=task)
    merge.wait_for_success()

    assert merge.get_task_names() == ["merge_task_1"]
    assert merge.get_task_statuses()["merge_task_1"].type == "Merge"
    assert merge.tasks[0].table == "sandbox.scattered"


def test_a_merge_of_no_table_fails(odps):
    task = MergeTask(name="merge_task_2", table="sandbox.nowhere")
    with pytest.raises(errors.NoSuchTable):
        odps.get_project().instances.create(task=task).wait_for_success()


def test_a_spark_job_has_no_stages_and_can_be_stopped(odps):
    task = CupidTask(name="cupid_task", plan="AAA=", hints={"sandbox.stuck": "true"})
    cupid = odps.get_project().instances.create(task=task)

    assert cupid.get_task_progress("cupid_task").stages == []
    cupid.stop()
    cupid.wait_for_completion()
    assert cupid.get_task_statuses()["cupid_task"].status is Instance.Task.TaskStatus.CANCELLED


def test_a_lot_task_ends_and_its_source_is_what_was_submitted(submit):
    lot = submit(LOT)
    lot.wait_for_success()

    assert lot.get_task_statuses()["console_lot_1"].type == "LOT"
    source = lot._client.get(lot.resource(), action="source").text
    assert "<Plan>a &amp; b</Plan>" in source


def test_several_tasks_of_an_instance_run_one_after_the_other(submit):
    several = submit(sql_task("first", "select 1 as a"), LOT, sql_task("last", "select 2 as b"))
    several.wait_for_success()

    assert several.get_task_names() == ["first", "console_lot_1", "last"]
    results = several.get_task_results()
    assert "1" in str(results["first"])
    assert "2" in str(results["last"])
    assert several.get_task_progress("last").stages
    with several.open_reader(tunnel=True) as reader:
        assert [list(row.values) for row in reader] == [[2]]


def test_a_task_that_fails_ends_the_instance_before_the_others_begin(submit):
    several = submit(sql_task("first", "select * from nope"), sql_task("last", "select 2"))
    several.wait_for_completion()

    states = {name: task.status.value for name, task in several.get_task_statuses().items()}
    assert states == {"first": "FAILED", "last": "WAITING"}


def test_a_stop_ends_all_tasks(submit):
    stuck = '{"sandbox.stuck": "true"}'
    several = submit(sql_task("first", "select 1", stuck), sql_task("last", "select 2"))
    several.stop()
    several.wait_for_completion()

    assert {task.status.value for task in several.get_task_statuses().values()} == {"CANCELLED"}


@pytest.mark.parametrize(
    "tasks",
    [
        ("<MERGE><Name>m</Name></MERGE>",),
        ("<LOT><LOT/></LOT>",),
        ("<NEWKIND><Name>n</Name></NEWKIND>",),
        (sql_task("same", "select 1"), sql_task("SAME", "select 2")),
    ],
    ids=["merge without a table", "no name", "unknown kind", "names twice"],
)
def test_tasks_that_make_no_sense_are_refused(submit, tasks):
    with pytest.raises(errors.InvalidParameter):
        submit(*tasks)


def test_our_client_sees_the_tasks_that_pyodps_sees(odps, sandbox):
    instance = odps.get_project().instances.create(
        task=SQLTask(name="two words & more", query="select 1;")
    )
    instance.wait_for_success()
    ours = Client(
        sandbox.endpoint,
        project="sandbox",
        credentials=StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)),
    ).get_instance(instance.id)

    tasks = ours.get_task_statuses().tasks
    assert list(tasks) == instance.get_task_names() == ["two words & more"]
    assert tasks["two words & more"].status is TaskState.SUCCESS


@pytest.mark.parametrize(
    ("fault", "error_class", "http_status"),
    [
        (forbid(), errors.NoPermission, 403),
        (expire_token(), errors.ODPSError, 401),
        (throttle(), errors.RequestQuotaExceeded, 429),
    ],
    ids=["403", "401", "429"],
)
def test_polls_are_refused_when_that_is_ordered(odps, sandbox, fault, error_class, http_status):
    instance = odps.execute_sql("select 1")
    sandbox.faults.add(fault, operation=POLLS, times=9)

    with pytest.raises(error_class) as refused:
        odps.get_instance(instance.id).reload()
    assert refused.value.status_code == http_status
    with pytest.raises(error_class):
        instance.get_task_statuses()
    assert requests.get(f"{sandbox.endpoint}/tenants", timeout=10).status_code == 401
