"""One poll: what it asks, what it records, and when the next one comes."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import (
    AlreadyTerminatedError,
    ConnectionFailedError,
    GatewayError,
    HeldBackError,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TaskProgress,
    TaskState,
    ThrottledError,
)
from odps_bot.maxcompute.models.details import TaskCost
from odps_bot.runs import Cost, MilestoneCode, ReasonCode, RunState
from odps_bot.runs.outcome import Refusal
from odps_bot.runs.run import Missing, UnreadEnd
from odps_bot.store.sweeps import Trust
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.polling.poll import poll, poll_timed_out

SECOND = timedelta(seconds=1)
ID = "20261122120000000g1"
GOES_ON = statuses_of(TaskState.RUNNING, is_over=False)
SILENT = ConnectionFailedError("no route", was_sent=False)


@pytest.fixture
def polled(services, make_run, noon):
    """Return a function that polls a run and returns what is known of it then."""

    def told(name):
        return lambda _project, instance_id, *_, **__: services.swept.append((name, instance_id))

    services.swept = []
    services.stores.sweeps = SimpleNamespace(
        reading_trust=lambda _project: lambda: Trust(is_trusted=False, watched=0),
        polled=told("polled"),
        forget=told("ended"),
        remember_doubtful=told("doubtful"),
    )

    def polled(*, is_prompted=False, instance=None, **facts):
        usual = {"state": RunState.RUNNING, "instance_id": ID, "started_at": noon}
        services.stores.runs.add(make_run(**{**usual, **facts}))
        if instance is not None:
            services.maxcompute.instances[ID] = instance
        poll("0a1b2c", services, is_prompted=is_prompted)
        return services.stores.runs.get("0a1b2c")

    return polled


def goes_on(**facts):
    return FakeInstance(ID, statuses=GOES_ON, progress=TaskProgress(stages=()), **facts)


@pytest.mark.parametrize("state", [s for s in RunState if s.name not in {"RUNNING", "STOPPING"}])
def test_only_what_goes_on_is_polled(polled, services, state):
    assert polled(state=state).polls == 0
    assert services.jobs.enqueued == []


def test_the_next_poll_is_scheduled_in_place_of_the_last(polled, services, noon):
    scheduled = noon + timedelta(minutes=1)
    run = polled(instance=goes_on(), next_poll_at=scheduled, is_prompted=True)

    assert run.polls == 1
    assert services.jobs.enqueued == [
        ("cancel_poll", "0a1b2c", scheduled),
        ("poll_run", "0a1b2c", noon + SECOND),
    ]


def test_delivery_is_enqueued_where_there_is_something_to_say(polled, services):
    polled(instance=goes_on(), is_prompted=True)
    before = services.jobs.named("deliver")
    polled(instance=FakeInstance(statuses=statuses_of(TaskState.SUCCESS)), is_prompted=True)

    assert (before, services.jobs.named("deliver")) == ([], [()])


@pytest.mark.parametrize("is_prompted", [True, False])
def test_a_poll_before_its_time_asks_nobody_unless_prompted(polled, noon, is_prompted):
    run = polled(instance=goes_on(), next_poll_at=noon + 60 * SECOND, is_prompted=is_prompted)

    assert run.polls == (1 if is_prompted else 0)


def test_an_end_is_recorded_with_what_was_used(polled, services):
    used = TaskCost(cpu_percent_seconds=200, memory_mb_seconds=1_024, input_bytes=9)
    run = polled(instance=FakeInstance(statuses=statuses_of(TaskState.SUCCESS), task_cost=used))

    assert run.state is RunState.SUCCEEDED
    assert run.cost == Cost(input_bytes=9, cpu_core_s=2.0, memory_gb_s=1.0)
    assert services.stores.outbox.names == ["final:0a1b2c", "completion:0a1b2c", "progress:0a1b2c"]
    assert services.jobs.named("poll_run") == []


NOT_FOUND = NotFoundError("no", http_status=404)


@pytest.mark.parametrize(("polls", "is_over"), [(0, False), (1, False), (2, True)])
def test_an_instance_is_gone_when_maxcompute_has_said_so_three_times(polled, noon, polls, is_over):
    hour_ago = noon - 3_600 * SECOND
    missing = Missing(since=noon - 60 * SECOND, polls=polls) if polls else None
    run = polled(instance=FakeInstance(statuses=NOT_FOUND), started_at=hour_ago, missing=missing)

    assert run.is_final is is_over
    if is_over:
        assert (run.state, run.outcome.reason) == (RunState.UNKNOWN, ReasonCode.INSTANCE_GONE)


@pytest.mark.parametrize("error", [SILENT, PermissionDeniedError("no", http_status=403)])
def test_an_error_is_no_end(polled, noon, error):
    run = polled(instance=FakeInstance(statuses=error))

    assert (run.state, run.unreachable_since) == (RunState.RUNNING, noon)
    assert run.next_poll_at is not None


@pytest.mark.parametrize(("minutes", "state"), [(59, "running"), (60, "running"), (61, "unknown")])
def test_silence_beyond_the_patience_ends_it(polled, noon, minutes, state):
    run = polled(
        instance=FakeInstance(statuses=SILENT),
        unreachable_since=noon - timedelta(minutes=minutes),
        failed_polls=9,
    )

    assert run.state == state


CUT = MalformedResponseError("cut off")
SLOW = ConnectionFailedError("The response arrives too slowly.", was_sent=True)
REFUSED_ON_ITS_WAY = GatewayError("<html>too large</html>", http_status=403)
BUSY = ServerError("busy", http_status=503)


@pytest.mark.parametrize(
    ("error", "seconds", "is_told"),
    [
        (CUT, 20, False),
        (CUT, 21, True),
        (NOT_FOUND, 120, False),
        (NOT_FOUND, 121, True),
        (SLOW, 120, False),
        (SLOW, 121, True),
        (JobTimeoutException("60 seconds"), 121, True),
        (REFUSED_ON_ITS_WAY, 120, False),
        (REFUSED_ON_ITS_WAY, 121, True),
        (BUSY, 3_600, False),
        (BUSY, 3_601, True),
        (SILENT, 3_600, False),
    ],
)
def test_a_result_that_cannot_be_read_holds_up_an_end_for_a_while(
    polled, noon, error, seconds, is_told
):
    since = noon - seconds * SECOND
    unread = UnreadEnd(state=RunState.SUCCEEDED, ended_at=None, since=since, polls=2)
    ended = FakeInstance(statuses=statuses_of(TaskState.SUCCESS), results=error)
    run = polled(instance=ended, unread_end=unread)

    assert run.is_final is is_told
    if is_told:
        assert (run.state, run.outcome.reason) == (
            RunState.SUCCEEDED,
            ReasonCode.RESULT_UNREADABLE,
        )


def test_why_it_failed_holds_up_the_end_of_a_failure_as_well(polled, noon):
    since = noon - 121 * SECOND
    unread = UnreadEnd(state=RunState.FAILED, ended_at=None, since=since, polls=2)
    failed = FakeInstance(statuses=statuses_of(TaskState.FAILED), results=SLOW)
    run = polled(instance=failed, unread_end=unread)

    assert (run.state, run.outcome.reason) == (RunState.FAILED, ReasonCode.TASK_FAILED_SILENTLY)


def test_a_result_that_maxcompute_refuses_holds_up_nothing(polled):
    refusal = InvalidRequestError("too large", http_status=400)
    run = polled(instance=FakeInstance(statuses=statuses_of(TaskState.SUCCESS), results=refusal))

    assert (run.state, run.outcome.reason) == (RunState.SUCCEEDED, ReasonCode.RESULT_UNREADABLE)


def test_progress_that_cannot_be_read_is_no_failed_poll(polled):
    run = polled(instance=FakeInstance(statuses=GOES_ON, progress=BUSY))

    assert (run.polls, run.unreachable_since) == (1, None)


def test_usage_that_takes_too_long_to_read_holds_up_no_end(polled):
    late = JobTimeoutException("60 seconds")
    run = polled(instance=FakeInstance(statuses=statuses_of(TaskState.SUCCESS), task_cost=late))

    assert (run.state, run.cost) == (RunState.SUCCEEDED, None)


@pytest.mark.parametrize(("asked_s", "waited_s"), [(90, 90), (300, 300), (86_400, 300)])
def test_a_throttled_poll_is_no_failure_and_waits_as_long_as_it_is_told(
    polled, noon, asked_s, waited_s
):
    slow = ThrottledError("slow", http_status=429, retry_after=asked_s * SECOND)
    run = polled(instance=FakeInstance(statuses=slow))

    assert (run.failed_polls, run.next_poll_at) == (0, noon + waited_s * SECOND)


def test_our_own_rate_limit_leaves_what_maxcompute_has_said(polled, noon):
    ours = ThrottledError("Our own rate limit is used up.", http_status=429, retry_after=SECOND)
    said = Refusal(reason=ReasonCode.NOT_AUTHENTICATED, since=noon, message="expired", polls=3)
    run = polled(
        instance=FakeInstance(statuses=ours), refusal=said, unreachable_since=noon - SECOND
    )

    assert run.refusal == said


@pytest.mark.parametrize("is_out_of_reach", [False, True])
def test_a_poll_that_is_held_back_fails_only_where_others_got_no_response(
    polled, noon, is_out_of_reach
):
    error = HeldBackError("busy", retry_after=90 * SECOND, is_out_of_reach=is_out_of_reach)
    run = polled(instance=FakeInstance(statuses=error))

    assert run.failed_polls == int(is_out_of_reach)
    assert run.next_poll_at == noon + 90 * SECOND


def test_a_poll_that_took_longer_than_its_job_is_a_failed_one(polled, services, noon):
    polled(state=RunState.SUBMITTING)
    services.stores.runs.note("0a1b2c", state=RunState.RUNNING)
    poll_timed_out("0a1b2c", services)
    run = services.stores.runs.get("0a1b2c")

    assert (run.failed_polls, run.unreachable_since) == (1, noon)
    assert services.jobs.named("poll_run") == [("0a1b2c", noon + SECOND)]


@pytest.mark.parametrize(
    ("instance", "seen"),
    [
        (FakeInstance(statuses=SILENT), "doubtful"),
        (FakeInstance(statuses=NOT_FOUND), "doubtful"),
        (goes_on(), "polled"),
        (FakeInstance(statuses=statuses_of(TaskState.SUCCESS)), "ended"),
    ],
)
def test_sweeps_know_what_a_poll_has_seen(polled, services, instance, seen):
    polled(instance=instance)

    assert services.swept == [(seen, ID)]


class TestAPollBeforeItsTime:
    """The clock of the host that enqueued it is fast, or it is one too many."""

    @pytest.mark.parametrize(("early", "later"), [(3, 3), (9, 9), (600, 10)])
    def test_is_scheduled_once_more(self, polled, services, noon, early, later):
        scheduled = noon + early * SECOND
        polled(next_poll_at=scheduled)

        assert services.jobs.enqueued == [("poll_run", "0a1b2c", scheduled + later * SECOND)]

    def test_is_dropped_when_another_one_waits(self, polled, services, noon):
        scheduled = noon + 3 * SECOND
        services.jobs.poll_run("0a1b2c", at=scheduled)
        polled(next_poll_at=scheduled)

        assert services.jobs.enqueued == [("poll_run", "0a1b2c", scheduled)]


class TestAStop:
    @pytest.fixture
    def stopped(self, polled, noon):
        """Return a function that polls a run that somebody wants to stop."""

        def stopped(instance, **facts):
            asked = {"stop_requested_by": "U1", "stop_requested_at": noon}
            return polled(instance=instance, state=RunState.STOPPING, **asked, **facts)

        return stopped

    def test_is_sent_once(self, stopped):
        instance = goes_on()

        assert stopped(instance).is_stop_sent
        stopped(instance, is_stop_sent=True)
        assert instance.stops == 1

    def test_occupies_the_places_of_its_own_lane_only(self, stopped, services):
        stopped(goes_on())

        assert {purpose.value.lane for purpose in services.maxcompute.purposes} == {"stop"}

    def test_is_not_sent_to_what_has_ended(self, stopped):
        instance = FakeInstance(statuses=statuses_of(TaskState.SUCCESS))

        assert stopped(instance).state is RunState.SUCCEEDED
        assert instance.stops == 0

    @pytest.mark.parametrize(
        ("error", "stops"), [(SILENT, 0), (ServerError("", http_status=503), 1)]
    )
    def test_is_sent_although_the_status_is_not_known_unless_the_service_is_silent(
        self, stopped, error, stops
    ):
        instance = FakeInstance(statuses=error)
        stopped(instance)

        assert instance.stops == stops

    def test_that_comes_after_the_end_changes_nothing(self, stopped):
        error = AlreadyTerminatedError("invalid state setting", http_status=409)
        run = stopped(goes_on(stop_error=error))

        assert run.state is RunState.STOPPING

    def test_that_is_refused_lets_the_run_go_on_and_says_why(self, stopped):
        run = stopped(goes_on(stop_error=PermissionDeniedError("no", http_status=403)))

        assert run.state is RunState.RUNNING
        [refused] = [m for m in run.milestones if m.code is MilestoneCode.STOP_REFUSED]
        assert refused.outcome.reason is ReasonCode.NO_PERMISSION

    def test_waits_as_long_as_maxcompute_asks(self, stopped, noon):
        error = ThrottledError("slow", http_status=429, retry_after=20 * SECOND)
        run = stopped(goes_on(stop_error=error))

        assert not run.is_stop_sent
        assert run.stop_retry_at == noon + 20 * SECOND


class Flow(FakeInstance):
    """An instance of an XFlow whose steps cannot be read."""

    @property
    def endpoints(self):
        raise SILENT


@pytest.mark.parametrize(("sql", "has_used"), [("select 1", True), ("pai -name Split", False)])
def test_a_flow_has_used_nothing_itself(polled, sql, has_used):
    used = TaskCost(cpu_percent_seconds=1, memory_mb_seconds=1, input_bytes=1)
    run = polled(sql=sql, instance=Flow(statuses=statuses_of(TaskState.SUCCESS), task_cost=used))

    assert run.state is RunState.SUCCEEDED
    assert (run.cost is not None) is has_used
