from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.maxcompute import (
    AlreadyTerminatedError,
    AuthenticationError,
    ConflictError,
    GatewayError,
    InstanceFailedError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)
from odps_bot.maxcompute.http.error_responses import parse_error_response

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def error(http_status, body, headers=None):
    return parse_error_response(http_status, headers or {}, body.encode(), now=NOW)


def xml(code, message=""):
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"


@pytest.mark.parametrize(
    ("http_status", "body", "expected"),
    [
        (404, xml("NoSuchObject"), NotFoundError),
        (404, xml("NoSuchProject"), NotFoundError),
        (404, xml("ODPS-0420111"), NotFoundError),
        (404, xml("SomethingNew"), NotFoundError),
        (404, "", GatewayError),
        (404, "<html>nginx</html>", GatewayError),
        (404, "<Error><Message>no such page</Message></Error>", GatewayError),
        (404, '{"message": "no Route matched"}', GatewayError),
        (404, "ODPS-0420111:Project not found", NotFoundError),
        (401, xml("InvalidCredentials"), AuthenticationError),
        (401, xml("SignatureNotMatch"), AuthenticationError),
        (401, "", GatewayError),
        (407, "", GatewayError),
        (400, xml("RequestTimeTooSkewd", "ODPS-0410031:expired"), AuthenticationError),
        (403, xml("NoPermission"), PermissionDeniedError),
        (403, "<html>nginx</html>", GatewayError),
        (400, xml("ODPS-0420095", "Access Denied"), PermissionDeniedError),
        (400, xml("InvalidParameter"), InvalidRequestError),
        (400, xml("ParseError", "ODPS-0130161:[1,1] Parse exception"), InvalidRequestError),
        (405, xml("MethodNotAllowed"), InvalidRequestError),
        (302, "", GatewayError),
        (409, xml("ObjectAlreadyExists"), ConflictError),
        (409, "", ConflictError),
        (409, xml("InvalidStateSetting"), AlreadyTerminatedError),
        (409, xml("X", "It is not allowed to set status to Terminated"), AlreadyTerminatedError),
        (400, xml("ODPS-0424151", "Invalid state setting - ended"), AlreadyTerminatedError),
        (429, xml("RequestQuotaExceeded"), ThrottledError),
        (400, xml("QPSExceeded"), ThrottledError),
        (429, "<html>slow down</html>", ThrottledError),
        (500, xml("InternalServerError"), ServerError),
        (500, "<html>oops</html>", ServerError),
        (502, "<html>nginx</html>", ServerError),
        (503, "", ServerError),
        (504, xml("SomethingNew"), ServerError),
        (400, '{"Code": "InvalidArgument", "Message": "no"}', InvalidRequestError),
        (400, '{"Code": "ODPS-0420411: Invalid argument - ", "Message": "x"}', InvalidRequestError),
        (403, '{"Code": "NoPermission"}', PermissionDeniedError),
        (500, '{"Code": [', ServerError),
    ],
)
def test_the_class_follows_the_code_and_then_the_http_status(http_status, body, expected):
    assert type(error(http_status, body)) is expected


def test_an_error_has_everything_in_the_response():
    body = """<?xml version="1.0" encoding="UTF-8"?>
<Error>
  <Code>
    NoPermission </Code>
  <Message><![CDATA[ODPS-0130013:Authorization exception]]></Message>
  <RequestId>5583C0893F7EC2D353</RequestId>
  <HostId>odps.aliyun.com</HostId>
</Error>"""

    denied = error(403, body)

    assert denied.code == "NoPermission"
    assert denied.odps_code == "ODPS-0130013"
    assert denied.message == "ODPS-0130013:Authorization exception"
    assert denied.request_id == "5583C0893F7EC2D353"
    assert str(denied) == (
        "NoPermission: ODPS-0130013:Authorization exception (HTTP 403, request 5583C0893F7EC2D353)"
    )


def test_the_request_id_is_taken_from_the_header_too():
    assert error(404, "", {"x-odps-request-id": "R1"}).request_id == "R1"


def test_a_page_of_html_is_cut_short():
    assert len(str(error(502, "<html>" + "x" * 10_000))) < 400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", timedelta(seconds=7)),
        ("Thu, 01 Jan 2026 00:00:09 GMT", timedelta(seconds=9)),
        ("Wed, 31 Dec 2025 00:00:00 GMT", timedelta()),
        ("soon", None),
        ("99999999999999999999", timedelta(seconds=9999999999)),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text, expected):
    assert error(429, "", {"Retry-After": text}).retry_after == expected


def test_only_temporary_errors_are_retryable():
    assert error(429, "").is_retryable
    assert error(503, "").is_retryable
    assert error(404, "").is_retryable
    assert not error(404, xml("NoSuchObject")).is_retryable
    assert not error(401, xml("Unauthorized")).is_retryable


def test_a_failed_instance_names_itself_and_its_code():
    failed = InstanceFailedError(
        "ODPS-0130131:[1,15] Table not found", instance_id="i1", task_name="t"
    )

    assert failed.odps_code == "ODPS-0130131"
    assert "i1" in str(failed)
