from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.sandbox.maxcompute.access import Access, check_readable
from odps_bot.sandbox.maxcompute.calls import Caller
from odps_bot.sandbox.maxcompute.service_errors import ServiceError

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CALLER = Caller("sandbox-id", "ALIYUN$sandbox-id@example.com")


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def access(clock):
    return Access({"sandbox-id": "secret"}, sts_tokens={}, region="here", clock=clock)


def policy(resource="acs:odps:*:projects/p/instances/i", action="odps:Read"):
    statement = {"Action": [action], "Effect": "Allow", "Resource": resource}
    return {"Statement": [statement], "Version": "1"}


def test_a_token_can_read_its_instance():
    keys = access(Clock())

    caller = keys.read_bearer_token(keys.sign_token(CALLER, policy(), 1))

    check_readable(caller, method="GET", resource="p/instances/i")
    assert caller.access_key_id == "sandbox-id"


@pytest.mark.parametrize(
    ("method", "resource"),
    [("GET", "p/instances/j"), ("GET", "p/instances"), ("PUT", "p/instances/i"), ("GET", "")],
)
def test_a_token_can_access_nothing_else(method, resource):
    keys = access(Clock())
    caller = keys.read_bearer_token(keys.sign_token(CALLER, policy(), 1))

    with pytest.raises(ServiceError) as refused:
        check_readable(caller, method=method, resource=resource)

    assert (refused.value.http_status, refused.value.code) == (403, "NoPermission")


def test_a_token_expires():
    clock = Clock()
    keys = access(clock)
    token = keys.sign_token(CALLER, policy(), 2)
    clock.now += timedelta(hours=2)

    with pytest.raises(ServiceError, match="expired"):
        keys.read_bearer_token(token)


def test_the_third_field_of_a_token_is_its_expiry():
    token = access(Clock()).sign_token(CALLER, policy(), 1)

    assert b64decode(token).decode().split(",")[2] == str(int(NOW.timestamp()) + 3600)
    assert b64decode(token).decode().endswith('"Version":"1"}')


def test_a_token_of_another_server_is_refused():
    token = access(Clock()).sign_token(CALLER, policy(), 1)

    with pytest.raises(ServiceError, match="not valid"):
        access(Clock()).read_bearer_token(token)


@pytest.mark.parametrize("token", ["", "x", "YWJj", "YSxiLGMsZA==", "é"])
def test_malformed_tokens_are_refused(token):
    with pytest.raises(ServiceError) as refused:
        access(Clock()).read_bearer_token(token)

    assert refused.value.http_status == 401


@pytest.mark.parametrize(
    ("wish", "hours"),
    [
        ({}, 1),
        (None, 1),
        ({"Statement": []}, 1),
        (policy(action="odps:Write"), 1),
        (policy(resource="acs:odps:*:tables/t"), 1),
        (policy(), 0),
        (policy(), "12"),
        (policy(), True),
        (policy(), 1e9),
    ],
)
def test_unsupported_policies_are_refused(wish, hours):
    with pytest.raises(ServiceError) as refused:
        access(Clock()).sign_token(CALLER, wish, hours)

    assert refused.value.http_status == 400
