from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.maxcompute import (
    AuthenticationError,
    ConnectionFailedError,
    InstanceStatus,
    MalformedResponseError,
    MaxComputeError,
    NotFoundError,
    ServerError,
    ThrottledError,
    WaitTimeoutError,
)
from odps_bot.maxcompute.waiting import Wait

RUNNING, TERMINATED = InstanceStatus.RUNNING, InstanceStatus.TERMINATED


class Looks:
    """Answers one after the other, the last for ever; its clock moves when somebody sleeps."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.pauses = []

    def look(self):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, MaxComputeError):
            raise answer
        return answer

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)

    def wait(self, *, timeout=None, patience=timedelta(minutes=5)):
        Wait(
            interval=timedelta(seconds=1),
            max_interval=timedelta(seconds=4),
            timeout=timeout,
            patience=patience,
            clock=lambda: self.now,
            sleep=self.sleep,
        ).until_terminated("i1", self.look)


def server_error():
    return ServerError("<html>oops</html>", http_status=500)


def test_it_ends_with_the_instance():
    looks = Looks(RUNNING, InstanceStatus.SUSPENDED, RUNNING, RUNNING, TERMINATED)

    looks.wait()

    assert looks.pauses == [1, 2, 4, 4]


def test_it_survives_what_passes():
    looks = Looks(
        ConnectionFailedError("reset", was_sent=True),
        server_error(),
        MalformedResponseError("truncated"),
        ThrottledError("slow down", http_status=429),
        TERMINATED,
    )

    looks.wait()

    assert len(looks.pauses) == 4


def test_it_waits_as_long_as_the_service_asks():
    throttled = ThrottledError("slow", http_status=429, retry_after=timedelta(seconds=30))
    looks = Looks(throttled, TERMINATED)

    looks.wait()

    assert looks.pauses == [30]


def test_it_waits_no_longer_than_its_patience_whatever_the_service_asks():
    century = ThrottledError("slow", http_status=429, retry_after=timedelta(days=36500))
    looks = Looks(century)

    with pytest.raises(ThrottledError):
        looks.wait(patience=timedelta(seconds=60))

    assert 60 <= sum(looks.pauses) < 70


def test_clocks_that_disagree_for_a_while_are_waited_through():
    skewed = AuthenticationError("skewed", http_status=400, code="RequestTimeTooSkewed")
    looks = Looks(skewed, skewed, TERMINATED)

    looks.wait()

    assert len(looks.pauses) == 2


def test_a_wrong_key_is_not_waited_through():
    looks = Looks(AuthenticationError("who?", http_status=401, code="Unauthorized"))

    with pytest.raises(AuthenticationError):
        looks.wait()

    assert looks.pauses == []


def test_patience_ends_without_a_good_answer():
    looks = Looks(server_error())

    with pytest.raises(ServerError):
        looks.wait(patience=timedelta(seconds=60))

    assert 60 < sum(looks.pauses) < 70


def test_a_good_answer_renews_patience():
    looks = Looks(*[server_error(), server_error(), RUNNING] * 20, TERMINATED)

    looks.wait(patience=timedelta(seconds=10))

    assert sum(looks.pauses) > 60


def test_a_plain_no_is_not_waited_through():
    looks = Looks(NotFoundError("gone", http_status=404))

    with pytest.raises(NotFoundError):
        looks.wait()

    assert looks.pauses == []


def test_it_gives_up_after_the_timeout_to_the_second():
    looks = Looks(RUNNING)

    with pytest.raises(WaitTimeoutError, match="i1"):
        looks.wait(timeout=timedelta(seconds=10))

    assert sum(looks.pauses) == 10


def test_an_end_in_the_last_moment_counts():
    looks = Looks(RUNNING, TERMINATED)

    looks.wait(timeout=timedelta(seconds=1))

    assert looks.pauses == [1]
