"""Odd fields of one record, as the sandbox plays them: everything else is read as ever."""

from datetime import UTC, datetime

import pytest

from odps_bot.maxcompute import AccessKey, Client, InstanceStatus, StaticCredentials
from odps_bot.maxcompute.instance import SQL_TASK
from odps_bot.sandbox.maxcompute import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    MaxComputeSandbox,
    Timing,
    odd_record,
)

ODD = ["-", "NaN", "", "2026年1月1日", "31.12.2026 10:00"]


@pytest.fixture(scope="module")
def sandbox():
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=10) as sandbox:
        yield sandbox


@pytest.fixture
def connect(sandbox):
    """Return a function that makes a client, which knows nothing of what was asked before."""

    def connect():
        credentials = StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET))
        client = Client(sandbox.endpoint, project="sandbox", credentials=credentials)
        clients.append(client)
        return client

    clients = []
    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def odd(sandbox):
    """Return a function that plays odd fields in the next response of an operation."""

    def odd(operation, fields, *, record=0):
        sandbox.faults.add(odd_record(fields, record=record), operation=operation)

    yield odd
    sandbox.faults.clear()


@pytest.fixture
def running(connect):
    """Three instances that do not end by themselves; stopped at the end."""
    client = connect()
    hints = {"sandbox.duration": "600"}
    instances = [client.run_sql("select 1", hints=hints) for _ in range(3)]
    yield instances
    for instance in instances:
        instance.stop()


@pytest.mark.parametrize("text", ['"-"', "NaN", '""', "null", "[]", '"31.12.2026 10:00"', None])
def test_a_list_of_running_instances_survives_odd_fields(connect, odd, running, text):
    names = ("waitPos", "queueLength", "startTime", "cpuUsage", "instanceProgress", "subStatus")
    odd("cachedinstances", dict.fromkeys(names, text), record=1)
    infos = {info.instance_id: info for info in connect().list_queueing_infos()}

    assert infos.keys() >= {instance.id for instance in running}
    assert all(info.status is InstanceStatus.RUNNING for info in infos.values())
    assert sum(info.start_time is None for info in infos.values()) == 1


@pytest.mark.parametrize("text", [*ODD, None])
def test_a_list_of_instances_survives_odd_dates(connect, odd, running, text):
    odd("list", {"StartTime": text, "EndTime": text, "Owner": text}, record=1)
    listed = list(connect().list_instances(is_newest_first=True))

    assert {one.id for one in listed} >= {instance.id for instance in running}


@pytest.mark.parametrize("text", [*ODD, None])
def test_a_poll_survives_odd_numbers_and_dates(connect, odd, text):
    instance = connect().execute_sql("select 1 as one")
    odd("taskstatus", {"StartTime": text, "EndTime": text})
    odd("status", {"x-odps-start-time": text, "x-odps-end-time": text})
    again = connect().get_instance(instance.id)

    assert again.is_successful()
    assert again.reload() is InstanceStatus.TERMINATED
    assert (again.start_time, again.end_time) == (None, None)
    assert again.reload() is InstanceStatus.TERMINATED
    assert datetime.now(UTC) > again.start_time


@pytest.mark.parametrize("text", [*ODD, None])
def test_progress_and_summary_survive_odd_numbers(connect, odd, running, text):
    client = connect()
    names = ("TotalWorkers", "RunningWorkers", "FinishedPercentage", "InputRecords")
    odd("progress", dict.fromkeys(names, text))
    ended = client.execute_sql("select * from pyodps_iris limit 3")
    odd("summary", {"CPU": None if text is None else f'"{text}"'})
    cost = client.get_instance(ended.id).get_task(SQL_TASK).get_cost()

    assert running[0].get_task_progress(SQL_TASK).finished_percentage == 0
    assert cost.cpu_percent_seconds is None
    assert cost.memory_mb_seconds is not None


@pytest.mark.parametrize("text", ["-", "", "{", "[]", None])
def test_rows_survive_an_odd_descriptor(connect, odd, text):
    client = connect()
    ended = client.execute_sql("select 1 as one")
    odd("result", {"SelectResultStatus": text and f'"{text}"', "Type": text})
    (result,) = client.get_instance(ended.id).get_task_results().values()

    assert result.rows().rows == (("1",),)
