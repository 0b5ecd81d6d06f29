"""Polls that the service holds until the instance ends, and services that do not."""

from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.maxcompute import ConnectionFailedError, InstanceStatus, NotFoundError, ServerError

ID = "20260101000000123gabcdefgh2"
RUNNING = "<Instance><Status>Running</Status></Instance>"
TERMINATED = "<Instance><Status>Terminated</Status></Instance>"
REFUSAL = "<Error><Code>{}</Code><Message>no</Message></Error>"
HELD, PLAIN = "instancestatus&curr_project=test_project", "curr_project=test_project"


def queries(service):
    return [target.partition("?")[2] for target in service.sent]


class Service:
    """Holds polls for so long, by a clock of its own."""

    def __init__(self, service, hold):
        self.now, self._hold, self._left = datetime(2026, 1, 1, tzinfo=UTC), hold, 3
        service.reply(self.answer)
        self.client = service.client(clock=lambda: self.now)

    def answer(self, request):
        if "instancestatus" in request.params:
            self.now += self._hold
        self._left -= 1
        return (RUNNING if self._left else TERMINATED), 200


def test_a_wait_goes_from_one_held_poll_to_the_next(service):
    held = Service(service, timedelta(seconds=5))

    held.client.get_instance(ID).wait_for_completion()

    assert queries(service) == [HELD] * 3
    assert service.pauses == []


def test_a_service_that_answers_at_once_is_polled_at_intervals(service):
    quick = Service(service, timedelta())

    quick.client.get_instance(ID).wait_for_completion()

    assert queries(service) == [HELD, PLAIN, PLAIN]
    assert service.pauses == [1, 2]


@pytest.mark.parametrize(
    ("body", "http_status"),
    [
        (REFUSAL.format("InvalidParameter"), 400),
        (REFUSAL.format("NoSuchObject"), 404),
        (REFUSAL.format("MethodNotAllowed"), 405),
        ("<html>not allowed</html>", 405),
        ("<html>what?</html>", 200),
    ],
)
def test_a_service_that_refuses_the_parameter_is_asked_plainly(service, body, http_status):
    def answer(request):
        return (body, http_status) if "instancestatus" in request.params else (RUNNING, 200)

    service.reply(answer)
    client = service.client()

    for instance_id in (ID, ID[:-1] + "3"):
        instance = client.get_instance(instance_id)
        assert instance.get_status(blocking=True) is InstanceStatus.RUNNING
        assert not instance.was_held

    held = queries(service).count(HELD)
    assert queries(service) == [HELD] * held + [PLAIN, PLAIN]


def test_an_unknown_instance_says_nothing_of_the_service(service):
    service.reply(REFUSAL.format("NoSuchObject"), http_status=404)
    client = service.client()

    for _ in range(2):
        with pytest.raises(NotFoundError):
            client.get_instance(ID).get_status(blocking=True)

    assert queries(service) == [HELD, PLAIN] * 2


def test_a_held_response_may_come_later_than_others(service):
    service.reply(RUNNING, fault="silence")
    impatient = service.client(read_timeout=timedelta(seconds=0.2))

    assert impatient.get_instance(ID).get_status(blocking=True) is InstanceStatus.RUNNING
    assert queries(service) == [HELD]


def test_a_proxy_that_does_not_wait_so_long_is_polled_plainly_for_a_while(service):
    def answer(request):
        is_held = "instancestatus" in request.params
        return ("<html>gateway time-out</html>", 504) if is_held else (RUNNING, 200)

    service.reply(answer)
    instance = service.client().get_instance(ID)

    with pytest.raises(ServerError):
        instance.get_status(blocking=True)

    assert instance.get_status(blocking=True) is InstanceStatus.RUNNING
    assert queries(service)[-1] == PLAIN


def test_a_cut_connection_is_polled_plainly_for_a_while(service):
    service.reply("", fault="reset")
    client = service.client()

    with pytest.raises(ConnectionFailedError):
        client.get_instance(ID).get_status(blocking=True)
    assert set(queries(service)) == {HELD}
    service.replies.clear()
    service.reply(RUNNING)
    client.get_instance(ID).get_status(blocking=True)

    assert queries(service)[-1] == PLAIN


def test_what_interactive_instances_do_says_nothing_of_others(service):
    quick = Service(service, timedelta())
    quick._left = 99
    interactive = quick.client.get_instance(f"{ID}_mcqa")

    assert quick.client.are_polls_held(interactive)
    interactive.get_status(blocking=True)

    assert not quick.client.are_polls_held(interactive)
    assert quick.client.are_polls_held(ID)
