"""What ran in the sandbox shows in `information_schema.tasks_history`, some minutes later."""

from datetime import UTC, datetime, timedelta

import pytest
from odps import ODPS, errors

from odps_bot.sandbox.maxcompute import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    MaxComputeSandbox,
    Timing,
)


class Clock:
    """A clock that can be moved."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def clock():
    return Clock()


@pytest.fixture(scope="module")
def sandbox(clock):
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=300, clock=clock) as server:
        yield server


@pytest.fixture
def history(sandbox, clock):
    """Return the tasks of an instance as they are seen after some minutes."""

    def read(instance_id, *, minutes=6, **options):
        clock.ahead = timedelta(minutes=minutes)
        project = ODPS(
            ACCESS_KEY_ID, ACCESS_KEY_SECRET, project="sandbox", endpoint=sandbox.endpoint
        )
        read = project.execute_sql(
            "select task_name, status, task_type, operation_text, result, input_records, "
            "output_records, owner_name, start_time, end_time "
            f"from information_schema.tasks_history where inst_id = '{instance_id}'"
        )
        clock.ahead = timedelta()
        with read.open_reader(**options) as reader:
            return [dict(record) for record in reader]

    return read


def test_a_query_shows_some_minutes_after_its_end(odps, history):
    sql = "select count(*) from pyodps_iris"
    instance = odps.execute_sql(sql)

    assert history(instance.id, minutes=1) == []
    (row,) = history(instance.id, tunnel=False)
    assert (row["status"], row["task_type"]) == ("Terminated", "SQL")
    assert row["operation_text"].startswith(sql)
    assert (row["input_records"], row["output_records"]) == (150, 1)
    assert row["owner_name"] == f"ALIYUN${ACCESS_KEY_ID}@example.com"
    (row,) = history(instance.id, tunnel=True)
    assert row["start_time"] <= row["end_time"]


def test_failed_and_stopped_tasks_show_how_they_ended(odps, history):
    failed = odps.run_sql("select * from nothing")
    with pytest.raises(errors.NoSuchTable):
        failed.wait_for_success()
    stuck = odps.run_sql("select 1", hints={"sandbox.stuck": "true"})
    stuck.stop()
    stuck.wait_for_completion()

    (failure,) = history(failed.id)
    (stop,) = history(stuck.id)

    assert failure["status"] == "Failed"
    assert failure["result"].startswith("ODPS-0130131:[1,15] Table not found")
    assert stop["status"] == "Cancelled"


def test_dropping_it_is_refused(odps):
    with pytest.raises(errors.NoPermission) as refused:
        odps.execute_sql("drop table information_schema.tasks_history")

    assert "NO privilege 'odps:Drop'" in str(refused.value)
