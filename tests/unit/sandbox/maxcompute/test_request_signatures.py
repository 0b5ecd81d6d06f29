from datetime import UTC, datetime

import pytest

from odps_bot.sandbox.maxcompute.access import Access
from odps_bot.sandbox.maxcompute.service_errors import ServiceError
from odps_bot.sandbox.maxcompute.signing import (
    Authorization,
    canonical_string,
    parse_authorization,
    signature,
)

PATH = "/api/projects/test_project/instances/20260101000000123gabcdefgh2"
HEADERS = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT", "x-odps-user-agent": "pyodps/0.13.2"}


def canonical(query, path=PATH, method="GET", headers=None):
    return canonical_string(
        method=method, path=path, query=query, headers=headers or HEADERS, base_path="/api"
    )


def test_version_2_agrees_with_a_captured_request():
    text = canonical([("taskstatus", ""), ("curr_project", "test_project")])

    assert text == (
        "GET\n\n\nThu, 01 Jan 2026 00:00:00 GMT\nx-odps-user-agent:pyodps/0.13.2\n"
        "/projects/test_project/instances/20260101000000123gabcdefgh2"
        "?curr_project=test_project&taskstatus"
    )
    assert signature("test-secret", text) == "ETpMDwPXwBhpm6a3cj+LS+HDgk0="


def test_version_4_agrees_with_a_captured_request():
    text = canonical([("curr_project", "test_project")])

    signed = signature("test-secret", text, scope=("20260101", "cn-hangzhou"))

    assert signed == "hygp7RUmKOv1IKnUsF1zj1swG/Q="


def test_the_path_is_signed_decoded_and_without_the_base_path():
    text = canonical([], path="/api/projects/p/instances/bad%20id")

    assert text.endswith("\n/projects/p/instances/bad id")


def test_a_path_outside_of_the_endpoint_is_signed_completely():
    text = canonical([], path="/projects/p/instances/i")

    assert text.endswith("\n/projects/p/instances/i")


def test_headers_are_signed_in_the_order_of_their_names():
    headers = {"Content-Type": "application/xml", "Date": "d", "X-ODPS-B": "2", "x-odps-a": "1"}

    text = canonical([("x-odps-c", "3")], method="POST", path="/api/tenants", headers=headers)

    expected = "POST\n\napplication/xml\nd\nx-odps-a:1\nx-odps-b:2\nx-odps-c:3\n/tenants?x-odps-c=3"
    assert text == expected


def test_authorization_is_read_in_both_versions():
    v2 = parse_authorization("ODPS id:sig=")
    v4 = parse_authorization("ODPS id/20260101/cn-hangzhou/odps/aliyun_v4_request:sig=")

    assert v2 == Authorization("id", "sig=")
    assert v4 == Authorization("id", "sig=", ("20260101", "cn-hangzhou"))


def test_other_authorization_headers_are_rejected():
    headers = ["", "ODPS", "ODPS id", "Basic id:sig", "ODPS a/b:sig", "ODPS :sig", "ODPS id:"]

    assert [parse_authorization(header) for header in headers] == [None] * len(headers)


def authenticated(day, *, region="here", date="Thu, 01 Jan 2026 00:05:00 GMT"):
    now = datetime(2026, 1, 1, 0, 6, tzinfo=UTC)
    access = Access({"id": "secret"}, sts_tokens={}, region="here", clock=lambda: now)
    headers = {"date": date}
    signed = signature("secret", canonical([], headers=headers), scope=(day, region))
    headers["authorization"] = f"ODPS id/{day}/{region}/odps/aliyun_v4_request:{signed}"
    return access.authenticate(method="GET", path=PATH, query=[], headers=headers, base_path="/api")


@pytest.mark.parametrize("day", ["20260101", "20251231"])
def test_a_key_of_version_4_may_be_of_the_day_that_has_just_ended(day):
    assert authenticated(day).access_key_id == "id"


@pytest.mark.parametrize(
    ("day", "region"), [("20260101", "elsewhere"), ("20260102", "here"), ("20251230", "here")]
)
def test_a_key_of_version_4_is_of_this_region_and_the_day_of_the_request(day, region):
    with pytest.raises(ServiceError) as refused:
        authenticated(day, region=region)

    assert (refused.value.http_status, refused.value.code) == (401, "SignatureNotMatch")
