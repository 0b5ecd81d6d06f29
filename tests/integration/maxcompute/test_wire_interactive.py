"""Interactive submissions on the wire: which quota, which headers, and what refusals mean."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.maxcompute import (
    AmbiguousSubmitError,
    InstanceStatus,
    InvalidArgumentError,
    InvalidRequestError,
    NoInteractiveQuotaError,
    ServerError,
)

ID = "20260101000000123gabcdefgh2_mcqa"
LOCATION = {"Location": f"/api/projects/test_project/instances/{ID}"}
CONNECTION = '{"connInfo": "c1", "quotaNickName": "q", "quotaType": "FUXI_VW"}'
QUOTA = "<Quota><ResourceSystemType>FUXI_VW</ResourceSystemType></Quota>"
OFFLINE = "<Quota><ResourceSystemType>FUXI_OFFLINE</ResourceSystemType></Quota>"
FORMER = (
    "<Quota><ResourceSystemType>FUXI_VW</ResourceSystemType>"
    "<UserDefinedTag><entry key='mcqaVersion'><value>1.5</value></entry></UserDefinedTag></Quota>"
)
RUNNING = "<Instance><Status>Running</Status></Instance>"
UNKNOWN = "<Error><Code>MethodNotAllowed</Code><Message>no</Message></Error>"
NOWHERE = "<Error><Code>NoSuchObject</Code><Message>no</Message></Error>"


def accept(service, **headers):
    service.reply("", http_status=201, headers=LOCATION | headers)


def test_a_connection_is_asked_for_once_in_ten_minutes(service):
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    client = service.client(clock=lambda: now[0])
    service.reply(CONNECTION)
    accept(service)
    accept(service)
    client.run_sql_interactive("select 1", quota_name="q")
    client.run_sql_interactive("select 1", quota_name="q")
    assert [line.split("?")[0] for line in service.sent] == [
        "GET /api/connection/mcqa",
        "POST /api/mcqa/projects/test_project/instances",
        "POST /api/mcqa/projects/test_project/instances",
    ]
    assert "project=test_project&quota=q" in service.sent[0]

    now[0] += timedelta(minutes=11)
    service.replies.clear()
    service.reply(CONNECTION)
    accept(service)
    client.run_sql_interactive("select 1", quota_name="q")
    assert service.sent[3].startswith("GET /api/connection/mcqa")


def test_the_cookie_goes_with_the_next_request_of_the_same_instance_alone(service):
    client = service.client()
    service.reply(CONNECTION)
    accept(service, **{"x-odps-mcqa-query-cookie": "first"})
    service.reply(RUNNING, headers={"x-odps-mcqa-query-cookie": "second"})
    service.reply(RUNNING)
    instance = client.run_sql_interactive("select 1")
    assert instance.get_status() is instance.get_status() is InstanceStatus.RUNNING
    client.get_instance(ID).get_status()

    cookies = [r.headers.get("x-odps-mcqa-query-cookie") for r in service.requests]
    connections = [r.headers.get("x-odps-mcqa-conn") for r in service.requests]
    assert cookies == [None, None, "first", "second", None]
    assert connections == [None, "c1", "c1", "c1", ""]


def test_a_service_that_knows_no_connections_names_them_with_the_quota(service):
    service.reply(UNKNOWN, http_status=405)
    service.reply(QUOTA, headers={"x-odps-mcqa-conn": "c2"})
    accept(service)

    instance = service.client().run_sql_interactive("select 1", quota_name="q")

    assert instance.is_interactive
    assert service.sent[1].startswith("GET /api/quotas/q?project=test_project&version=wlm")
    assert service.requests[2].headers["x-odps-mcqa-conn"] == "c2"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (QUOTA, {}),
        (OFFLINE, {"x-odps-mcqa-conn": "c"}),
        (FORMER, {"x-odps-mcqa-conn": "c"}),
        ("no XML", {"x-odps-mcqa-conn": "c"}),
    ],
)
def test_another_kind_of_quota_is_none(service, body, headers):
    service.reply(NOWHERE, http_status=404)
    service.reply(body, headers=headers)

    with pytest.raises(NoInteractiveQuotaError, match="Quota 'q' can't be used interactively"):
        service.client().run_sql_interactive("select 1", quota_name="q")
    assert not [line for line in service.sent if line.startswith("POST")]


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        "<x/>",
        '{"connInfo": 7}',
        '{"connInfo": ""}',
        '{"connInfo": "a\\nb"}',
        '{"connInfo": "c", "quotaType": "FUXI_OFFLINE"}',
    ],
)
def test_an_odd_connection_is_none(service, body):
    service.reply(body)

    with pytest.raises(NoInteractiveQuotaError):
        service.client().run_sql_interactive("select 1")


def test_a_service_in_trouble_says_nothing_of_the_quota(service):
    service.reply("", http_status=503)

    with pytest.raises(ServerError):
        service.client().run_sql_interactive("select 1")


def test_a_lost_response_is_ambiguous(service):
    service.reply(CONNECTION)
    service.reply("", fault="reset")

    with pytest.raises(AmbiguousSubmitError) as lost:
        service.client().run_sql_interactive("select 1", guid="g1")
    assert lost.value.guid == "g1"


@pytest.mark.parametrize(
    ("http_status", "error"), [(400, InvalidRequestError), (500, AmbiguousSubmitError)]
)
def test_after_a_refusal_the_connection_is_asked_for_again(service, http_status, error):
    client = service.client()
    service.reply(CONNECTION)
    service.reply("<Error><Code>ODPS-1830001</Code></Error>", http_status=http_status)
    with pytest.raises(error):
        client.run_sql_interactive("select 1")

    service.replies.clear()
    service.reply(CONNECTION)
    accept(service)
    client.run_sql_interactive("select 1")
    assert [line[:4] for line in service.sent] == ["GET ", "POST", "GET ", "POST"]


def test_sessions_are_not_offered(service):
    with pytest.raises(InvalidArgumentError, match="MCQA 1"):
        service.client().run_sql_interactive("select 1", use_mcqa_v2=False)
    assert service.sent == []


@pytest.mark.parametrize("name", [".", ".."])
def test_no_quota_leads_to_another_path(service, name):
    client = service.client()

    for ask in (
        lambda: client.run_sql_interactive("select 1", quota_name=name),
        lambda: client.run_sql_interactive("select 1", hints={"odps.task.wlm.quota": name}),
        lambda: client.require_interactive_quota(name),
    ):
        with pytest.raises(InvalidArgumentError):
            ask()
    assert service.sent == []


@pytest.mark.parametrize("connection", ["c" * 5000, "", "c\n", "\u5317"])
def test_a_connection_that_no_header_can_carry_is_refused(service, connection):
    service.reply(json.dumps({"connInfo": connection, "quotaType": "FUXI_VW"}))

    with pytest.raises(NoInteractiveQuotaError):
        service.client().run_sql_interactive("select 1", quota_name="q")
    assert len(service.sent) == 1
