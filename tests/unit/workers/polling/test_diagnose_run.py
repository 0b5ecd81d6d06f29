"""Side questions about an instance: what they find, and that they never do any harm."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from rq.timeouts import JobTimeoutException

from odps_bot.alerts.subscriptions import Wanted
from odps_bot.diagnosis.finding import Kind
from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.snapshots import Snapshot, SubStatus
from odps_bot.maxcompute import (
    ConnectionFailedError,
    HeldBackError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    StageProgress,
    StageWorkers,
    TaskProgress,
    ThrottledError,
    Worker,
)
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import RunState
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import OwnRateLimitError
from tests.unit.in_memory import FakeInstance
from workers.polling.diagnose_run import diagnose_run

SECOND = timedelta(seconds=1)
ID = "20261122120000000g1"
AGE_S = 200

TAIL = TaskProgress(
    stages=(
        StageProgress(
            name="J2_1_job_0",
            status="RUNNING",
            total_workers=50,
            terminated_workers=49,
            running_workers=1,
            input_records=104_000_000,
            output_records=0,
        ),
    )
)
BUSY = TaskProgress(
    stages=(StageProgress(name="M1", status="RUNNING", total_workers=50, running_workers=50),)
)
ODD = [
    PermissionDeniedError("no", http_status=403),
    NotFoundError("no", http_status=404),
    MalformedResponseError("cut"),
    ServerError("busy", http_status=503),
    HeldBackError("later", retry_after=SECOND),
    JobTimeoutException(),
]


class Task:
    """A task that answers as it was made; an exception is raised in place of an answer."""

    def __init__(self, progress=TAIL, workers=(), quotas=()):
        self.answers = {"progress": progress, "workers": workers, "quotas": quotas}
        self.asked = []

    def _give(self, name):
        self.asked.append(name)
        if isinstance(self.answers[name], Exception):
            raise self.answers[name]
        return self.answers[name]

    def get_progress(self):
        return self._give("progress")

    def get_stage_workers(self):
        return self._give("workers")

    def get_quota_usages(self):
        return self._give("quotas")


@pytest.fixture
def asked(services, make_run, noon):
    """Return a function that asks about a run, and returns it as it is then."""

    def asked(task, *, state=RunState.RUNNING, **questions):
        now = noon + AGE_S * SECOND
        services.clock.push(now - services.clock())
        services.stores.runs.add(
            make_run(state=state, instance_id=ID, started_at=noon, card_ts="1.1")
        )
        status = SubStatus(code=1042, description="Offline Job is running", since=noon)
        known = added((), Snapshot(at=now - 5 * SECOND, sub_status=status, queue_position=0))
        services.stores.recent_snapshots.keep({ID: known})
        instance = FakeInstance(ID)
        instance.get_task = lambda name: task
        services.maxcompute.instances[ID] = instance
        diagnose_run("0a1b2c", services, **{"may_ask_workers": True, **questions})
        return services.stores.runs.get("0a1b2c")

    return asked


@pytest.fixture
def skewed(noon):
    """The workers of a stage, the last of which has thirty times the records of the others."""
    last = Worker(
        id="Odps/x/J2_1#49_0",
        log_id="log49",
        stage="J2_1",
        status="Running",
        index=49,
        start_time=noon + 30 * SECOND,
        input_records=60_000_000,
    )
    stage = StageWorkers(
        stage="J2_1_job_0",
        at=noon + AGE_S * SECOND,
        ended=49,
        running=1,
        ended_mean_s=40,
        mean_input_records=3_160_000,
        max_input_records=60_000_000,
        mean_input_records_without_oldest=2_000_000,
        oldest=last,
        heaviest=last,
        youngest_age_s=170,
        running_s=170,
        running_input_records=60_000_000,
    )
    return (stage,)


def test_a_skew_is_found_and_told(asked, services, skewed):
    task = Task(workers=skewed)
    run = asked(task)

    assert task.asked == ["progress", "workers"]
    assert run.finding.kind is Kind.SKEW
    assert run.finding.worker == 49
    assert NotificationKind.FINDING in services.stores.outbox.waiting()
    assert services.jobs.named("deliver")
    assert services.maxcompute.purposes == [Purpose.SIDE_QUESTION]
    assert services.stores.side_questions.count == 2


def test_workers_are_not_asked_for_where_progress_shows_no_tail(asked, services):
    task = Task(progress=BUSY)
    asked(task)

    assert task.asked == ["progress"]


def test_workers_are_not_asked_for_where_the_plan_says_so(asked):
    task = Task()
    asked(task, may_ask_workers=False)

    assert task.asked == ["progress"]


@pytest.mark.parametrize("error", ODD)
@pytest.mark.parametrize("name", ["progress", "workers", "quotas"])
def test_what_is_refused_or_odd_is_not_known_and_no_more(asked, services, error, name):
    run = asked(Task(**{name: error}), asks_quota=True)

    assert run.state is RunState.RUNNING
    assert (run.failed_polls, run.unreachable_since, run.missing, run.refusal) == (
        0,
        None,
        None,
        None,
    )
    assert run.polls == 0
    assert run.next_poll_at is None


@pytest.mark.parametrize(
    "error",
    [
        ThrottledError("slowly", http_status=429, retry_after=SECOND),
        ConnectionFailedError("timed out", was_sent=True),
        JobTimeoutException(),
    ],
)
def test_workers_are_not_asked_for_again_soon_where_that_is_too_much(asked, services, error):
    asked(Task(workers=error))

    assert services.stores.side_questions.are_workers_paused


@pytest.mark.parametrize(
    "error",
    [
        HeldBackError("later", retry_after=SECOND),
        OwnRateLimitError("later", http_status=429, retry_after=SECOND),
        PermissionDeniedError("no", http_status=403),
    ],
)
def test_our_own_limits_and_refusals_say_nothing_of_that(asked, services, error):
    asked(Task(workers=error))

    assert not services.stores.side_questions.are_workers_paused


@pytest.mark.parametrize("state", [one for one in RunState if one is not RunState.RUNNING])
def test_nothing_is_asked_about_what_does_not_run(asked, services, state):
    task = Task()
    asked(task, state=state)

    assert task.asked == []


def test_what_was_asked_is_kept(asked, services, skewed):
    asked(Task(workers=skewed))

    last = services.stores.recent_snapshots.of(ID)[-1]
    assert last.stages[0].workers.ended == 49


def test_a_worker_that_dies_before_it_records_a_finding_loses_no_alert(
    asked, services, skewed, subscribe, monkeypatch
):
    channel = subscribe(channel_id="C2", wants=(Wanted.SICK,))
    with monkeypatch.context() as dying:
        dying.setattr(services.stores.runs, "apply_change", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            asked(Task(workers=skewed))

    [event] = services.stores.digests.pending[channel.id]
    assert event.finding.kind is Kind.SKEW
    assert set(services.stores.outbox.waiting()) == {NotificationKind.ALERT}

    assert asked(Task(workers=skewed)).finding.kind is Kind.SKEW
    assert {one.key for one in services.stores.digests.pending[channel.id]} == {event.key}
