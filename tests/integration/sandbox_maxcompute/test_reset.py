"""A reset returns the sandbox to its initial state for clients that stay connected."""

import threading

import pytest
from odps import ODPS, errors

from odps_bot.sandbox.maxcompute import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    MaxComputeSandbox,
    http_error,
)


@pytest.fixture
def sandbox():
    with MaxComputeSandbox(orders_rows=300) as server:
        yield server


@pytest.fixture
def odps(sandbox):
    return ODPS(ACCESS_KEY_ID, ACCESS_KEY_SECRET, project="sandbox", endpoint=sandbox.endpoint)


def test_a_reset_restores_the_tables(odps, sandbox):
    odps.execute_sql("drop table orders")
    odps.execute_sql("create table mine (a bigint)")

    sandbox.reset()

    tables = {name for name in ("orders", "mine") if odps.exist_table(name)}
    assert tables == {"orders"}
    counted = odps.execute_sql("select count(*) from orders where ds >= '20260101'")
    with counted.open_reader(tunnel=False) as reader:
        assert int(reader[0][0]) == 300


def test_a_reset_stops_running_instances_and_drops_them(odps, sandbox):
    stuck = odps.run_sql("select 1", hints={"sandbox.stuck": "true"})

    sandbox.reset()

    assert sandbox.instances() == []
    with pytest.raises(errors.NoSuchObject):
        stuck.reload()


def test_a_reset_ends_waits_for_an_instance(odps, sandbox, eventually):
    stuck = odps.run_sql("select 1", hints={"sandbox.stuck": "true"})
    said = []

    def wait():
        try:
            stuck.wait_for_completion()
        except errors.ODPSError as error:
            said.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    eventually(lambda: [r for r in sandbox.requests() if "status" in r.operation])
    sandbox.reset()
    waiting.join(10)

    assert not waiting.is_alive()


def test_a_reset_removes_planned_faults(odps, sandbox):
    sandbox.faults.add(http_error(500), times=100)

    sandbox.reset()

    assert list(odps.list_instances()) == []
