"""Whether the client sends a request at all, and for how long it waits."""

import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from odps_bot.maxcompute import (
    AmbiguousSubmitError,
    ConnectionFailedError,
    GatewayError,
    HeldBackError,
    InstanceStatus,
    NotFoundError,
    PermissionDeniedError,
    RetryPolicy,
    ServerError,
    ThrottledError,
)

ID = "20260101000000123gabcdefgh2"
RUNNING = "<Instance><Status>Running</Status></Instance>"
LOCATION = {"Location": f"http://x/api/projects/p/instances/{ID}"}
SECOND = timedelta(seconds=1)
LISTED = "<Instances>{}</Instances>"
ITEM = "<Instance><Name>{}</Name><Status>Running</Status></Instance>"
SOURCE = "<Job><Guid>{}</Guid><Tasks/></Job>"


def error(code):
    return f"<Error><Code>{code}</Code><Message>no</Message></Error>"


class Gatekeeper:
    """Admits requests as a test wants, and remembers what came of them."""

    def __init__(self, *, is_probe=False, is_closed=False):
        self.is_probe = is_probe
        self.is_closed = is_closed
        self.projects = []
        self.reports = []

    @contextmanager
    def admit(self, project):
        if self.is_closed:
            raise HeldBackError("closed", retry_after=SECOND)
        self.projects.append(project)
        yield self

    def report(self, *, is_up):
        self.is_probe = False
        self.reports.append(is_up)


def status(client):
    return client.get_instance(ID).get_status()


def test_nothing_is_sent_that_is_not_admitted(service):
    with pytest.raises(HeldBackError) as held_back:
        service.client(admission=Gatekeeper(is_closed=True)).run_sql("select 1")

    assert held_back.value.is_retryable
    assert held_back.value.retry_after == SECOND
    assert service.requests == []


@pytest.mark.parametrize(
    ("http_status", "body", "is_up", "raised"),
    [
        (200, RUNNING, True, None),
        (404, error("NoSuchObject"), True, NotFoundError),
        (403, error("NoPermission"), True, PermissionDeniedError),
        (429, "", True, ThrottledError),
        (404, "<html>nginx</html>", True, GatewayError),
        (503, "", False, ServerError),
    ],
)
def test_a_refusal_is_a_response_and_a_server_error_is_none(
    service, http_status, body, is_up, raised
):
    service.reply(body, http_status=http_status)
    gatekeeper = Gatekeeper()
    client = service.client(admission=gatekeeper, retries=RetryPolicy.none())
    if raised:
        with pytest.raises(raised):
            status(client)
    else:
        assert status(client) is InstanceStatus.RUNNING

    assert gatekeeper.projects == ["test_project"]
    assert gatekeeper.reports == [is_up]


@pytest.mark.parametrize("fault", ["reset", "cut", "silence"])
def test_a_broken_connection_is_no_response(service, fault):
    service.reply(RUNNING, fault=fault)
    gatekeeper = Gatekeeper()
    client = service.client(
        admission=gatekeeper, retries=RetryPolicy.none(), read_timeout=timedelta(seconds=0.1)
    )
    with pytest.raises(ConnectionFailedError):
        status(client)

    assert gatekeeper.reports == [False]


def test_a_statement_is_not_what_an_endpoint_in_trouble_is_tried_with(service):
    service.reply("<Project/>")
    service.reply("", http_status=201, headers=LOCATION)

    service.client(admission=Gatekeeper(is_probe=True)).run_sql("select 1")

    assert [request.method for request in service.requests] == ["GET", "POST"]
    assert service.requests[0].target.partition("?")[0] == "/api/projects/test_project"


@pytest.mark.parametrize("options", [{"fault": "reset"}, {"http_status": 503}])
def test_while_the_trouble_lasts_it_is_certainly_not_sent(service, options):
    service.reply("", **options)
    gatekeeper = Gatekeeper(is_probe=True)

    with pytest.raises(HeldBackError):
        service.client(admission=gatekeeper).run_sql("select 1")

    assert [request.method for request in service.requests] == ["GET"]
    assert gatekeeper.reports == [False]


def test_the_tunnels_troubles_are_none_of_the_endpoints(service):
    other = service.client(admission=Gatekeeper(is_closed=True)).transport.at(service.endpoint)
    service.reply(RUNNING)

    assert other.get(("projects",)).http_status == 200


class TestTimeLeft:
    def test_a_request_takes_no_longer(self, service):
        service.reply(RUNNING, fault="silence")  # for half a second
        left = iter([timedelta(seconds=1.2), timedelta(seconds=1.2)])
        client = service.client(time_left=lambda: next(left), read_timeout=timedelta(seconds=60))

        assert status(client) is InstanceStatus.RUNNING

    def test_without_enough_of_it_nothing_is_sent(self, service):
        with pytest.raises(HeldBackError, match="no time left"):
            status(service.client(time_left=lambda: timedelta(seconds=0.9)))

        assert service.requests == []

    def test_a_statement_needs_all_of_its_time(self, service):
        service.reply("", http_status=201, headers=LOCATION)
        times = iter([timedelta(seconds=4.9), timedelta(seconds=5)])
        client = service.client(time_left=lambda: next(times), read_timeout=timedelta(seconds=5))

        with pytest.raises(HeldBackError, match="no time left"):
            client.run_sql("select 1")
        client.run_sql("select 1")

        assert len(service.requests) == 1

    def test_no_pause_before_a_repetition_outlasts_it(self, service):
        service.reply("", http_status=503)

        with pytest.raises(ServerError):
            status(service.client(time_left=lambda: timedelta(seconds=1.4)))

        assert service.pauses == []

    def test_a_response_cut_short_by_it_is_not_the_endpoints_fault(self, service):
        service.reply(RUNNING * 100, fault="drip")
        gatekeeper = Gatekeeper()
        left = iter([SECOND, timedelta(0)])
        client = service.client(
            admission=gatekeeper, time_left=lambda: next(left), read_timeout=timedelta(minutes=1)
        )
        with pytest.raises(ConnectionFailedError, match="too slowly"):
            status(client)

        assert gatekeeper.reports == []

    def test_a_body_has_the_time_that_its_head_has_left(self, service):
        def answer(_request):
            time.sleep(1.5)
            return RUNNING * 100, 200, {}, "drip"  # for more than a minute

        service.reply(answer)
        client = service.client(
            time_left=lambda: timedelta(seconds=2.5), retries=RetryPolicy.none()
        )
        began_s = time.monotonic()

        with pytest.raises(ConnectionFailedError, match="too slowly"):
            status(client)

        assert time.monotonic() - began_s < 3.2

    def test_a_response_has_a_time_of_its_own(self, service):
        service.reply(RUNNING * 100, fault="drip")
        client = service.client(response_timeout=timedelta(seconds=0.1), retries=RetryPolicy.none())
        with pytest.raises(ConnectionFailedError, match="too slowly"):
            status(client)


class TestBeforeSending:
    def test_who_was_paused_meanwhile_sends_nothing(self, service):
        left = [timedelta(minutes=1)]

        with pytest.raises(HeldBackError, match="no time left"):
            service.client(time_left=lambda: left[-1]).run_sql(
                "select 1", before_sending=lambda: left.append(SECOND)
            )

        assert service.requests == []

    def test_is_called_last(self, service):
        service.reply("", http_status=201, headers=LOCATION)
        called = []
        service.client().run_sql(
            "select 1", before_sending=lambda: called.append(len(service.requests))
        )

        assert called == [0]

    def test_sends_nothing_if_it_fails(self, service):
        def fail():
            raise LookupError

        with pytest.raises(LookupError):
            service.client().run_sql("select 1", before_sending=fail)
        with pytest.raises(LookupError):
            service.client().xflows.run("a", xflow_project="b", before_sending=fail)

        assert service.requests == []

    def test_is_not_called_for_what_is_held_back(self, service):
        called = []
        client = service.client(admission=Gatekeeper(is_closed=True))
        with pytest.raises(HeldBackError):
            client.run_sql("select 1", before_sending=lambda: called.append(1))

        assert called == []


class TestGuids:
    def read(self, client, **options):
        since = client.transport.clock() - SECOND
        return list(client.read_guids(since=since, **options))

    def listed(self, *names):
        return LISTED.format("".join(ITEM.format(name) for name in names))

    @pytest.mark.parametrize(
        ("http_status", "body"),
        [
            (400, error("InvalidParameter")),
            (403, error("NoPermission")),
            (404, "<html>nginx</html>"),
            (500, error("InternalServerError")),
            (200, "<Instance>"),
        ],
    )
    def test_a_source_that_cannot_be_read_does_not_end_it(self, service, http_status, body):
        def respond(request):
            if "i1" in request.target and "i2" not in request.target:
                return body, http_status
            return (SOURCE.format("g2") if "i2" in request.target else self.listed("i1", "i2")), 200

        service.reply(respond)
        client = service.client()

        readings = {one.instance.id: one for one in self.read(client)}
        assert readings["i1"].error is not None
        assert readings["i2"].guid == "g2"
        found = client.find_instance_by_guid("g2", since=client.transport.clock())
        assert found is not None
        with pytest.raises(type(readings["i1"].error)):
            client.find_instance_by_guid("g3", since=client.transport.clock())

    def test_trouble_of_the_endpoint_ends_it(self, service):
        service.reply(self.listed("i1", "i2"))
        service.reply("", http_status=429)

        with pytest.raises(ThrottledError):
            self.read(service.client(retries=RetryPolicy.none()))

    def test_what_was_read_before_is_not_read_again(self, service):
        service.reply(self.listed("i1", "i2"))
        service.reply(SOURCE.format("g2"))

        [reading] = self.read(service.client(), skipped={"i1"})
        assert reading.instance.id == "i2"


def test_a_post_that_was_cut_off_is_ambiguous(service):
    service.reply("", fault="silence")

    with pytest.raises(AmbiguousSubmitError):
        service.client(read_timeout=timedelta(seconds=0.1)).run_sql("select 1")
