import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
import requests
from odps import ODPS, errors

from odps_bot.sandbox.maxcompute import (
    MaxComputeSandbox,
    Timing,
    hang,
    http_error,
    not_held,
    reset_after,
    reset_before,
    slow_bytes,
    throttle,
    truncated_xml,
)


def test_a_throttled_request_says_when_to_come_back(odps, sandbox):
    sandbox.faults.add(throttle(timedelta(seconds=3)), operation="list")

    with pytest.raises(errors.RequestQuotaExceeded) as refused:
        list(odps.list_instances())

    assert refused.value.response_headers["Retry-After"] == "3"
    assert list(odps.list_instances()) is not None


def test_an_http_error_comes_with_a_web_servers_page(odps, sandbox):
    sandbox.faults.add(http_error(500), operation="list")

    with pytest.raises(errors.ODPSError, match="nginx"):
        list(odps.list_instances())


def test_a_connection_reset_before_the_request_leaves_no_instance(odps, sandbox):
    before = len(sandbox.instances())
    sandbox.faults.add(reset_before(), operation="submit", times=9)

    with pytest.raises((requests.ConnectionError, errors.ODPSError)):
        odps.run_sql("select 1")

    assert len(sandbox.instances()) == before
    assert {r.http_status for r in sandbox.requests() if r.operation == "submit"} == {None}


def test_a_connection_reset_after_the_request_leaves_an_instance(odps, sandbox):
    sandbox.faults.add(reset_after(), operation="submit")

    with pytest.raises((requests.ConnectionError, errors.ODPSError)):
        odps.run_sql("select 1", unique_identifier_id="lost-answer")

    assert [r.guid for r in sandbox.instances()].count("lost-answer") == 1


def test_a_hang_sends_nothing_and_then_drops_the_connection(sandbox):
    sandbox.faults.add(hang(timedelta(seconds=0.3)), operation="tenants")

    started = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{sandbox.endpoint}/tenants", timeout=10)

    assert time.monotonic() - started >= 0.3


def test_slow_bytes_are_the_real_response(odps, sandbox):
    instance = odps.execute_sql("select 1")
    sandbox.faults.add(slow_bytes(timedelta(milliseconds=1)), operation="taskstatus")

    assert instance.is_successful()


def test_truncated_xml_is_half_of_the_response(odps, sandbox):
    sandbox.faults.add(truncated_xml(), operation="list")

    with pytest.raises(ET.ParseError):
        list(odps.list_instances())

    assert sandbox.requests()[-1].http_status == 200


def test_requests_are_recorded_with_operation_query_and_body(odps, sandbox):
    odps.run_sql("select 42")

    submitted = next(r for r in sandbox.requests() if r.operation == "submit")
    assert (submitted.method, submitted.http_status) == ("POST", 201)
    assert submitted.query == {"curr_project": "sandbox"}
    assert b"select 42" in submitted.body


def test_many_clients_work_at_once(sandbox):
    def session(number: int) -> int:
        odps = ODPS("sandbox-id", "sandbox-secret", project="sandbox", endpoint=sandbox.endpoint)
        with odps.execute_sql(f"select {number} + count(*) from pyodps_iris").open_reader(
            tunnel=False
        ) as reader:
            return next(iter(reader))[0]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(session, range(36)))

    assert answers == [150 + number for number in range(36)]


def test_writers_of_one_table_do_not_lose_rows(odps, sandbox):
    odps.execute_sql("create table counted (a bigint) partitioned by (ds string)")

    def insert(number: int) -> None:
        mine = ODPS("sandbox-id", "sandbox-secret", project="sandbox", endpoint=sandbox.endpoint)
        mine.execute_sql(f"insert into counted partition (ds='{number % 4}') values ({number})")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(insert, range(24)))

    with odps.execute_sql("select count(*) from counted where ds >= '0'").open_reader() as reader:
        assert next(iter(reader))[0] == 24


def test_a_stopped_sandbox_leaves_no_threads_or_sockets():
    before = set(threading.enumerate())

    with MaxComputeSandbox(orders_rows=10) as server:
        odps = ODPS("sandbox-id", "sandbox-secret", project="sandbox", endpoint=server.endpoint)
        odps.run_sql("select 1", hints={"sandbox.stuck": "true"})
        odps.run_sql("select count(*) from customers a, customers b, customers c")

    assert set(threading.enumerate()) == before
    server.stop()


def test_several_sandboxes_run_side_by_side():
    with (
        MaxComputeSandbox(orders_rows=10) as one,
        MaxComputeSandbox(orders_rows=10) as other,
    ):
        assert one.endpoint != other.endpoint


def test_a_port_that_is_taken_is_noticed_at_start(sandbox):
    with pytest.raises(OSError, match="in use"):
        MaxComputeSandbox(port=sandbox.port, orders_rows=10).start()


def test_a_person_can_watch_a_query_pass_through_its_states(eventually):
    """With a clock that the test turns: queue, stages, end."""
    now = [datetime.now(UTC)]

    with MaxComputeSandbox(orders_rows=6_000, clock=lambda: now[0]) as server:
        odps = ODPS("sandbox-id", "sandbox-secret", project="sandbox", endpoint=server.endpoint)
        instance = odps.run_sql(
            "set sandbox.queue=5; set sandbox.duration=100;"
            "select city, count(*) from orders where ds >= '2' group by city order by city"
        )

        def stages() -> list[tuple[str, int]]:
            shown = instance.get_task_progress("AnonymousSQLTask").stages
            return [(stage.name.split("_job_")[0], stage.finished_percentage) for stage in shown]

        assert stages() == []
        assert instance.get_queueing_info().status.value == "Running"

        now[0] += timedelta(seconds=6)
        eventually(lambda: stages() == [("M1", 0), ("R2_1", 0), ("R3_2", 0)])
        now[0] += timedelta(seconds=50)
        eventually(lambda: stages() == [("M1", 100), ("R2_1", 50), ("R3_2", 0)])
        assert not instance.is_terminated()
        now[0] += timedelta(seconds=60)
        eventually(instance.is_terminated)
        assert instance.is_successful()


def test_expired_instances_are_dropped(eventually):
    now = [datetime.now(UTC)]

    with MaxComputeSandbox(orders_rows=10, clock=lambda: now[0], timing=Timing.instant()) as server:

        def session() -> requests.Response:
            return requests.get(f"{server.endpoint}/tenants", timeout=10)

        odps = ODPS("sandbox-id", "sandbox-secret", project="sandbox", endpoint=server.endpoint)
        odps.execute_sql("select 1")
        assert len(server.instances()) == 1
        assert session().status_code == 401

        # PyODPS signs with the true time, so the past is moved instead of the present.
        server._instances._by_id[server.instances()[0].id].ended_at = now[0] - timedelta(days=4)
        odps.execute_sql("select 2")

        assert len(server.instances()) == 1


def test_a_blocking_status_comes_back_at_the_end(odps, sandbox):
    instance = odps.run_sql("select 1", hints={"sandbox.duration": "0.5"})

    instance.wait_for_completion(interval=0)

    blocking = [r for r in sandbox.requests() if r.operation == "instancestatus"]
    assert len(blocking) <= 2


def held_status(odps, instance) -> str:
    """Return what a blocking request for the status says, whenever it does."""
    return ET.fromstring(odps.rest.get(instance.resource(), params={"instancestatus": ""}).text)[
        0
    ].text


def test_a_blocking_status_is_held_by_the_instances_own_clock(eventually):
    now = [datetime.now(UTC)]

    with (
        MaxComputeSandbox(orders_rows=10, clock=lambda: now[0]) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        odps = ODPS("sandbox-id", "sandbox-secret", project="sandbox", endpoint=server.endpoint)
        instance = odps.run_sql("select 1", hints={"sandbox.duration": "60"})
        held = pool.submit(held_status, odps, instance)
        eventually(lambda: any(r.operation == "submit" for r in server.requests()))
        time.sleep(0.2)  # Nothing says that a request has arrived that is still held.
        now[0] += timedelta(seconds=4)
        assert not held.done()
        now[0] += timedelta(seconds=2)

        assert held.result(timeout=2) == "Running"


def test_an_end_wakes_whoever_is_held(odps):
    instance = odps.run_sql("select 1", hints={"sandbox.stuck": "true"})
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(held_status, odps, instance)
        began_s = time.monotonic()

        instance.stop()

        assert held.result() == "Terminated"
    assert time.monotonic() - began_s < 4.5


def test_a_service_can_answer_at_once_where_others_wait(odps, sandbox):
    instance = odps.run_sql("select 1", hints={"sandbox.stuck": "true"})
    sandbox.faults.add(not_held(), operation="instancestatus")
    began_s = time.monotonic()

    assert held_status(odps, instance) == "Running"

    assert time.monotonic() - began_s < 4.5
    instance.stop()


def test_a_short_statement_can_return_its_result_on_submission(sandbox, odps):
    response = odps.rest.post(
        f"{sandbox.endpoint}/projects/sandbox/instances",
        b"<Instance><Job><Tasks><SQL><Query>select 7 as a</Query></SQL></Tasks></Job></Instance>",
        params={"tryWait": ""},
        headers={"Content-Type": "application/xml"},
    )

    assert response.status_code == 200
    assert b"<Status>Success</Status>" in response.content
    assert "Location" in response.headers
