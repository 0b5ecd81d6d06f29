from datetime import timedelta

import pytest

from odps_bot.sandbox.maxcompute.faults import Faults, http_error, reset_after, throttle


def test_a_fault_applies_as_often_as_planned():
    faults, fault = Faults(), reset_after()
    faults.add(fault, operation="status", times=2)

    met = [faults.take("status", "GET", "/") for _ in range(3)]

    assert met == [fault, fault, None]


def test_a_fault_waits_for_its_operation():
    faults, fault = Faults(), reset_after()
    faults.add(fault, operation="submit")

    assert faults.take("status", "GET", "/") is None
    assert faults.take("submit", "POST", "/") == fault


def test_a_fault_can_match_method_and_path():
    faults = Faults()
    faults.add(reset_after(), when=lambda method, path: method == "PUT" and path.endswith("/logs"))

    assert faults.take("stop", "PUT", "/api/x") is None
    assert faults.take("logs", "PUT", "/api/projects/p/logs") is not None


def test_a_fault_for_an_unknown_operation_is_refused():
    with pytest.raises(ValueError, match="sumbit"):
        Faults().add(reset_after(), operation="sumbit")


def test_a_throttle_has_a_retry_after_header():
    response = throttle(timedelta(seconds=7)).response

    assert response is not None
    assert (response.http_status, response.headers) == (429, {"Retry-After": "7"})


def test_an_http_error_without_a_body_is_a_web_server_page():
    response = http_error(503).response

    assert response is not None
    assert response.content_type == "text/html"
    assert b"nginx" in response.body
