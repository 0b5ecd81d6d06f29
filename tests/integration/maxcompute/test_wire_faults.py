"""What the client makes of trouble on the way."""

import itertools
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.maxcompute import (
    AccessKey,
    AlreadyTerminatedError,
    AuthenticationError,
    Client,
    ConnectionFailedError,
    GatewayError,
    InstanceStatus,
    MalformedResponseError,
    PermissionDeniedError,
    RetryPolicy,
    ServerError,
    StaticCredentials,
    ThrottledError,
)

ID = "20260101000000123gabcdefgh2"
RUNNING = "<Instance><Status>Running</Status></Instance>"
HTML = "<html><body>nginx</body></html>"


def error(code, message=""):
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"


def status(service, **options):
    return service.client(**options).get_instance(ID).get_status()


@pytest.mark.parametrize("http_status", [429, 500, 502, 503, 504])
def test_a_get_is_retried_whatever_the_body_of_the_error(service, http_status):
    service.reply(HTML, http_status=http_status)
    service.reply("", http_status=http_status)
    service.reply(RUNNING)

    found = status(service)

    assert found is InstanceStatus.RUNNING
    assert service.pauses == [0.5, 1.0]


@pytest.mark.parametrize("http_status", [302, 400, 401, 403, 404, 405])
def test_the_page_of_a_gateway_is_not_taken_for_the_services_word(service, http_status):
    service.reply(HTML, http_status=http_status)
    service.reply(RUNNING)

    assert status(service) is InstanceStatus.RUNNING
    assert service.pauses == [0.5]


def test_a_gateway_that_finds_nothing_does_not_say_that_an_instance_is_gone(service):
    service.reply(HTML, http_status=404)

    with pytest.raises(GatewayError) as raised:
        service.client().exists_instance(ID)

    assert raised.value.is_retryable


def test_what_a_gateway_refuses_was_not_submitted(service):
    service.reply(HTML, http_status=404)

    with pytest.raises(GatewayError):
        service.client().run_sql("select 1")

    assert len(service.requests) == 1


@pytest.mark.parametrize("fault", ["reset", "cut"])
def test_a_get_is_retried_after_a_broken_connection(service, fault):
    service.reply(RUNNING, fault=fault)
    service.reply(RUNNING)

    assert status(service) is InstanceStatus.RUNNING
    assert len(service.requests) == 2


def test_a_get_is_retried_after_a_timeout(service):
    service.reply(RUNNING, fault="silence")
    service.reply(RUNNING)

    found = status(service, read_timeout=timedelta(seconds=0.1))

    assert found is InstanceStatus.RUNNING


def test_it_gives_up_after_four_tries(service):
    service.reply(HTML, http_status=500)

    with pytest.raises(ServerError):
        status(service)

    assert len(service.requests) == 4


def test_a_caller_can_turn_retries_off(service):
    service.reply(HTML, http_status=500)

    with pytest.raises(ServerError):
        status(service, retries=RetryPolicy.none())

    assert len(service.requests) == 1


def test_retry_after_is_honoured(service):
    service.reply("", http_status=429, headers={"Retry-After": "3"})
    service.reply(RUNNING)

    status(service)

    assert service.pauses == [3.0]


def test_a_long_retry_after_is_left_to_the_caller(service):
    service.reply("", http_status=429, headers={"Retry-After": "300"})

    with pytest.raises(ThrottledError) as raised:
        status(service)

    assert raised.value.retry_after == timedelta(seconds=300)
    assert len(service.requests) == 1


def test_a_permanent_error_is_not_retried(service):
    service.reply(error("NoPermission"), http_status=403)

    with pytest.raises(PermissionDeniedError):
        status(service)

    assert len(service.requests) == 1


def test_an_unreachable_host_is_a_failed_connection():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]

        client = Client(
            f"http://127.0.0.1:{port}/api",
            project="p",
            credentials=StaticCredentials(AccessKey("i", "s")),
            retries=RetryPolicy.none(),
        )
        with pytest.raises(ConnectionFailedError) as raised:
            client.run_sql("select 1")

    assert not raised.value.was_sent


def test_a_response_that_is_too_large_is_rejected(service):
    service.reply("<Instance>" + "x" * 100_000 + "</Instance>")

    with pytest.raises(MalformedResponseError, match="larger"):
        status(service, max_response_bytes=10_000)


def test_a_response_that_arrives_too_slowly_is_given_up(service):
    service.reply(RUNNING + " " * 500, fault="drip")

    # Every chunk takes a second to arrive: a response can take ten read timeouts in total.
    seconds = itertools.count()
    begin = datetime(2026, 11, 22, 12, tzinfo=UTC)

    with pytest.raises(ConnectionFailedError, match="slowly"):
        status(
            service,
            clock=lambda: begin + timedelta(seconds=next(seconds)),
            read_timeout=timedelta(seconds=5),
            retries=RetryPolicy.none(),
        )

    assert 50 < next(seconds) < 60


def test_a_redirect_is_not_followed_with_our_credentials(service):
    service.reply("", http_status=302, headers={"Location": "http://evil.example/"})

    with pytest.raises(GatewayError) as raised:
        status(service)

    assert raised.value.location == "http://evil.example/"


def test_a_get_survives_an_unknown_encoding_of_the_response(service):
    service.reply(b"<Instance>\xff</Instance>")

    with pytest.raises(MalformedResponseError):
        status(service)


@pytest.mark.parametrize(
    "rejection",
    [
        ("The request authorization header is invalid or missing.", "Unauthorized", 401),
        ("need ak v3 support", "InternalServerError", 500),
        ("AccessKey ACL denied", "InternalServerError", 500),
        ("ODPS-0410051:Invalid credentials", "InvalidParameter", 400),
    ],
)
def test_version_2_is_used_from_then_on_if_version_4_is_unsupported(service, rejection):
    message, code, http_status = rejection
    service.reply(error(code, message), http_status=http_status)
    service.reply(RUNNING)
    instance = service.client(region="cn-hangzhou").get_instance(ID)

    instance.get_status()
    instance.get_status()

    signatures = ["aliyun_v4" in request.headers["Authorization"] for request in service.requests]
    assert signatures == [True, False, False]


def test_a_wrong_key_is_no_reason_to_change_the_version(service):
    service.reply(error("Unauthorized", "ODPS-0410051:Invalid credentials"), http_status=401)
    instance = service.client(region="cn-hangzhou").get_instance(ID)

    for _ in range(2):
        with pytest.raises(AuthenticationError):
            instance.get_status()

    signatures = ["aliyun_v4" in request.headers["Authorization"] for request in service.requests]
    assert signatures == [True, False, True, False]


def together(number, respond):
    """Hold the first requests back until so many have arrived."""
    first = threading.Barrier(number)
    left = iter(range(number))

    def reply(request):
        if next(left, None) is not None:
            first.wait(timeout=10)
        return respond(request)

    return reply


SKEWED = error(
    "RequestTimeTooSkewd",
    "ODPS-0410031:Authentication request expired - max_interval_date:900000,"
    "expire_date:2026-01-01T00:15:00.000Z,now_date:2026-01-01T02:00:00.000Z",
)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (SKEWED, {}),
        (error("RequestTimeTooSkewed"), {"Date": "Thu, 01 Jan 2026 02:00:00 GMT"}),
    ],
)
def test_a_wrong_clock_is_corrected_once_for_all(service, body, headers):
    service.replies.clear()
    service.reply(body, http_status=400, headers=headers)
    service.reply(RUNNING)
    client = service.client(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    for _ in range(2):
        client.get_instance(ID).get_status()

    assert [request.headers["Date"][17:25] for request in service.requests] == [
        "00:00:00",
        "02:00:00",
        "02:00:00",
    ]


def test_a_skew_that_cannot_be_corrected_is_an_error(service):
    service.reply(SKEWED, http_status=400)

    with pytest.raises(AuthenticationError):
        status(service)

    assert len(service.requests) == 2


def test_threads_rejected_together_share_one_clock_correction(service):
    def by_clock(request):
        is_right = request.headers["Date"][17:19] == "02"
        return (RUNNING, 200) if is_right else (SKEWED, 400)

    service.reply(together(2, by_clock))
    client = service.client(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    with ThreadPoolExecutor(2) as threads:
        polls = [threads.submit(client.get_instance(ID).get_status) for _ in range(2)]

    assert [poll.result() for poll in polls] == [InstanceStatus.RUNNING] * 2
    assert len(service.requests) == 4


def test_threads_rejected_together_all_fall_back_to_version_2(service):
    is_first = iter([True])
    is_settled = threading.Event()

    def by_version(request):
        if "aliyun_v4" not in request.headers["Authorization"]:
            return RUNNING, 200
        # The second one hears of it when the first has turned already.
        next(is_first, False) or is_settled.wait(timeout=10)
        return error("InternalServerError", "need ak v3 support"), 500

    service.reply(together(2, by_version))
    client = service.client(region="cn-hangzhou", retries=RetryPolicy.none())

    with ThreadPoolExecutor(2) as threads:
        polls = [threads.submit(client.get_instance(ID).get_status) for _ in range(2)]
        for poll in polls:
            poll.add_done_callback(lambda _: is_settled.set())

    assert [poll.result() for poll in polls] == [InstanceStatus.RUNNING] * 2


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_nonsensical_time_of_the_service_is_ignored(service, year):
    service.reply(SKEWED.replace("now_date:2026", f"now_date:{year}"), http_status=400)

    with pytest.raises(AuthenticationError):
        status(service)

    assert len(service.requests) == 1


def test_a_stop_is_retried_and_an_ended_instance_is_reported(service):
    service.reply(HTML, http_status=503)
    service.reply(error("InvalidStateSetting", "already ended"), http_status=409)

    with pytest.raises(AlreadyTerminatedError):
        service.client().stop_instance(ID)

    assert [request.method for request in service.requests] == ["PUT", "PUT"]


def test_an_unknown_instance_does_not_exist(service):
    service.reply(error("ODPS-0420111", "gone"), http_status=404)

    assert service.client().exists_instance(ID) is False


def test_a_listing_that_repeats_a_marker_is_malformed(service):
    service.reply("<Instances><Marker>m</Marker></Instances>")

    with pytest.raises(MalformedResponseError, match="repeats"):
        list(service.client().list_instances())
