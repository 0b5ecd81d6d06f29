"""PyODPS and our client against one server."""

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from odps import ODPS

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.sandbox.maxcompute import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    MaxComputeSandbox,
    Timing,
)

#: `make conformance` names them.
collect_ignore = ["foreigners"]


@pytest.fixture(scope="session")
def sandbox_server():
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=20_000) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_server):
    """The server, with no requests and no faults from the test before."""
    sandbox_server.faults.clear()
    sandbox_server.clear_requests()
    return sandbox_server


@pytest.fixture
def pyodps(sandbox):
    return ODPS(
        ACCESS_KEY_ID,
        ACCESS_KEY_SECRET,
        project="sandbox",
        endpoint=sandbox.endpoint,
        logview_host="http://logview.example",
        overwrite_global=False,
    )


@pytest.fixture
def client(sandbox):
    client = Client(
        sandbox.endpoint,
        project="sandbox",
        credentials=StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)),
        logview_host="http://logview.example",
        read_timeout=timedelta(seconds=20),
    )
    yield client
    client.close()


@pytest.fixture
def ended(client, sandbox):
    """The id of an instance that has succeeded."""
    instance = client.execute_sql("select * from pyodps_iris where sepallength < 4.5")
    sandbox.clear_requests()
    return instance.id


@pytest.fixture
def failed(client, sandbox):
    """The id of an instance that has failed."""
    instance = client.run_sql("select * from no_such_table")
    instance.wait_for_completion()
    sandbox.clear_requests()
    return instance.id


@pytest.fixture(scope="session")
def meaning():
    """Return the content of a submission, without what differs between submissions and clients."""

    def meaning(body):
        job = ET.fromstring(body).find("Job")
        (task,) = job.find("Tasks")
        pairs = task.iter("Property")
        properties = {pair.findtext("Name"): pair.findtext("Value") for pair in pairs}
        assert properties.pop("uuid")
        settings = json.loads(properties.pop("settings"))
        return {
            "order": [child.tag for child in job if child.tag != "Guid"],
            "priority": job.findtext("Priority"),
            "cluster": job.findtext("RunningCluster"),
            "run mode": job.findtext("DAG/RunMode"),
            "task": (task.tag, task.findtext("Name")),
            "settings": {k: v for k, v in settings.items() if not k.startswith("PYODPS_")},
            "properties": properties,
            "query": task.findtext("Query"),
            "table": task.findtext("TableName"),
        }

    return meaning
