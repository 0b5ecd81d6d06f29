"""What PyODPS 0.13.2 gets wrong, and that we do not. Those without a server are unit tests."""

import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from odps.errors import ODPSError

from odps_bot.maxcompute import InstanceStatus, NotFoundError
from odps_bot.sandbox.maxcompute import http_error, reset_after, throttle, truncated_xml

SLOW = {"sandbox.duration": "30"}


@pytest.fixture
def running(client, sandbox):
    """An instance that goes on for half a minute."""
    instance = client.run_sql("select count(*) from orders", hints=SLOW)
    sandbox.clear_requests()
    yield instance
    with suppress(Exception):
        instance.stop()


def count(sandbox, call):
    sandbox.clear_requests()
    call()
    return len(sandbox.requests())


def test_the_end_of_a_cdata_section_in_sql(pyodps, client):
    sql = "select ']]>' as a"
    with pytest.raises(ODPSError):
        pyodps.run_sql(sql)

    instance = client.execute_sql(sql)

    assert instance.get_task_results()["AnonymousSQLTask"].rows().rows == (("]]>",),)


def test_a_comment_at_the_end_of_sql(client):
    instance = client.execute_sql("select 1 as a -- one")

    assert instance.is_successful()


def test_a_status_of_a_running_instance_is_one_request(sandbox, pyodps, client, running):
    theirs = pyodps.get_instance(running.id)
    ours = client.get_instance(running.id)

    assert count(sandbox, lambda: theirs.status) > 1
    assert count(sandbox, ours.get_status) == 1
    assert count(sandbox, ours.is_terminated) == 1
    assert count(sandbox, ours.is_successful) == 1


def test_the_scheduler_returns_the_progress(pyodps, client, running):
    theirs = pyodps.get_instance(running.id).get_queueing_info()
    ours = client.get_instance(running.id).get_queueing_info()

    assert theirs.progress is None
    assert ours is not None
    assert 0 <= ours.progress <= 1
    assert ours.instance_id == theirs.instance_id


def test_an_empty_id_does_not_list_all_instances(sandbox, client):
    with pytest.raises(ValueError, match="not the id"):
        client.get_instance("")

    assert sandbox.requests() == []


@pytest.mark.parametrize(
    "fault",
    [
        throttle(),
        throttle(timedelta(seconds=1)),
        http_error(500),
        http_error(504),
        http_error(503, ""),
        reset_after(),
        truncated_xml(),
    ],
)
def test_a_wait_survives_trouble(sandbox, client, fault):
    instance = client.run_sql("select 1 as a")
    sandbox.faults.add(fault, operation="instancestatus", times=2)

    instance.wait_for_success(interval=timedelta(seconds=0.05))

    assert instance.is_successful()


def test_a_404_of_any_code_is_not_found(sandbox, pyodps, client, ended):
    gone = (
        "<Error><Code>ODPS-0420111</Code><Message>Project not found</Message>"
        "<RequestId>R</RequestId><HostId>H</HostId></Error>"
    )
    sandbox.faults.add(http_error(404, gone, content_type="application/xml"), times=3)

    with pytest.raises(ODPSError):
        pyodps.exist_instance(ended)
    with pytest.raises(NotFoundError):
        client.get_instance(ended).get_status()

    assert client.exists_instance(ended) is False


def test_each_logview_address_has_the_requested_lifetime(sandbox, client, ended):
    for hours in (1, 2):
        client.get_logview_address(ended, life=timedelta(hours=hours))

    tokens = [r for r in sandbox.requests() if r.operation == "authorization"]
    assert [b'"expires_in_hours": 1' in tokens[0].body, len(tokens)] == [True, 2]


def test_a_second_client_inherits_nothing(sandbox, client):
    assert client.run_sql("select 1 as a").get_status() in InstanceStatus

    operations = {request.operation for request in sandbox.requests()}
    assert operations == {"submit", "status"}


def test_importing_leaves_ciphers_and_warnings_alone():
    script = """
import requests, urllib3.util.ssl_, warnings
before = getattr(urllib3.util.ssl_, "DEFAULT_CIPHERS", None), list(warnings.filters)
import odps_bot.maxcompute
assert (getattr(urllib3.util.ssl_, "DEFAULT_CIPHERS", None), list(warnings.filters)) == before
"""

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""


def test_pyodps_reads_whole_decimals_of_arrow_with_the_scale_of_another_type(pyodps):
    # odps/tunnel/io/types.py takes `scale or 18`; the sandbox sends the scale of the type.
    instance = pyodps.execute_sql("select cast(5 as decimal(10,0)) as d")

    with instance.open_reader(tunnel=True) as reader:
        assert [record["d"] for record in reader] == [Decimal(5)]
    assert instance.to_pandas()["d"].tolist() == [Decimal("5E-18")]
