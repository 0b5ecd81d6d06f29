"""There are few kinds of requests, whatever they are about."""

import pytest

from odps_bot.maxcompute.http.instrumentation import operation_of


@pytest.mark.parametrize(
    ("method", "path", "params", "operation"),
    [
        ("GET", ("projects", "p", "instances"), {"status": "Running"}, "GET instances"),
        ("POST", ("projects", "p", "instances"), {}, "POST instances"),
        (
            "GET",
            ("projects", "p", "instances", "20261122"),
            {"taskstatus": ""},
            "GET instances/*?taskstatus",
        ),
        ("PUT", ("projects", "p", "instances", "20261122"), {}, "PUT instances/*"),
        ("GET", ("projects", "p"), {}, "GET projects/*"),
        ("GET", ("projects", "p", "tunnel"), {"service": ""}, "GET tunnel?service"),
        ("GET", ("logview", "host"), {}, "GET logview/*"),
    ],
)
def test_a_request_is_named_by_its_kind(method, path, params, operation):
    assert operation_of(method, path, params) == operation
