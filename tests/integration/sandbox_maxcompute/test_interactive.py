"""What the sandbox refuses of requests about interactive instances."""

import time
from dataclasses import dataclass
from datetime import timedelta

import pytest

from odps_bot.maxcompute import (
    AccessKey,
    Client,
    InvalidRequestError,
    NotFoundError,
    StaticCredentials,
)
from odps_bot.maxcompute.http.exchange import Request
from odps_bot.sandbox.maxcompute import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    MaxComputeSandbox,
    Timing,
)

INSTANCES = ("mcqa", "projects", "sandbox", "instances")
JOB = (
    b"<Instance><Job><Tasks><{0}><Name>t</Name><Query>select 1;</Query></{0}></Tasks></Job>"
    b"</Instance>"
)


@dataclass
class Service:
    server: MaxComputeSandbox
    client: Client

    def get(self, *path, **params):
        return self.client.transport.get(path, params)

    def post(self, kind="SQL", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = JOB.replace(b"{0}", kind.encode())
        request = Request(method="POST", path=INSTANCES, body=body, headers=named)
        return self.client.transport.send(request)


@pytest.fixture(scope="module")
def service():
    with MaxComputeSandbox(timing=Timing.natural(), orders_rows=1_000) as server:
        client = Client(
            server.endpoint,
            project="sandbox",
            credentials=StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)),
        )
        yield Service(server, client)
        client.close()


@pytest.fixture
def connection(service):
    response = service.get("connection", "mcqa", project="sandbox")
    return response.body.decode().partition('"connInfo": "')[2].partition('"')[0]


def test_an_interactive_instance_takes_less_than_an_ordinary_one(service):
    begun = time.monotonic()
    service.client.execute_sql_interactive("select count(*) from customers")
    took_s = time.monotonic() - begun

    begun = time.monotonic()
    service.client.execute_sql_interactive(
        "select count(*) from customers", hints={"sandbox.interactive": "slow"}
    )
    assert took_s < (time.monotonic() - begun) / 2


def test_a_submission_needs_a_connection(service, connection):
    with pytest.raises(InvalidRequestError, match="x-odps-mcqa-conn is missing"):
        service.post()
    with pytest.raises(InvalidRequestError, match="names no connection"):
        service.post(x_odps_mcqa_conn="invented")

    accepted = service.post(x_odps_mcqa_conn=connection)
    assert accepted.headers["Location"].endswith("_mcqa")
    assert accepted.headers["x-odps-mcqa-query-cookie"]


@pytest.mark.parametrize("infos", ["yes", "[]", '{"Fallback": "true", "Other": "1"}'])
def test_a_fallback_that_is_not_understood_is_refused(service, connection, infos):
    with pytest.raises(InvalidRequestError, match="x-odps-fallback-infos is malformed"):
        service.post(x_odps_mcqa_conn=connection, x_odps_fallback_infos=infos)


def test_other_tasks_are_not_taken(service, connection):
    with pytest.raises(InvalidRequestError, match="ODPS-1850001"):
        service.post("SQLCost", x_odps_mcqa_conn=connection)


def test_an_instance_that_runs_is_known_below_mcqa_alone(service):
    instance = service.client.run_sql_interactive("select 1", hints={"sandbox.duration": "4"})

    with pytest.raises(NotFoundError):
        service.get(*INSTANCES[1:], instance.id)
    assert b"Running" in service.get(*INSTANCES, instance.id).body
    instance.wait_for_success(timeout=timedelta(seconds=20))
    assert b"Terminated" in service.get(*INSTANCES[1:], instance.id).body
    assert b"<Result" in service.get(*INSTANCES, instance.id).body


@pytest.mark.parametrize(
    "path",
    [INSTANCES, ("mcqa", "projects", "sandbox"), ("mcqa", "tenants"), ("mcqa", *INSTANCES)],
)
def test_nothing_else_is_there(service, path):
    with pytest.raises(NotFoundError):
        service.get(*path)


def test_what_is_not_known_of_quotas_is_refused(service):
    for params in ({"project": "nowhere"}, {"project": "sandbox", "quota": "sandbox_quota"}):
        with pytest.raises(NotFoundError):
            service.get("connection", "mcqa", **params)
    with pytest.raises(NotFoundError):
        service.get("quotas", "nowhere", project="sandbox", version="wlm")
    with pytest.raises(InvalidRequestError, match="unknown parameter"):
        service.get("connection", "mcqa", project="sandbox", colour="red")
    assert b"FUXI_OFFLINE" in service.get("quotas", "sandbox_quota", project="sandbox").body
    assert b"FUXI_VW" in service.get("quotas", "interactive", project="sandbox").body
