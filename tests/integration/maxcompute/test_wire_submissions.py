"""Submissions: where the instance is, what is ambiguous, and how it is found again."""

from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.maxcompute import (
    AmbiguousSubmitError,
    AuthenticationError,
    ConnectionFailedError,
    InvalidRequestError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)

ID = "20260101000000123gabcdefgh2"
LOCATION = {"Location": f"/api/projects/test_project/instances/{ID}"}
HTML = "<html><body>nginx</body></html>"


def error(code, message=""):
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"


def submit(service):
    return service.client().run_sql("select 1", guid="g1")


@pytest.mark.parametrize(
    "location", [f"http://h/api/projects/p/instances/{ID}", f"/api/{ID}", f"{ID}/"]
)
def test_the_location_of_a_new_instance_can_have_any_form(service, location):
    service.reply("", http_status=201, headers={"Location": location})

    assert submit(service).id == ID


def test_submitting_a_guid_again_returns_the_first_instance(service):
    service.reply(error("ObjectAlreadyExists"), http_status=409, headers=LOCATION)

    assert submit(service).id == ID


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        ({"body": HTML, "http_status": 502}, ServerError),
        ({"body": "", "http_status": 504}, ServerError),
        ({"body": error("X", "ODPS-0430055: trouble"), "http_status": 400}, ServerError),
        ({"body": error("ODPS_0410077", "x"), "http_status": 400}, InvalidRequestError),
        ({"body": "", "fault": "reset"}, ConnectionFailedError),
        ({"body": "abc", "fault": "cut"}, ConnectionFailedError),
        ({"body": "abc", "fault": "silence"}, ConnectionFailedError),
        ({"body": "", "http_status": 201}, Exception),
        ({"body": HTML, "http_status": 200}, Exception),
        ({"body": "", "http_status": 201, "headers": {"Location": "/login?x=1"}}, Exception),
        ({"body": "", "http_status": 409}, Exception),
    ],
)
def test_a_submission_with_an_unknown_outcome_is_never_repeated(service, reply, cause):
    service.reply(reply.pop("body"), **reply)
    client = service.client(read_timeout=timedelta(seconds=0.2))

    with pytest.raises(AmbiguousSubmitError) as raised:
        client.run_sql("select 1", guid="g1")

    assert raised.value.guid == "g1"
    assert isinstance(raised.value.__cause__, cause)
    assert not raised.value.is_retryable
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("http_status", "code", "expected"),
    [
        (400, "ParseError", InvalidRequestError),
        (403, "NoPermission", PermissionDeniedError),
        (401, "Unauthorized", AuthenticationError),
        (429, "RequestQuotaExceeded", ThrottledError),
    ],
)
def test_a_rejected_submission_is_not_ambiguous(service, http_status, code, expected):
    service.reply(error(code), http_status=http_status)

    with pytest.raises(expected):
        submit(service)

    assert len(service.requests) == 1


def source(guid):
    return f"<Job><Guid>{guid}</Guid><Tasks/></Job>"


def test_an_instance_is_found_again_by_its_guid(service):
    listing = "".join(
        f"<Instance><Name>i{day}</Name><Status>Running</Status>"
        f"<StartTime>Thu, 0{day} Jan 2026 00:00:00 GMT</StartTime></Instance>"
        for day in (1, 3, 2)
    )
    service.reply(f"<Instances>{listing}</Instances>")
    service.reply(error("NoSuchObject"), error("NoSuchObject"), http_status=404)
    service.reply(source("g2"), source("g1"))
    client = service.client()

    found = client.find_instance_by_guid("g2", since=datetime(2026, 1, 1, tzinfo=UTC))

    assert found is not None
    assert found.id == "i2"
    assert service.requests[0].params["onlyowner"] == "yes"
    assert [request.target.partition("?")[0][-2:] for request in service.requests[1:]] == [
        "i3",
        "i3",
        "i2",
    ]


def test_an_xflow_is_found_again_by_its_guid(service):
    service.reply("<Instances><Instance><Name>i1</Name></Instance></Instances>")
    service.reply(error("NoSuchObject"), http_status=404)
    service.reply("<XflowInstance><Guid>g1</Guid></XflowInstance>")
    client = service.client()

    found = client.find_instance_by_guid("g1", since=datetime(2026, 1, 1, tzinfo=UTC))

    assert found is not None
    assert found.id == "i1"
    assert "xsource" in service.requests[-1].params


def test_an_instance_that_cannot_be_read_keeps_the_submission_ambiguous(service):
    service.reply("<Instances><Instance><Name>i1</Name></Instance></Instances>")
    service.reply(error("NoPermission"), http_status=403)

    with pytest.raises(PermissionDeniedError):
        service.client().find_instance_by_guid("g1", since=datetime(2026, 1, 1, tzinfo=UTC))


def test_nothing_is_found_where_nothing_is(service):
    service.reply("<Instances/>")
    since = datetime(2026, 1, 1, tzinfo=UTC)

    assert service.client().find_instance_by_guid("g1", since=since) is None
