"""Whatever the OpenAPI responds with, or not at all: a value or one of our errors, in time."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odps_bot.maxcompute import (
    AccessKey,
    AuthenticationError,
    BearerToken,
    ConnectionFailedError,
    CredentialsUnavailableError,
    InvalidRequestError,
    MaxComputeError,
    PermissionDeniedError,
    ResponseTooLargeError,
    StaticCredentials,
    ThrottledError,
)
from odps_bot.openapi import OpenApiClient, SecondOpinion, ask_second_opinion
from tests.integration.maxcompute.conftest import Service

ID = "20260101000000123gabcdefgh2"
KEY = AccessKey("id", "secret")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def service():
    service = Service()
    yield service
    service.close()


@pytest.fixture
def client(service):
    client = make_client(service)
    yield client
    client.close()


def make_client(service, *, key=KEY, timeout=timedelta(seconds=5)):
    endpoint = service.endpoint.removesuffix("/api")
    return OpenApiClient(
        endpoint, credentials=StaticCredentials(key), timeout=timeout, clock=lambda: NOW
    )


def job(**data):
    return json.dumps({"data": data})


def snapshot(*, at, ratio):
    one = {"instanceId": ID, "snapshotTime": int(at.timestamp()), "cpuUsageToRequestRatio": ratio}
    return job(jobInfoList=[one])


def test_a_job_is_one_request(service, client):
    service.reply(job(status="running"))

    assert client.get_job_info(ID).status == "running"
    assert service.sent == [f"GET /api/v1/jobs/{ID}/info"]


def test_snapshots_are_asked_for_by_time_project_and_job(service, client):
    service.reply(job(jobInfoList=[]))
    client.list_job_snapshots(project="p", instance_ids=(ID,), at=NOW)

    (request,) = service.requests
    assert (request.method, request.target) == (
        "POST",
        "/api/v1/jobs/snapshot?pageNumber=1&pageSize=10",
    )
    assert json.loads(request.body) == {
        "to": 1767225600,
        "projectList": ["p"],
        "instanceIdList": [ID],
    }


def test_a_temporary_key_is_sent_with_its_token(service):
    service.reply(job())
    client = make_client(service, key=AccessKey("id", "secret", security_token="sts"))
    client.get_job_info(ID)
    client.close()

    headers = {name.lower(): value for name, value in service.requests[0].headers.items()}
    assert headers["x-acs-security-token"] == "sts"
    assert "x-acs-security-token" in headers["authorization"]


def test_a_bearer_token_opens_nothing(service):
    with pytest.raises(CredentialsUnavailableError):
        make_client(service, key=BearerToken("t")).get_job_info(ID)
    assert service.requests == []


@pytest.mark.parametrize(
    ("body", "http_status", "error"),
    [
        ({"Code": "NoPermission", "Message": "no"}, 403, PermissionDeniedError),
        ({"code": "Forbidden.RAM", "message": "no"}, 403, PermissionDeniedError),
        (
            {"errorCode": "NoPermission", "errorMsg": "no", "httpCode": 403},
            200,
            PermissionDeniedError,
        ),
        ({"Code": "Throttling.User", "Message": "no"}, 429, ThrottledError),
        ({"Code": "SignatureDoesNotMatch", "Message": "no"}, 400, InvalidRequestError),
        ({"Code": "Unauthorized", "Message": "no"}, 401, AuthenticationError),
        ({"errorCode": "OTHER", "errorMsg": "no"}, 200, InvalidRequestError),
    ],
)
def test_a_refusal_is_an_error_of_its_kind(service, client, body, http_status, error):
    service.reply(json.dumps(body), http_status=http_status)

    with pytest.raises(error, match="no"):
        client.get_job_info(ID)


def test_a_successful_response_may_name_an_error_code(service, client):
    service.reply(json.dumps({"data": {"status": "running"}, "errorCode": "0", "errorMsg": "ok"}))

    assert client.get_job_info(ID).status == "running"


def test_a_response_without_end_is_not_read_to_its_end(service, client):
    service.reply("x" * 3_000_000)

    with pytest.raises(ResponseTooLargeError):
        client.get_job_info(ID)


def test_silence_is_no_response(service):
    service.reply("{}", fault="silence")
    client = make_client(service, timeout=timedelta(milliseconds=100))

    with pytest.raises(ConnectionFailedError):
        client.get_job_info(ID)
    client.close()


def test_a_redirect_is_not_followed(service, client):
    service.reply("{}", http_status=302, headers={"Location": "http://127.0.0.1:9/"})

    with pytest.raises(MaxComputeError):
        client.get_job_info(ID)


def test_a_running_job_has_the_ratio_of_the_last_minutes(service, client):
    service.reply(job(status="running"), snapshot(at=NOW - timedelta(seconds=90), ratio=0.4))

    opinion = ask_second_opinion(client, "p", ID, now=NOW)
    assert opinion == SecondOpinion(cpu_usage_to_request_ratio=0.4)


def test_an_older_ratio_says_nothing_of_now(service, client):
    service.reply(job(status="running"), snapshot(at=NOW - timedelta(minutes=3), ratio=0.4))

    assert ask_second_opinion(client, "p", ID, now=NOW) is None


def test_an_ended_job_is_not_looked_for_among_those_that_run(service, client):
    service.reply(job(status="success", signature="s"))

    assert ask_second_opinion(client, "p", ID, now=NOW) == SecondOpinion(signature="s")
    assert len(service.requests) == 1


@pytest.mark.parametrize("http_status", [400, 401, 403, 404, 429, 500, 503])
def test_a_refused_opinion_is_none(service, client, http_status):
    service.reply('{"Code": "c", "Message": "m"}', http_status=http_status)

    assert ask_second_opinion(client, "p", ID, now=NOW) is None


@pytest.mark.parametrize("fault", ["reset", "cut"])
def test_an_opinion_that_breaks_off_is_none(service, client, fault):
    service.reply(job(status="running"), fault=fault)

    assert ask_second_opinion(client, "p", ID, now=NOW) is None


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=60) | st.sampled_from([b'{"data":', b"[]", b'{"data": {"a": 1e999}}'])
)
def test_an_opinion_of_garbage_is_none(service, body):
    service.replies.clear()
    service.reply(body)
    client = make_client(service)

    assert ask_second_opinion(client, "p", ID, now=NOW) is None
    client.close()
