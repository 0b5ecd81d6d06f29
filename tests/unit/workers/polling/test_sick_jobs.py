"""What holds jobs up is told to channels that subscribed to it, whoever started the jobs."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest

from odps_bot.alerts.observations import Observation, Running
from odps_bot.alerts.subscriptions import Wanted
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.history.past_run import PastRun, statement_of
from odps_bot.maxcompute import (
    InstanceStatus,
    QueueingInfo,
    ServerError,
    StageProgress,
    TaskProgress,
    TaskSource,
)
from odps_bot.maxcompute.models.instances import InstanceSource
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import Change, RunState
from odps_bot.store.notification_kind import NotificationKind
from tests.unit.in_memory import FakeInstance
from workers.polling import sick_jobs
from workers.polling.sick_jobs import detect_sick, note_sick_run
from workers.polling.sweep_lease import SweepLease

MINUTE = timedelta(minutes=1)

PLANS, WAITS, RUNS = 1240, 1041, 1042
SKEW = Finding(
    kind=Kind.SKEW,
    since=datetime(2026, 11, 22, 12, tzinfo=UTC),
    confidence=Confidence.SURE,
    remedy=Remedy.MAP_JOIN,
    numbers={"ratio": 30},
    names=("secret_table",),
    hints={"a": "b"},
)


@pytest.fixture
def jobs(services):
    """Jobs of the project by instance, and what the list says of them."""
    return SimpleNamespace(running={}, listed={})


@pytest.fixture
def a_job(services, jobs):
    """Return a function that lets a job be listed."""

    def a_job(name="i1", *, code=WAITS, minutes=5, owner="ann"):
        now = services.clock()
        observation = Observation(
            instance_id=name, owner=owner, started_at=now - minutes * MINUTE, found_at=now
        )
        jobs.running[name] = Running(observation=observation)
        jobs.listed[name] = QueueingInfo(
            instance_id=name,
            status=InstanceStatus.RUNNING,
            sub_status_code=code,
            sub_status_start_time=now - minutes * MINUTE,
            task_type="SQL",
        )
        task = TaskSource(name="t", type="SQL", query="select 1", settings={}, properties={})
        services.maxcompute.instances.setdefault(
            name,
            FakeInstance(name, source=InstanceSource(guid=None, priority=9, tasks=(task,))),
        )

    return a_job


@pytest.fixture
def sweep(services, jobs):
    """Return a function that sweeps once; it returns which subscriptions are notified."""

    def sweep():
        lease = SweepLease("sandbox", SimpleNamespace(renew=lambda *_names: True))
        everybody = services.stores.subscriptions.to("sandbox")
        changed, notified = detect_sick(
            "sandbox", jobs.running, everybody, lease, services, listed=jobs.listed
        )
        jobs.running |= changed
        return notified

    return sweep


def events(services, channel):
    return services.stores.digests.pending[channel.id]


def test_a_job_that_waits_for_its_quota_is_told_once(services, subscribe, a_job, sweep):
    channel = subscribe(wants=(Wanted.SICK,))
    a_job()

    assert sweep() == {channel.id}
    [event] = events(services, channel)
    assert (event.finding.kind, event.owner, event.took) == (Kind.WAIT_QUOTA, "ann", 5 * MINUTE)
    services.clock.push(timedelta(seconds=5))
    assert sweep() == set()


def test_a_list_of_files_that_is_always_read_for_so_long_is_no_news(
    services, subscribe, a_job, sweep
):
    subscribe(wants=(Wanted.SICK,))
    a_job(code=PLANS)
    at = int(services.clock().timestamp())
    usual = [PastRun(f"p{n}", at - n, 600.0, planning_s=900.0) for n in range(5)]
    services.stores.history.kept["sandbox", statement_of("select 1")] = usual

    assert sweep() == set()
    assert sweep() == set()
    assert services.maxcompute.purposes.count(Purpose.SWEEP) == 1  # its statement is read once


@pytest.mark.parametrize("wants", [(Wanted.FAILURES,), (Wanted.SLOW,), (Wanted.ALL,)])
def test_only_who_asked_for_sick_jobs_is_told(services, subscribe, a_job, sweep, wants):
    subscribe(wants=wants)
    a_job()

    assert sweep() == set()
    assert services.maxcompute.purposes == []


def test_owners_that_nobody_wants_are_left_alone(subscribe, a_job, sweep):
    subscribe(wants=(Wanted.SICK,), owners=("bob",))
    a_job()

    assert sweep() == set()


def test_a_young_or_healthy_job_is_no_news(subscribe, a_job, sweep):
    subscribe(wants=(Wanted.SICK,))
    a_job("young", minutes=0.9)
    a_job("healthy", code=RUNS)

    assert sweep() == set()


def test_where_nothing_is_diagnosed_nothing_is_told(services, subscribe, a_job, sweep):
    subscribe(wants=(Wanted.SICK,))
    off = msgspec.structs.replace(services.rules.diagnosis, enabled=False)
    services.rules = msgspec.structs.replace(services.rules, diagnosis=off)
    a_job()

    assert sweep() == set()


def test_progress_is_asked_of_three_that_run_and_then_of_others(
    services, subscribe, a_job, sweep, monkeypatch
):
    subscribe(wants=(Wanted.SICK,))
    asked = []
    stage = StageProgress(
        name="M1",
        status="Running",
        terminated_workers=0,
        running_workers=1,
        total_workers=2,
        finished_percentage=0,
    )
    for n in range(5):
        a_job(f"i{n}", code=RUNS, minutes=10 - n)
        progress = TaskProgress(stages=(stage,))
        task = SimpleNamespace(get_progress=lambda n=n, p=progress: asked.append(n) or p)
        monkeypatch.setattr(
            services.maxcompute.instances[f"i{n}"], "get_task", lambda _name, task=task: task
        )

    sweep()
    assert asked == [0, 1, 2]
    services.clock.push(timedelta(seconds=5))
    sweep()
    assert sorted(asked) == [0, 1, 2, 3, 4]
    assert set(services.maxcompute.purposes) == {Purpose.SIDE_QUESTION}


def test_progress_that_is_not_told_holds_nothing_up(services, subscribe, a_job, sweep, monkeypatch):
    channel = subscribe(wants=(Wanted.SICK,))
    a_job("i1", code=RUNS)
    a_job("i2")

    def refuse():
        raise ServerError("busy", http_status=503)

    task = SimpleNamespace(get_progress=refuse)
    monkeypatch.setattr(services.maxcompute.instances["i1"], "get_task", lambda _name: task)

    assert sweep() == {channel.id}


def test_a_rule_that_fails_costs_a_finding_and_no_sweep(subscribe, a_job, sweep, monkeypatch):
    subscribe(wants=(Wanted.SICK,))
    a_job()

    def fail(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(sick_jobs, "diagnose", fail)
    assert sweep() == set()


class TestFollowedRuns:
    @pytest.fixture
    def run(self, services, make_run):
        run = make_run(
            state=RunState.RUNNING,
            instance_id="i1",
            started_at=services.clock() - 5 * MINUTE,
            finding=SKEW,
        )
        services.stores.runs.add(run)
        return run

    def test_are_told_to_other_channels_without_what_their_statement_says(
        self, services, subscribe, run
    ):
        own, other = (
            subscribe(channel_id="C1", wants=(Wanted.SICK,)),
            subscribe(channel_id="C2", wants=(Wanted.SICK,)),
        )
        note_sick_run(Change(run=run, notifications=(NotificationKind.FINDING,)), services)

        assert events(services, own) == []
        [event] = events(services, other)
        assert (event.finding.kind, event.finding.names, event.sql) == (Kind.SKEW, (), None)
        assert event.finding.hints == {}

    @pytest.mark.parametrize(
        ("facts", "kinds"),
        [
            ({}, (NotificationKind.CARD,)),
            ({"finding": None}, (NotificationKind.FINDING,)),
            ({"finding_over_at": SKEW.since}, (NotificationKind.FINDING,)),
            ({"state": RunState.SUCCEEDED}, (NotificationKind.FINDING,)),
        ],
    )
    def test_are_told_when_a_finding_is_new(self, services, subscribe, run, facts, kinds):
        other = subscribe(channel_id="C2", wants=(Wanted.SICK,))
        changed = msgspec.structs.replace(run, **facts)
        note_sick_run(Change(run=changed, notifications=kinds), services)

        assert events(services, other) == []
