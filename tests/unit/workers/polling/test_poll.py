"""One poll: what it asks, what it records, and when the next one comes."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from odps_bot.maxcompute import (
    AlreadyTerminatedError,
    ConnectionFailedError,
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
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.polling.poll import poll

SECOND = timedelta(seconds=1)
ID = "20261122120000000g1"
GOES_ON = statuses_of(TaskState.RUNNING, is_over=False)
SILENT = ConnectionFailedError("no route", was_sent=False)


@pytest.fixture
def polled(services, make_run, noon):
    """Return a function that polls a run and returns what is known of it then."""
    services.stores.sweeps = SimpleNamespace(
        are_trusted=lambda _project: False, polled=lambda *_names: None
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


def test_an_instance_that_is_gone_ends_the_run(polled, services):
    services.maxcompute.instances[ID] = NotFoundError("no", http_status=404)
    run = polled()

    assert (run.state, run.outcome.reason) == (RunState.UNKNOWN, ReasonCode.INSTANCE_GONE)


@pytest.mark.parametrize("error", [SILENT, PermissionDeniedError("no", http_status=403)])
def test_an_error_is_no_end(polled, noon, error):
    run = polled(instance=FakeInstance(statuses=error))

    assert (run.state, run.unreachable_since) == (RunState.RUNNING, noon)
    assert run.next_poll_at is not None


@pytest.mark.parametrize(("minutes", "state"), [(59, "running"), (60, "running"), (61, "unknown")])
def test_silence_beyond_the_patience_ends_it(polled, noon, minutes, state):
    run = polled(
        instance=FakeInstance(statuses=SILENT), unreachable_since=noon - timedelta(minutes=minutes)
    )

    assert run.state == state


@pytest.mark.parametrize(("seconds", "is_told"), [(19, False), (20, False), (21, True)])
def test_a_result_that_cannot_be_read_holds_up_an_end_for_twenty_seconds(
    polled, noon, seconds, is_told
):
    cut = FakeInstance(
        statuses=statuses_of(TaskState.SUCCESS), results=MalformedResponseError("cut off")
    )
    run = polled(instance=cut, unreachable_since=noon - seconds * SECOND)

    assert run.is_final is is_told
    if is_told:
        assert run.outcome.reason is ReasonCode.RESULT_UNREADABLE


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
