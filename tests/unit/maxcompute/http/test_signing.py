"""The worked examples were computed by PyODPS 0.13.2."""

from datetime import UTC, datetime

import pytest

from odps_bot.maxcompute.http.credentials import AccessKey, BearerToken
from odps_bot.maxcompute.http.signing import (
    SigningKeys,
    authorization,
    canonical_string,
    credential_headers,
    region_of,
)

KEY = AccessKey("test-id", "test-secret")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
HEADERS = {
    "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
    "User-Agent": "pyodps/0.13.2",
    "x-odps-user-agent": "pyodps/0.13.2",
}
INSTANCE = "/projects/test_project/instances/20260101000000123gabcdefgh2"


def sign(text, *, region=None, key=KEY, keys=None):
    return authorization(key, text, at=NEW_YEAR, region=region, keys=keys or SigningKeys())


def test_version_2_is_that_of_the_worked_example():
    text = canonical_string(
        "GET",
        INSTANCE,
        params={"taskstatus": "", "curr_project": "test_project"},
        headers=HEADERS,
    )

    assert text == (
        "GET\n\n\nThu, 01 Jan 2026 00:00:00 GMT\nx-odps-user-agent:pyodps/0.13.2\n"
        f"{INSTANCE}?curr_project=test_project&taskstatus"
    )
    assert sign(text) == "ODPS test-id:ETpMDwPXwBhpm6a3cj+LS+HDgk0="


def test_version_4_is_that_of_the_worked_example():
    text = canonical_string(
        "GET", INSTANCE, params={"curr_project": "test_project"}, headers=HEADERS
    )

    assert sign(text, region="cn-hangzhou") == (
        "ODPS test-id/20260101/cn-hangzhou/odps/aliyun_v4_request:hygp7RUmKOv1IKnUsF1zj1swG/Q="
    )


def test_a_body_is_signed_by_its_type_and_checksum():
    headers = {"Content-MD5": "abc", "Content-Type": "application/xml", "Date": "today"}

    text = canonical_string("POST", "/projects/p/instances", params={}, headers=headers)

    assert text == "POST\nabc\napplication/xml\ntoday\n/projects/p/instances"


def test_values_are_signed_as_they_are_before_they_are_encoded():
    text = canonical_string("GET", "/a b", params={"id": "a+b/c==", "r": "(0,3)"}, headers={})

    assert text.endswith("\n/a b?id=a+b/c==&r=(0,3)")


def test_a_parameter_with_the_prefix_of_headers_is_signed_as_one():
    text = canonical_string("GET", "/p", params={"x-odps-b": "2"}, headers={"X-Odps-A": "1"})

    assert text == "GET\n\n\n\nx-odps-a:1\nx-odps-b:2\n/p?x-odps-b=2"


def test_one_day_in_two_regions_takes_two_keys():
    keys = SigningKeys()

    first = sign("text", region="cn-hangzhou", keys=keys)
    second = sign("text", region="cn-beijing", keys=keys)
    again = sign("text", region="cn-hangzhou", keys=keys)

    assert second == sign("text", region="cn-beijing")
    assert first == again == sign("text", region="cn-hangzhou")


def test_a_rotated_secret_takes_another_key():
    keys = SigningKeys()
    rotated = AccessKey("test-id", "other-secret")

    before = sign("text", region="cn-hangzhou", keys=keys)
    after = sign("text", region="cn-hangzhou", keys=keys, key=rotated)

    assert before != after == sign("text", region="cn-hangzhou", key=rotated)


def test_a_temporary_key_brings_its_token():
    temporary = AccessKey("id", "secret", security_token="sts-token")

    headers = credential_headers(temporary, "text", at=NEW_YEAR, region=None, keys=SigningKeys())

    assert headers["authorization-sts-token"] == "sts-token"
    assert headers["Authorization"].startswith("ODPS id:")


def test_a_bearer_token_needs_no_signature():
    headers = credential_headers(
        BearerToken("token"), "text", at=NEW_YEAR, region=None, keys=SigningKeys()
    )

    assert headers == {"x-odps-bearer-token": "token"}


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        ("https://service.cn-hangzhou.maxcompute.aliyun.com/api", "cn-hangzhou"),
        ("http://service.cn-hangzhou-vpc.maxcompute.aliyun-inc.com/api", "cn-hangzhou"),
        ("http://service.cn-hangzhou-intranet.maxcompute.aliyun-inc.com/api", "cn-hangzhou"),
        ("http://service.eu-central-1-internal.odps.aliyun.com/api", "eu-central-1"),
        ("http://service.odps.aliyun.com/api", None),
        ("http://127.0.0.1:8080/api", None),
        ("http://localhost/api", None),
    ],
)
def test_the_region_is_read_off_the_endpoint(endpoint, region):
    assert region_of(endpoint) == region
