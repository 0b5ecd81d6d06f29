"""Which statements and refusals make an ordinary job of what was to be interactive."""

import pytest

from odps_bot.maxcompute import (
    AmbiguousSubmitError,
    ConnectionFailedError,
    InvalidArgumentError,
    NoInteractiveQuotaError,
)
from odps_bot.maxcompute.errors import api_error
from odps_bot.runs.fallback import (
    Fallback,
    FallbackReason,
    fallback_of_error,
    fallback_of_statement,
)
from odps_bot.sql.classification import classify
from odps_bot.store.codec import decode


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "insert into a select * from b",
        "create table a (n bigint)",
        "set a.b=1; select 1; select 2",
        "set odps.mcqa.disable=false; select 1",
    ],
)
def test_queries_dml_and_ddl_are_tried(sql):
    assert fallback_of_statement(classify(sql, {})) is None


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("alter table a merge smallfiles", FallbackReason.STATEMENT),
        ("pai -name x -project y -Da=b", FallbackReason.STATEMENT),
        ("add jar x.jar", FallbackReason.STATEMENT),
        ("set odps.mcqa.disable=true; select 1", FallbackReason.SETTING),
    ],
)
def test_other_statements_are_not(sql, reason):
    assert fallback_of_statement(classify(sql, {})).reason is reason


@pytest.mark.parametrize(
    ("code", "http_status", "reason"),
    [
        ("ODPS-1830001", 400, FallbackReason.BUSY),
        ("ODPS-1850001", 400, FallbackReason.UNSUPPORTED),
        ("ODPS-1840001", 400, FallbackReason.UNAVAILABLE),
        ("ODPS-1820002", 400, FallbackReason.NO_QUOTA),
        ("NoSuchObject", 404, FallbackReason.NO_QUOTA),
        ("NoPermission", 403, FallbackReason.REFUSED),
        ("InvalidParameter", 400, FallbackReason.REFUSED),
        ("SomethingNew", 418, FallbackReason.REFUSED),
        ("ServiceUnavailable", 503, FallbackReason.UNAVAILABLE),
        (None, 403, FallbackReason.UNAVAILABLE),  # the page of a proxy
    ],
)
def test_a_refusal_is_a_reason_to_fall_back(code, http_status, reason):
    assert fallback_of_error(api_error("no", http_status=http_status, code=code)).reason is reason


@pytest.mark.parametrize(
    "error",
    [
        api_error("no", http_status=404, code="NoSuchProject"),
        api_error("ODPS-0130161: Parse exception", http_status=400, code="ParseError"),
        api_error("no", http_status=401, code="InvalidAuthorization"),
        api_error("slowly", http_status=429, code="RequestQuotaExceeded"),
        ConnectionFailedError("no route", was_sent=False),
        AmbiguousSubmitError("lost", guid="g"),
        InvalidArgumentError("too long"),
    ],
)
def test_what_an_ordinary_job_would_meet_too_is_none(error):
    assert fallback_of_error(error) is None


def test_a_missing_quota_is_told_with_its_reason():
    fallback = fallback_of_error(NoInteractiveQuotaError("Quota 'x' can't be used interactively"))

    assert fallback == Fallback(
        reason=FallbackReason.NO_QUOTA, detail="Quota 'x' can't be used interactively"
    )


def test_a_reason_of_a_later_version_is_read_as_a_refusal():
    kept = b'{"reason":"too_blue","detail":"the sky"}'

    assert decode(kept, Fallback) == Fallback(reason=FallbackReason.REFUSED, detail="the sky")
