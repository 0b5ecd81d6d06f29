"""What one instance's end, or its slowness, is to those who subscribed to its project."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from odps_bot.alerts.digests import HiddenFailure, Outcome
from odps_bot.alerts.observations import Observation, Running
from odps_bot.alerts.subscriptions import Wanted
from odps_bot.history.past_run import PastRun, statement_of
from odps_bot.maxcompute import (
    InstanceSource,
    InstanceStatus,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TaskResult,
    TaskSource,
    TaskState,
    TaskStatuses,
)
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import RunState
from odps_bot.sql.fingerprint import statement_fingerprint
from tests.unit.in_memory import NOON, FakeInstance, statuses_of
from workers.polling.instance_activity import detect_finished, detect_slow, read_statement

ID = "20261122110000000g1"
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
FORBIDDEN = PermissionDeniedError("no", http_status=403)
BUSY = ServerError("busy", http_status=503)
SQL = "select * from orders"


def source_of(sql, *, guid=None):
    task = TaskSource(name="t", type="SQL", query=sql, settings={}, properties={})
    return InstanceSource(guid=guid, priority=9, tasks=(task,))


def failed(text="ODPS-0130071: no such column", **facts):
    result = TaskResult(task_name="t", format="text", text=text, status=TaskState.FAILED)
    usual = {"results": {"t": result}, "source": source_of(SQL)}
    return FakeInstance(ID, statuses=statuses_of(TaskState.FAILED), **{**usual, **facts})


@pytest.fixture
def seen(noon):
    """An instance that a sweep saw start an hour ago."""
    return Observation(instance_id=ID, owner="ann", started_at=noon - 60 * MINUTE, found_at=noon)


@pytest.fixture
def finished(services, seen, noon):
    """Return a function that polls an ended instance; returns who is told, and of what."""

    def finished(instance, *, observation=seen, **options):
        services.maxcompute.instances[ID] = instance
        everybody = services.stores.subscriptions.to("sandbox")
        found = detect_finished("sandbox", observation, everybody, services, now=noon, **options)
        finished.past = found and found.past
        return found and found.notified, services.stores.digests.pending

    return finished


def ended(instance, at):
    """Return the instance with the end of its tasks."""
    tasks = {n: replace(task, end_time=at) for n, task in instance.statuses.tasks.items()}
    instance.statuses = TaskStatuses(instance_status=InstanceStatus.TERMINATED, tasks=tasks)
    return instance


def test_a_failure_is_told_with_its_error_statement_and_duration(finished, subscribe, noon):
    channel = subscribe(created_at=noon - 60 * MINUTE)
    told, pending = finished(ended(failed(), noon - 10 * MINUTE))

    assert told == {channel.id}
    [event] = pending[channel.id]
    assert event.outcome is Outcome.FAILED
    assert (event.error, event.sql) == ("ODPS-0130071: no such column", SQL)
    assert (event.at, event.took) == (noon - 10 * MINUTE, 50 * MINUTE)


@pytest.mark.parametrize(
    ("state", "wants", "is_told"),
    [
        (TaskState.FAILED, Wanted.FAILURES, True),
        (TaskState.FAILED, Wanted.SLOW, False),
        (TaskState.SUCCESS, Wanted.FAILURES, False),
        (TaskState.SUCCESS, Wanted.ALL, True),
        (TaskState.CANCELLED, Wanted.FAILURES, False),
        (TaskState.CANCELLED, Wanted.ALL, True),
    ],
)
def test_each_channel_hears_what_it_wants(finished, subscribe, state, wants, is_told):
    subscribe(wants=(wants,))

    instance = FakeInstance(ID, statuses=statuses_of(state), source=source_of(SQL))
    assert bool(finished(instance)[0]) is is_told


@pytest.mark.parametrize(("seconds", "is_told"), [(4, True), (5, True), (6, False)])
def test_what_ended_before_a_subscription_is_not_told_but_for_the_skew_of_clocks(
    finished, subscribe, noon, seconds, is_told
):
    subscribe(created_at=noon + seconds * SECOND)

    assert bool(finished(ended(failed(), noon))[0]) is is_told


def test_what_runs_again_is_watched_on(finished, services, subscribe):
    subscribe()
    running = FakeInstance(ID, statuses=statuses_of(TaskState.RUNNING, is_over=False))

    assert finished(running)[0] == set()
    assert list(services.stores.observations.known) == [ID]


def test_what_is_suspended_is_polled_again(finished, subscribe):
    subscribe()
    suspended = TaskStatuses(instance_status=InstanceStatus.SUSPENDED, tasks={})

    assert finished(FakeInstance(ID, statuses=suspended))[0] is None


def test_estimates_are_no_jobs(finished, subscribe):
    subscribe()

    assert finished(FakeInstance(ID, statuses=statuses_of(TaskState.FAILED, type="SQLCost"))) == (
        set(),
        {},
    )


@pytest.mark.parametrize(("length", "kept"), [(1_999, 1_999), (2_000, 2_000), (2_001, 2_000)])
def test_2000_characters_are_kept_of_an_error(finished, subscribe, length, kept):
    channel = subscribe()
    _, pending = finished(failed("x" * length))

    assert len(pending[channel.id][0].error) == kept


@pytest.mark.parametrize(("length", "kept"), [(400, 400), (401, 400)])
def test_400_characters_are_kept_of_a_statement(finished, subscribe, length, kept):
    channel = subscribe()
    _, pending = finished(failed(source=source_of("x" * length)))

    assert len(pending[channel.id][0].sql) == kept


def test_what_may_not_be_read_is_told_without(finished, subscribe):
    channel = subscribe()
    _, pending = finished(failed(results=FORBIDDEN, source=FORBIDDEN))

    assert (pending[channel.id][0].error, pending[channel.id][0].sql) == (None, None)


@pytest.mark.parametrize("facts", [{"results": BUSY}, {"source": BUSY}])
def test_what_cannot_be_read_for_now_is_asked_for_again(finished, subscribe, facts):
    subscribe()

    with pytest.raises(ServerError):
        finished(failed(**facts))


def test_a_channel_that_has_its_card_is_not_told_and_others_do_not_see_the_statement(
    finished, services, subscribe, make_run
):
    services.stores.runs.add(make_run(instance_id=ID, channel_id="C1"))
    its_own, other = subscribe(channel_id="C1"), subscribe(channel_id="C2")
    told, pending = finished(failed())

    assert told == {other.id}
    assert its_own.id not in pending
    [event] = pending[other.id]
    assert (event.sql, event.error) == (None, None)
    assert event.hidden == HiddenFailure(name="semantic-error", code="ODPS-0130071")


def test_the_run_is_known_by_its_guid_before_its_instance_is(
    finished, services, subscribe, make_run
):
    services.stores.runs.add(make_run(state=RunState.SUBMITTING))
    subscribe(channel_id="C1")

    assert finished(failed(source=source_of(SQL, guid="0a1b2c")))[0] == set()


@pytest.mark.parametrize(
    ("seconds", "options", "is_kept"),
    [
        (1, {}, False),
        (2, {}, True),
        (19, {"keeps_short": False}, False),
        (20, {"keeps_short": False}, True),
    ],
)
def test_successes_from_two_seconds_on_are_history(finished, subscribe, seconds, options, is_kept):
    subscribe()
    success = FakeInstance(ID, statuses=statuses_of(TaskState.SUCCESS), source=source_of(SQL))
    began = Observation(instance_id=ID, started_at=NOON - seconds * SECOND, found_at=NOON)
    finished(success, observation=began, **options)

    assert (finished.past is not None and finished.past.run_s == seconds) is is_kept


def test_waits_are_told_apart_from_runs(finished, subscribe, seen):
    subscribe()
    success = FakeInstance(ID, statuses=statuses_of(TaskState.SUCCESS), source=source_of(SQL))
    began = msgspec.structs.replace(seen, execution_began_at=seen.started_at + 10 * MINUTE)
    finished(success, observation=began)

    assert (finished.past.wait_s, finished.past.run_s) == (600, 3_000)


def test_the_success_of_a_run_is_kept_by_its_poll(finished, services, subscribe, make_run):
    services.stores.runs.add(make_run(state=RunState.RUNNING, instance_id=ID))
    subscribe()
    finished(FakeInstance(ID, statuses=statuses_of(TaskState.SUCCESS), source=source_of(SQL)))

    assert finished.past is None


@pytest.mark.parametrize("error", [FORBIDDEN, BUSY])
def test_a_success_is_told_although_its_statement_cannot_be_read(finished, subscribe, error):
    channel = subscribe(wants=(Wanted.ALL,))
    success = FakeInstance(ID, statuses=statuses_of(TaskState.SUCCESS), source=error)

    assert finished(success)[0] == {channel.id}
    assert finished.past is None


class TestSlow:
    @pytest.fixture
    def slow(self, services, seen):
        """Return a function that says who is told of an instance of that age."""

        def slow(age, **facts):
            running = Running(observation=seen, **facts)
            everybody = services.stores.subscriptions.to("sandbox")
            return detect_slow(running, everybody, services, now=seen.started_at + age)

        return slow

    @pytest.mark.parametrize(("minutes", "is_told"), [(29, False), (30, True)])
    def test_without_history_half_an_hour_is_slow(self, slow, subscribe, minutes, is_told):
        subscribe(wants=(Wanted.SLOW,))

        assert bool(slow(minutes * MINUTE)[1]) is is_told

    @pytest.mark.parametrize(("minutes", "told"), [(6, []), (7, ["C7"]), (8, ["C7", "C8"])])
    def test_each_channel_may_have_a_time_of_its_own(self, slow, subscribe, minutes, told):
        subscribe(channel_id="C7", slow_after=7 * MINUTE)
        subscribe(channel_id="C8")
        known, names = slow(minutes * MINUTE, slow_after=8 * MINUTE, usual=2 * MINUTE)

        assert sorted(name[-2:] for name in names) == told
        assert sorted(name[-2:] for name in known.notified) == told

    def test_a_channel_is_told_once(self, slow, subscribe):
        channel = subscribe()

        assert slow(60 * MINUTE, notified=(channel.id,))[1] == set()

    @pytest.fixture
    def known(self, services, seen):
        """Return a function that reads the statement, which ran so long before."""

        def known(*minutes, wait_s=None):
            services.maxcompute.instances[ID] = FakeInstance(ID, source=source_of(SQL, guid="g"))
            at = int(seen.started_at.timestamp())
            services.stores.history.kept["sandbox", statement_of(SQL)] = [
                PastRun(f"i{n}", at, 60.0 * one, wait_s) for n, one in enumerate(minutes)
            ]
            return read_statement("sandbox", Running(observation=seen), services)

        return known

    def test_eight_runs_of_a_statement_say_what_is_usual(self, known):
        found = known(*[10] * 8)

        assert (found.usual, found.runs) == (10 * MINUTE, 8)
        assert 15 * MINUTE <= found.slow_after <= 16 * MINUTE
        assert (found.sql, found.run_id) == (SQL, "g")

    @pytest.mark.parametrize(("minutes", "limit"), [([10] * 7, 30), ([45, 60], 180), ([], 30)])
    def test_fewer_runs_alarm_nobody_soon(self, known, minutes, limit):
        assert known(*minutes).slow_after == limit * MINUTE

    def test_the_durations_of_earlier_versions_count_until_there_are_others(self, services, known):
        history = {statement_fingerprint(SQL): [2 * MINUTE, 3 * MINUTE, 10 * MINUTE]}
        services.stores.observations.history = history
        found = known()

        assert (found.usual, found.slow_after) == (3 * MINUTE, 9 * MINUTE)
        assert known(1).slow_after == 30 * MINUTE

    def test_what_waits_long_is_not_taken_for_what_runs_long(self, services, subscribe, known):
        channel = subscribe(wants=(Wanted.SLOW,))
        found = known(*[10] * 8, wait_s=30.0)
        everybody = services.stores.subscriptions.to("sandbox")
        started = found.observation.started_at
        for minutes, is_told in ((4, False), (5, True)):
            now = started + minutes * MINUTE
            _, told = detect_slow(found, everybody, services, now=now, is_waiting=True)
            assert (told == {channel.id}) is is_told
        event = services.stores.digests.pending[channel.id][-1]
        assert (event.is_waiting, event.usual, event.took) == (True, 30 * SECOND, 5 * MINUTE)

        began = msgspec.structs.replace(found.observation, execution_began_at=started + 60 * MINUTE)
        found = msgspec.structs.replace(found, observation=began)
        now = started + 70 * MINUTE
        assert detect_slow(found, everybody, services, now=now)[1] == set()

    @pytest.mark.parametrize("error", [FORBIDDEN, BUSY])
    def test_a_statement_that_cannot_be_read_has_no_history(self, services, seen, error):
        services.maxcompute.instances[ID] = FakeInstance(ID, source=error)
        known = read_statement("sandbox", Running(observation=seen), services)

        assert (known.usual, known.slow_after, known.sql) == (None, 30 * MINUTE, None)


def test_what_a_sweep_asks_of_an_instance_takes_no_place_of_polls(services, noon):
    services.maxcompute.instances[ID] = FakeInstance(
        ID, statuses=statuses_of(TaskState.SUCCESS), source=source_of(SQL)
    )
    observation = Observation(instance_id=ID, owner="alice", started_at=noon, found_at=noon)
    detect_finished("sandbox", observation, [], services, now=noon)
    read_statement("sandbox", Running(observation=observation), services)

    assert services.maxcompute.purposes == [Purpose.SWEEP] * 2


NO_TASKS = NotFoundError("no tasks", http_status=404)


def test_a_failure_is_told_though_its_tasks_are_refused(finished, subscribe):
    channel = subscribe()
    instance = failed(status=InstanceStatus.TERMINATED)
    instance.statuses = NO_TASKS
    told, pending = finished(instance)

    assert told == {channel.id}
    assert pending[channel.id][0].error == "ODPS-0130071: no such column"


def test_how_it_ended_is_asked_for_again_where_nobody_tells(finished, subscribe):
    subscribe()
    silent = FakeInstance(ID, statuses=NO_TASKS, status=InstanceStatus.TERMINATED)

    with pytest.raises(NotFoundError):
        finished(silent)


def test_what_runs_is_not_taken_for_ended_though_its_tasks_are_refused(finished, subscribe):
    subscribe()
    running = FakeInstance(ID, statuses=NO_TASKS, status=InstanceStatus.RUNNING)

    assert finished(running)[0] == set()


def test_of_several_tasks_only_the_failed_ones_say_why(finished, subscribe):
    channel = subscribe()
    results = {
        "t0": TaskResult(task_name="t0", format="csv", text='"salary"\n9\n'),
        "t1": TaskResult(task_name="t1", format="text", text="ODPS-0130131: no table"),
    }
    both = statuses_of(TaskState.SUCCESS, TaskState.FAILED)
    instance = FakeInstance(ID, statuses=both, results=results, source=source_of(SQL))

    assert finished(instance)[1][channel.id][0].error == "ODPS-0130131: no table"
