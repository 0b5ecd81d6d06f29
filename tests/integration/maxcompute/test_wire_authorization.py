"""Queries about permissions: what is known of them when the response is odd, or lost."""

import pytest

from odps_bot.maxcompute import (
    AmbiguousSubmitError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    QueryStatus,
    ServerError,
)

DONE = "<Authorization><Result> OK </Result></Authorization>"


def error(code, message=""):
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"


def run(service, **options):
    return service.client().authorization.run("grant r to alice", **options)


@pytest.mark.parametrize("body", [DONE, "<Authorization><Result/></Authorization>"])
def test_a_response_is_the_result(service, body):
    service.reply(body)

    result = run(service)
    assert (result.status, result.query_id) == (QueryStatus.TERMINATED, None)
    assert result.text in {"OK", ""}


def test_what_takes_a_while_has_an_id(service):
    service.reply("<Authorization><Result>q1</Result></Authorization>", http_status=201)

    result = run(service)
    assert (result.status, result.text, result.query_id) == (QueryStatus.RUNNING, "", "q1")


@pytest.mark.parametrize(
    "reply",
    [
        {"body": "<html>", "http_status": 502},
        {"body": "", "http_status": 500},
        {"body": "", "fault": "reset"},
        {"body": "abc", "fault": "cut"},
        {"body": "no XML", "http_status": 200},
    ],
)
def test_a_change_that_may_have_been_carried_out_is_not_sent_again(service, reply):
    service.reply(**reply)

    with pytest.raises(AmbiguousSubmitError):
        run(service)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("http_status", "code", "kind"),
    [(403, "NoPermission", PermissionDeniedError), (404, "NoSuchObject", NotFoundError)],
)
def test_a_change_that_is_refused_was_not_carried_out(service, http_status, code, kind):
    service.reply(error(code), http_status=http_status)

    with pytest.raises(kind):
        run(service)


def test_what_only_asks_is_sent_again(service):
    service.reply("", http_status=500)
    service.reply(DONE)

    assert run(service, is_repeatable=True).text == "OK"
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Running", QueryStatus.RUNNING),
        ("TERMINATED", QueryStatus.TERMINATED),
        ("failed", QueryStatus.FAILED),
    ],
)
def test_a_query_is_asked_about_by_its_id(service, word, status):
    service.reply(
        f"<AuthorizationQuery><Result>r</Result><Status>{word}</Status></AuthorizationQuery>"
    )

    result = service.client().authorization.get("q1")
    assert (result.status, result.text) == (status, "r")


def test_an_unknown_status_of_a_query_is_no_response(service):
    service.reply("<AuthorizationQuery><Status>Odd</Status></AuthorizationQuery>")

    with pytest.raises(MalformedResponseError):
        service.client().authorization.get("q1")


def test_a_query_is_not_asked_about_while_the_service_is_down(service):
    for _ in range(10):
        service.reply("", http_status=503)

    with pytest.raises(ServerError):
        service.client().authorization.get("q1")
