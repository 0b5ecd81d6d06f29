"""Cost, summary, details, queue, all rows and XFlows: the same through PyODPS and through us."""

from datetime import UTC, datetime

import pytest

TASK = "AnonymousSQLTask"

ALL_TYPES = """select cast(1 as tinyint) ti, cast(-5 as bigint) bi, cast(1.5 as double) d,
    cast(1.50 as decimal(10,2)) de, 'q"u,o\nte' s, cast(null as string) n, true b,
    cast('2026-01-02' as date) da, array(1, 2) a, map('k', 1) m, '中文' u"""


@pytest.fixture
def counted(sandbox):
    """Count the requests that something takes."""

    def count(call):
        sandbox.clear_requests()
        return call(), len(sandbox.requests())

    return count


def test_the_cost_of_a_task(counted, pyodps, client, ended):
    theirs, their_requests = counted(lambda: pyodps.get_instance(ended).get_task_cost(TASK))
    ours, our_requests = counted(lambda: client.get_instance(ended).get_task(TASK).get_cost())

    assert (ours.cpu_percent_seconds, ours.memory_mb_seconds, ours.input_bytes) == (
        theirs.cpu_cost,
        theirs.memory_cost,
        theirs.input_size,
    )
    assert our_requests <= their_requests


def test_the_summary_of_a_task(pyodps, client, ended):
    theirs = pyodps.get_instance(ended).get_task_summary(TASK, with_finalized=True)
    ours = client.get_instance(ended).get_task(TASK).get_summary()

    assert ours.values == theirs
    assert ours.text == theirs.summary_text
    assert ours.is_final == theirs.finalized


def test_an_estimate(counted, pyodps, client):
    sql = "select * from pyodps_iris"

    theirs, their_requests = counted(lambda: pyodps.execute_sql_cost(sql))
    ours, our_requests = counted(lambda: client.execute_sql_cost(sql))

    assert ours.input_bytes == int(theirs.input_size)
    assert ours.complexity == float(theirs.complexity)
    assert ours.udf_count == int(theirs.udf_num)
    assert our_requests <= their_requests


@pytest.mark.parametrize("name", ["get_task_detail", "get_task_detail2", "get_task_quota"])
def test_descriptions_are_those_of_the_service(pyodps, client, ended, name):
    task = client.get_instance(ended).get_task(TASK)
    call = {
        "get_task_detail": task.get_detail,
        "get_task_detail2": task.get_older_detail,
        "get_task_quota": task.get_quota,
    }

    assert call[name]() == getattr(pyodps.get_instance(ended), name)(TASK)


def test_workers_and_their_logs(pyodps, client, ended):
    theirs = pyodps.get_instance(ended).get_task_workers(TASK)
    task = client.get_instance(ended).get_task(TASK)
    ours = task.get_workers()

    assert [(w.id, w.log_id, w.stage, w.status) for w in ours] == [
        (w.id, w.log_id, w.type, w.status) for w in theirs
    ]
    assert ours[0].start_time == datetime.fromtimestamp(theirs[0].start_time, UTC)
    assert task.get_worker_log(ours[0].log_id, log="stdout") == theirs[0].get_log("stdout")


def test_ids_of_workers_have_the_part_that_odpscmd_shows(pyodps, ended):
    """Its details of jobs take the third part of each id, and the attempt behind its `_`."""
    workers = pyodps.get_instance(ended).get_task_workers(TASK)

    assert [worker.id.split("/")[2] for worker in workers] == [f"{w.type}#0_0" for w in workers]


def test_records_of_workers_are_told_to_pyodps(pyodps, ended):
    (worker,) = pyodps.get_instance(ended).get_task_workers(TASK)

    assert (worker.input_records, worker.input_bytes) == (150, 150 * 28)
    assert worker.output_records == 4
    assert worker.start_time <= worker.end_time


def test_the_queue(counted, pyodps, client):
    instance = client.run_sql("select 1 as a", hints={"sandbox.duration": "20"})

    theirs, their_requests = counted(lambda: list(pyodps.list_instance_queueing_infos()))
    ours, our_requests = counted(lambda: list(client.list_queueing_infos()))
    instance.stop()

    assert instance.id in {info.instance_id for info in ours}
    assert [(i.instance_id, i.priority, i.status.value, i.owner, i.start_time) for i in ours] == [
        (i.instance_id, i.priority, i.status.value, i.user_account, i.start_time) for i in theirs
    ]
    assert our_requests <= their_requests


def their_values(reader):
    return [list(record.values) for record in reader]


def test_all_rows_by_the_tunnel(counted, pyodps, client):
    instance_id = client.execute_sql(ALL_TYPES).id

    def read_theirs():
        with pyodps.get_instance(instance_id).open_reader(tunnel=True) as reader:
            return their_values(reader)

    theirs, their_requests = counted(read_theirs)
    ours, our_requests = counted(
        lambda: [list(row) for row in client.get_instance(instance_id).open_download().rows()]
    )

    assert ours == theirs
    assert our_requests <= their_requests


def test_typed_rows_by_the_result_are_those_by_the_tunnel(client):
    instance = client.execute_sql(ALL_TYPES)

    typed = list(instance.get_task_results()[TASK].typed_rows(time_zone=UTC))

    assert typed == list(instance.open_download().rows())


def test_many_rows_by_the_tunnel(pyodps, client):
    sql = "set odps.sql.allow.fullscan=true; select * from orders limit 12000"
    instance = client.execute_sql(sql)
    result = instance.get_task_results()[TASK]
    with pyodps.get_instance(instance.id).open_reader(tunnel=True) as reader:
        theirs = their_values(reader)

    ours = [list(row) for row in instance.open_download().rows()]

    assert result.is_truncated
    assert len(result.rows().rows) == 10_000
    assert len(ours) == len(theirs) == 12_000
    assert [row[0] for row in ours] == [row[0] for row in theirs]


def test_slices_of_rows(client):
    instance = client.execute_sql("select * from pyodps_iris")
    download = instance.open_download()

    everything = list(download.rows())

    assert list(download.rows(10, 5)) == everything[10:15]
    assert list(download.rows(148)) == everything[148:]
    assert list(download.rows(200)) == []


def test_xflows(pyodps, client):
    parameters = {"inputTableName": "pyodps_iris", "selectedColNames": "name"}
    theirs = pyodps.execute_xflow(
        "AppendID", "algo_public", {**parameters, "outputTableName": "iris_ids_of_pyodps"}
    )
    ours = client.xflows.run(
        "AppendID",
        xflow_project="algo_public",
        parameters={**parameters, "outputTableName": "iris_ids_of_ours"},
    )
    ours.wait_for_completion()

    parts = pyodps.get_xflow_sub_instances(pyodps.get_instance(ours.id))
    their_parts = {name: i.id for name, i in parts.items()}
    our_parts = {name: i.id for name, i in client.xflows.get_sub_instances(ours)}

    assert theirs.is_successful()
    assert our_parts == their_parts != {}
    assert ours.is_successful()


def test_what_is_no_xflow(client, ended):
    assert client.xflows.get_source(client.get_instance(ended)) is None
