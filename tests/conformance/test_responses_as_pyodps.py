"""The same call through PyODPS and through our client: the same result, no more requests."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from odps.models import Instance as PyodpsInstance

from odps_bot.maxcompute import InstanceFailedError, InstanceStatus
from odps_bot.maxcompute.models.responses import parse_progress

TASK = "AnonymousSQLTask"


def utc(naive_local):
    return naive_local.astimezone(UTC)


CALLS = {
    "status": (
        lambda o, i: o.get_instance(i).status.value,
        lambda c, i: c.get_instance(i).get_status().value,
    ),
    "terminated": (
        lambda o, i: o.get_instance(i).is_terminated(),
        lambda c, i: c.get_instance(i).is_terminated(),
    ),
    "running": (
        lambda o, i: o.get_instance(i).is_running(),
        lambda c, i: c.get_instance(i).is_running(),
    ),
    "successful": (
        lambda o, i: o.get_instance(i).is_successful(),
        lambda c, i: c.get_instance(i).is_successful(),
    ),
    "exists": (lambda o, i: o.exist_instance(i), lambda c, i: c.exists_instance(i)),
    "does not exist": (
        lambda o, i: o.exist_instance("20200101000000000gnone"),
        lambda c, i: c.exists_instance("20200101000000000gnone"),
    ),
    "task names": (
        lambda o, i: o.get_instance(i).get_task_names(),
        lambda c, i: c.get_instance(i).get_task_names(),
    ),
    "task statuses": (
        lambda o, i: [
            (name, task.type, task.status.value, utc(task.start_time), utc(task.end_time))
            for name, task in o.get_instance(i).get_task_statuses().items()
        ],
        lambda c, i: [
            (name, task.type, task.status.value.upper(), task.start_time, task.end_time)
            for name, task in c.get_instance(i).get_task_statuses().tasks.items()
        ],
    ),
    "results": (
        lambda o, i: dict(o.get_instance(i).get_task_results()),
        lambda c, i: {
            name: result.text for name, result in c.get_instance(i).get_task_results().items()
        },
    ),
    "progress": (
        lambda o, i: [
            (s.name, s.total_workers, s.terminated_workers, s.input_records, s.output_records)
            for s in o.get_instance(i).get_task_progress(TASK).stages
        ],
        lambda c, i: [
            (s.name, s.total_workers, s.terminated_workers, s.input_records, s.output_records)
            for s in c.get_instance(i).get_task_progress(TASK).stages
        ],
    ),
    "query": (
        lambda o, i: o.get_instance(i).get_sql_query(),
        lambda c, i: c.get_instance(i).get_source().tasks[0].query,
    ),
    "priority": (
        lambda o, i: o.get_instance(i).priority,
        lambda c, i: c.get_instance(i).get_source().priority,
    ),
    "guid": (
        lambda o, i: o.get_instance(i).get_unique_identifier_id(),
        lambda c, i: c.get_instance(i).get_source().guid,
    ),
}


@pytest.fixture(params=["ended", "failed"])
def some(request):
    """The id of an instance of each kind."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("call", CALLS)
def test_the_result_is_that_of_pyodps(sandbox, pyodps, client, some, call):
    call_pyodps, call_us = CALLS[call]

    theirs = call_pyodps(pyodps, some)
    requests_of_pyodps = len(sandbox.requests())
    sandbox.clear_requests()
    ours = call_us(client, some)

    assert ours == theirs
    assert len(sandbox.requests()) <= min(requests_of_pyodps, 1)


def test_owner_and_times_are_those_of_pyodps(pyodps, client, ended):
    theirs = pyodps.get_instance(ended)
    theirs.reload()
    ours = client.get_instance(ended)
    ours.get_status()

    assert ours.owner == theirs.owner
    assert ours.start_time == utc(theirs.start_time)
    assert ours.end_time == utc(theirs.end_time)


def test_a_listing_is_that_of_pyodps(pyodps, client, ended, failed):
    now = datetime.now(UTC)
    since, until = now - timedelta(hours=1), now + timedelta(hours=1)

    theirs = {
        (i.id, i.owner, i.status.value, utc(i.start_time))
        for i in pyodps.list_instances(start_time=since, end_time=until, status="Terminated")
    }
    ours = {
        (i.id, i.owner, i.status.value, i.start_time)
        for i in client.list_instances(since=since, until=until, status=InstanceStatus.TERMINATED)
    }

    assert {ended, failed} <= {found[0] for found in ours}
    assert ours == theirs


def test_rows_are_those_of_pyodps(pyodps, client, ended):
    with pyodps.get_instance(ended).open_reader(tunnel=False) as reader:
        theirs = [[str(value) for value in record.values] for record in reader]

    table = client.get_instance(ended).get_task_results()[TASK].rows()

    assert [list(row) for row in table.rows] == theirs


def test_a_failure_has_the_message_of_pyodps(pyodps, client):
    with pytest.raises(Exception, match="ODPS-0130131") as theirs:
        pyodps.execute_sql("select * from no_such_table")
    with pytest.raises(InstanceFailedError) as ours:
        client.execute_sql("select * from no_such_table")

    assert ours.value.message == theirs.value.args[0]
    assert ours.value.odps_code == theirs.value.code


def test_from_submission_to_rows_takes_at_most_half_of_the_requests(sandbox, pyodps, client):
    sql = "select * from pyodps_iris limit 1"
    with pyodps.execute_sql(sql).open_reader(tunnel=False) as reader:
        list(reader)
    requests_of_pyodps = len(sandbox.requests())
    sandbox.clear_requests()

    client.execute_sql(sql).get_task_results()[TASK].rows()

    assert len(sandbox.requests()) <= requests_of_pyodps / 2


NUMBERS = st.integers(0, 10**6)
STAGES = st.lists(st.tuples(st.from_regex(r"[A-Z][0-9_]{1,5}Stg1", fullmatch=True), *[NUMBERS] * 5))


@given(STAGES)
def test_the_line_of_progress_is_that_of_pyodps_byte_for_byte(stages):
    names = (
        "BackupWorkers",
        "TerminatedWorkers",
        "RunningWorkers",
        "TotalWorkers",
        "FinishedPercentage",
    )
    body = "".join(
        f'<Stage ID="{stage[0]}"><Status>Running</Status>'
        + "".join(f"<{n}>{v}</{n}>" for n, v in zip(names, stage[1:], strict=True))
        + "</Stage>"
        for stage in stages
    )
    xml = f"<Progress>{body}</Progress>".encode()
    response = requests.Response()
    response.raw = io.BytesIO(xml)

    theirs = PyodpsInstance.Task.TaskProgress.parse(None, response)
    their_line = theirs.get_stage_progress_formatted_string()
    printed_at = datetime.fromisoformat(their_line[:19]).astimezone()
    our_line = parse_progress(xml).get_stage_progress_formatted_string(printed_at)

    assert our_line == their_line
