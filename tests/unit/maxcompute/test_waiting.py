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


class Polls:
    """Returns outcomes in order, the last one forever; its clock advances with each sleep."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.pauses = []

    def poll(self):
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, MaxComputeError):
            raise outcome
        return outcome

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
        ).until_terminated("i1", self.poll)


def server_error():
    return ServerError("<html>oops</html>", http_status=500)


def test_it_ends_with_the_instance():
    polls = Polls(RUNNING, InstanceStatus.SUSPENDED, RUNNING, RUNNING, TERMINATED)

    polls.wait()

    assert polls.pauses == [1, 2, 4, 4]


def test_it_survives_what_passes():
    polls = Polls(
        ConnectionFailedError("reset", was_sent=True),
        server_error(),
        MalformedResponseError("truncated"),
        ThrottledError("slow down", http_status=429),
        TERMINATED,
    )

    polls.wait()

    assert len(polls.pauses) == 4


def test_waiting_honours_retry_after():
    throttled = ThrottledError("slow", http_status=429, retry_after=timedelta(seconds=30))
    polls = Polls(throttled, TERMINATED)

    polls.wait()

    assert polls.pauses == [30]


def test_retry_after_never_exceeds_the_patience():
    century = ThrottledError("slow", http_status=429, retry_after=timedelta(days=36500))
    polls = Polls(century)

    with pytest.raises(ThrottledError):
        polls.wait(patience=timedelta(seconds=60))

    assert 60 <= sum(polls.pauses) < 70


def test_clocks_that_disagree_for_a_while_are_waited_through():
    skewed = AuthenticationError("skewed", http_status=400, code="RequestTimeTooSkewed")
    polls = Polls(skewed, skewed, TERMINATED)

    polls.wait()

    assert len(polls.pauses) == 2


def test_a_wrong_key_is_not_waited_through():
    polls = Polls(AuthenticationError("who?", http_status=401, code="Unauthorized"))

    with pytest.raises(AuthenticationError):
        polls.wait()

    assert polls.pauses == []


def test_patience_ends_without_a_good_response():
    polls = Polls(server_error())

    with pytest.raises(ServerError):
        polls.wait(patience=timedelta(seconds=60))

    assert 60 < sum(polls.pauses) < 70


def test_a_good_response_renews_patience():
    polls = Polls(*[server_error(), server_error(), RUNNING] * 20, TERMINATED)

    polls.wait(patience=timedelta(seconds=10))

    assert sum(polls.pauses) > 60


def test_a_plain_no_is_not_waited_through():
    polls = Polls(NotFoundError("gone", http_status=404))

    with pytest.raises(NotFoundError):
        polls.wait()

    assert polls.pauses == []


def test_it_gives_up_after_the_timeout_to_the_second():
    polls = Polls(RUNNING)

    with pytest.raises(WaitTimeoutError, match="i1"):
        polls.wait(timeout=timedelta(seconds=10))

    assert sum(polls.pauses) == 10


def test_an_end_in_the_last_moment_counts():
    polls = Polls(RUNNING, TERMINATED)

    polls.wait(timeout=timedelta(seconds=1))

    assert polls.pauses == [1]
