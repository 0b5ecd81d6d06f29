"""A typical session of PyODPS: where PyODPS and the sandbox disagree, the sandbox is wrong."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from odps import errors
from odps.models import Instance


def rows(instance, **options):
    with instance.open_reader(**options) as reader:
        return [tuple(record.values) for record in reader]


def test_the_result_api_returns_the_rows_of_a_select(odps):
    instance = odps.execute_sql(
        "select name, count(*) as flowers, avg(sepallength) from pyodps_iris group by name "
        "order by name"
    )

    assert instance.is_successful()
    read = rows(instance, tunnel=False)
    assert [row[:2] for row in read] == [
        ("Iris-setosa", 50),
        ("Iris-versicolor", 50),
        ("Iris-virginica", 50),
    ]
    assert read[0][2] == pytest.approx(5.006)


def test_the_tunnel_returns_the_rows_of_a_select(odps):
    instance = odps.execute_sql(
        "select order_id, city, amount, ordered_at, ds from orders "
        "where ds = '20261031' order by order_id limit 2"
    )

    with instance.open_reader(tunnel=True) as reader:
        assert reader.count == 2
        first = next(iter(reader))
    assert [column.name for column in first._columns] == [
        "order_id",
        "city",
        "amount",
        "ordered_at",
        "ds",
    ]
    assert isinstance(first["amount"], Decimal)
    assert isinstance(first["ordered_at"], datetime)
    assert first["ds"] == "20261031"


def test_result_api_and_tunnel_return_the_same_rows(odps):
    instance = odps.execute_sql("select * from pyodps_iris")

    assert rows(instance, tunnel=False) == rows(instance, tunnel=True)


def test_nulls_quotes_and_line_breaks_are_preserved(odps):
    instance = odps.execute_sql(
        "select cast(null as string), 'say \"hi\"', 'a\\nb', '中文', ',', cast(null as bigint)"
    )

    expected = [(None, 'say "hi"', "a\nb", "中文", ",", None)]
    assert rows(instance, tunnel=False) == rows(instance, tunnel=True) == expected


def test_the_result_api_reports_truncation_at_ten_thousand_rows(odps):
    instance = odps.execute_sql("select order_id from orders where ds >= '20261001'")

    descriptor = instance.get_result_descriptor()
    assert descriptor.select_result_status == "TRUNCATED"
    assert len(rows(instance, tunnel=False, limit=True)) == 10_000
    with instance.open_reader(tunnel=True) as reader:
        assert reader.count == 60_000
    with instance.open_reader(tunnel=True, limit=True, reopen=True) as reader:
        assert reader.count == 10_000


def test_the_tunnel_returns_slices_of_the_rows(odps):
    instance = odps.execute_sql("select order_id from orders where ds = '20261031'")

    with instance.open_reader(tunnel=True) as reader:
        read = [record[0] for record in reader[100:200:2]]
    assert read == [row[0] for row in rows(instance, tunnel=True)[100:200:2]]


def test_statements_without_rows_return_text(odps):
    described = odps.execute_sql("desc pyodps_iris").open_reader().raw
    listed = odps.execute_sql("show partitions orders").open_reader().raw

    assert "sepallength" in described
    assert listed.splitlines()[-1] == "ds=20261031"


def test_a_table_is_created_filled_and_dropped(odps):
    odps.execute_sql("create table made (a bigint, b string) partitioned by (ds string)")
    odps.execute_sql("insert into table made partition (ds='1') values (1, 'x'), (2, null)")
    odps.execute_sql("insert overwrite table made partition (ds) select 3, 'y', '2'")

    assert rows(odps.execute_sql("select * from made where ds > '0' order by a")) == [
        (1, "x", "1"),
        (2, None, "1"),
        (3, "y", "2"),
    ]
    odps.execute_sql("drop table made")
    with pytest.raises(errors.NoSuchTable):
        odps.execute_sql("select * from made where ds = '1'")


def test_a_script_runs_all_of_its_statements(odps):
    instance = odps.execute_sql(
        "create table scripted as select 1 a; insert into scripted select a + 1 from scripted; "
        "select * from scripted order by a; drop table scripted;"
        "select 3",
        hints={"odps.sql.submit.mode": "script"},
    )

    assert rows(instance, tunnel=False) == [(3,)]


def test_status_tasks_and_progress_are_reported(odps):
    instance = odps.execute_sql("select city, count(*) from customers group by city")

    assert instance.status == Instance.Status.TERMINATED
    assert instance.get_task_names() == ["AnonymousSQLTask"]
    progress = instance.get_task_progress("AnonymousSQLTask")
    line = progress.get_stage_progress_formatted_string()
    assert line[20:] == "M1_job_0:0/1/1[100%]\tR2_1_job_0:0/1/1[100%]\t"


def test_source_and_owner_are_reported(odps):
    instance = odps.execute_sql("select 1", priority=3, hints={"a": "b"})

    assert instance.get_sql_query() == "select 1;"
    assert instance.priority == 3
    assert instance.owner == "ALIYUN$sandbox-id@example.com"
    assert instance.start_time <= instance.end_time


def test_summary_cost_and_details_are_reported(odps):
    instance = odps.execute_sql("select count(*) from customers")

    summary = instance.get_task_summary("AnonymousSQLTask")
    assert summary["Inputs"] == {"sandbox.customers": [5_000, 140_000]}
    assert instance.get_task_cost("AnonymousSQLTask").input_size == 140_000
    assert instance.get_task_detail("AnonymousSQLTask")["Instance"]["Stages"][0]["Progress"] == 100
    workers = instance.get_task_workers("AnonymousSQLTask")
    assert workers[0].get_log("stdout").startswith("Read from 0 num:5000 size:")


def test_pyodps_sees_whether_an_instance_exists(odps):
    instance = odps.execute_sql("select 1")

    assert odps.exist_instance(instance.id)
    assert not odps.exist_instance("20260101000000000gnothere")


def test_instances_are_listed_and_filtered(odps):
    done = odps.execute_sql("select 1")
    stuck = odps.run_sql("select 2", hints={"sandbox.stuck": "true"})

    running = [i.id for i in odps.list_instances(status="Running")]
    everything = [i.id for i in odps.list_instances(only_owner=True)]
    assert stuck.id in running
    assert done.id not in running
    assert {done.id, stuck.id} <= set(everything)
    assert list(odps.list_instances(start_time=datetime.now(UTC) + timedelta(days=1))) == []
    stuck.stop()


def test_lists_are_paged(odps, sandbox):
    for _ in range(5):
        odps.execute_sql("select 1")

    paged = [i.id for i in odps.get_project().instances.iterate(maxitems=2)]

    assert paged == [record.id for record in sandbox.instances()]


def test_running_instances_report_their_queue_position(odps):
    waiting = odps.run_sql("select 1", hints={"sandbox.queue": "30"})

    info = next(i for i in odps.list_instance_queueing_infos() if i.instance.id == waiting.id)
    alone = waiting.get_queueing_info()
    assert (info.status.value, alone.status.value) == ("Running", "Running")
    assert info.priority == 9
    waiting.stop()
    waiting.wait_for_completion()


def test_a_stop_ends_in_cancelled_and_a_second_one_is_refused(odps):
    instance = odps.run_sql("select 1", hints={"sandbox.stuck": "true"})
    assert instance.status == Instance.Status.RUNNING

    instance.stop()
    with pytest.raises(errors.ODPSError, match="CANCELLED"):
        instance.wait_for_success()
    with pytest.raises(errors.InvalidStateSetting, match="not allowed to set status"):
        instance.stop()


def test_a_slow_query_is_really_interrupted(odps, sandbox):
    instance = odps.run_sql(
        "select count(*) from customers a cross join customers b cross join customers c "
        "where a.customer_id + b.customer_id + c.customer_id = -1"
    )

    instance.stop()
    instance.wait_for_completion()
    record = sandbox.instances()[-1]
    assert record.task_status == "Cancelled"
    assert record.ended_at - record.created_at < timedelta(seconds=20)


def test_a_stopped_write_has_written_nothing(odps):
    odps.execute_sql("create table untouched (a bigint)")
    instance = odps.run_sql("insert into untouched values (1)", hints={"sandbox.duration": "60"})

    instance.stop()
    instance.wait_for_completion()
    assert rows(odps.execute_sql("select count(*) from untouched")) == [(0,)]


def test_a_hint_makes_an_instance_fail(odps):
    text = "ODPS-0123144: Fuxi job failed - kInstanceMonitorTimeout"

    with pytest.raises(errors.ODPSError, match="kInstanceMonitorTimeout") as failed:
        odps.execute_sql("select 1", hints={"sandbox.fail": text})
    assert failed.value.code == "ODPS-0123144"


def test_workflows_run_over_tables(odps):
    parameters = {"inputTableName": "pyodps_iris", "outputTableName": "iris_with_id"}

    flow = odps.run_xflow("AppendID", "algo_public", parameters)
    flow.wait_for_success()

    assert list(odps.get_xflow_sub_instances(flow)) == ["AppendID_1"]
    read = rows(odps.execute_sql("select max(append_id), count(*) from iris_with_id"))
    assert read == [(149, 150)]


def test_workflows_can_contain_workflows(odps):
    parameters = {"inputTableName": "pyodps_iris", "outputTableName": "iris_scaled"}

    flow = odps.run_xflow("Normalize", "algo_public", parameters)
    flow.wait_for_success()

    steps = list(odps.get_xflow_sub_instances(flow))
    assert steps == ["Figures_1", "Normalize_1", "DropFigures_1"]
    read = rows(odps.execute_sql("select min(petalwidth), max(petalwidth) from iris_scaled"))
    assert read == [(0.0, 1.0)]


def test_a_workflow_over_a_missing_table_fails(odps):
    parameters = {"inputTableName": "nope", "outputTableName": "never"}

    flow = odps.run_xflow("AppendID", "algo_public", parameters)

    with pytest.raises(errors.NoSuchTable):
        flow.wait_for_success()


def test_whoami_returns_the_owner(odps):
    assert odps.run_security_query("whoami") == {
        "DisplayName": "ALIYUN$sandbox-id@example.com",
        "ID": "31644379217358701",
    }


def test_pyodps_reads_the_schema_of_a_table(odps):
    assert odps.exist_table("orders")
    assert not odps.exist_table("nope")
    assert odps.get_table("orders").table_schema.partitions[0].name == "ds"


def test_warnings_are_reported(odps):
    instance = odps.execute_sql("select count(*) from orders where ds = 20261031")

    assert "implicit conversion from STRING to DOUBLE" in instance.tasks[0].warnings[0]


def test_long_responses_are_compressed_on_request(odps, sandbox):
    for _ in range(3):
        odps.execute_sql("select 1")

    url = f"{sandbox.endpoint}/projects/sandbox/instances"
    plain = odps.rest.get(url)
    packed = odps.rest.get(url, headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == plain.content
