"""What is overdue is enqueued again, by one worker a second."""

import logging
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from redis.exceptions import ConnectionError as NoRedisError

from odps_bot.config.rules import Role, Rules
from odps_bot.runs import RunState
from odps_bot.store.notification_kind import NotificationKind as Kind
from workers.runtime import reconciler
from workers.runtime.reconciler import (
    LEASE,
    RECONCILE_INTERVAL,
    detect_data_loss,
    reconcile_once,
    reconcile_until,
)


class Redis:
    """Keys that are set once."""

    def __init__(self):
        self.kept, self.lives = {}, {}
        self.connection_pool = SimpleNamespace(disconnect=lambda **_: None)

    def set(self, key, value, *, nx, px=None):
        if key in self.kept:
            return None
        self.kept[key] = str(value).encode()
        self.lives[key] = px
        return True

    def get(self, key):
        return self.kept.get(key)


@pytest.fixture
def services(services):
    services.redis = Redis()
    services.turns, services.counted = {"ads"}, []
    services.stores.sweeps = SimpleNamespace(
        take_turn=lambda project: project in services.turns,
        watched_projects=lambda known: [*known, *services.former],
        count_watched=services.counted.append,
        unswept=lambda project, *, polled_before, limit: services.unswept[:limit],
        request_polls=list,
    )
    services.former, services.unswept = [], []
    services.boards = []
    services.stores.boards = SimpleNamespace(
        has_any=lambda: bool(services.boards), claim_turns=lambda _now: services.boards
    )
    services.stores.memberships = SimpleNamespace(take_turn=lambda: True)
    return services


def overdue(services, make_run, *states):
    for n, state in enumerate(states):
        services.stores.runs.add(make_run(run_id=f"r{n}", state=state))
        services.stores.runs.overdue.append(f"r{n}")


def test_it_happens_once_a_second():
    assert timedelta(seconds=1) == RECONCILE_INTERVAL
    assert timedelta(seconds=15) == LEASE


def test_one_worker_does_it_at_a_time(services):
    reconcile_once(services)
    reconcile_once(services)

    assert services.jobs.named("sweep_project") == [("ads",)]
    assert list(services.redis.lives.values()) == [RECONCILE_INTERVAL]


@pytest.mark.parametrize(
    ("state", "job"),
    [
        (RunState.QUEUED, "submit_run"),
        (RunState.AWAITING_DECISION, "submit_run"),
        (RunState.SUBMITTING, "submit_run"),
        (RunState.RUNNING, "poll_run"),
        (RunState.STOPPING, "stop_run"),
        (RunState.FAILED, None),
    ],
)
def test_an_overdue_run_gets_the_job_of_its_state(services, make_run, state, job):
    overdue(services, make_run, state)
    reconcile_once(services)

    jobs = [name for name, *_ in services.jobs.enqueued if name != "sweep_project"]
    assert jobs == ([job] if job else [])
    assert services.stores.runs.forgotten == ([] if job else ["r0"])


@pytest.mark.parametrize(("waiting", "enqueued"), [(0, 100), (1, 99), (99, 1), (100, 0), (101, 0)])
def test_no_more_are_enqueued_where_a_hundred_jobs_wait(services, make_run, waiting, enqueued):
    overdue(services, make_run, *[RunState.RUNNING] * 120)
    services.jobs.waiting = waiting
    reconcile_once(services)

    assert len(services.jobs.named("poll_run")) == enqueued


@pytest.mark.parametrize("waiting", [100, 5_000])
def test_submissions_and_stops_wait_for_no_polls(services, make_run, waiting):
    overdue(services, make_run, RunState.RUNNING, RunState.SUBMITTING, RunState.STOPPING)
    services.jobs.waiting = waiting
    reconcile_once(services)

    jobs = [job for job in services.jobs.enqueued if job[0] != "sweep_project"]
    assert [job[:2] for job in jobs] == [("submit_run", "r1"), ("stop_run", "r2")]


def test_a_project_that_was_taken_out_is_swept_while_anything_runs_in_it(services):
    services.former, services.turns = ["old"], {"old"}
    reconcile_once(services)

    assert services.jobs.named("sweep_project") == [("old",)]


@pytest.mark.parametrize(
    ("waiting", "enqueued"), [(0, 50), (50, 50), (51, 49), (99, 1), (100, 0), (101, 0)]
)
def test_what_no_sweep_sees_to_is_polled_as_far_as_there_is_room(services, waiting, enqueued):
    services.unswept = [f"r{n}" for n in range(60)]
    services.jobs.waiting = waiting
    reconcile_once(services)

    assert len(services.jobs.named("poll_now")) == enqueued


def test_all_projects_share_the_room_for_what_no_sweep_sees_to(services):
    services.turns, services.former = {"ads", "old"}, ["old"]
    services.unswept = [f"r{n}" for n in range(30)]
    reconcile_once(services)

    assert len(services.jobs.named("poll_now")) == 50


@pytest.mark.parametrize(
    ("kind", "jobs"),
    [
        (Kind.INQUIRY, ["answer_inquiries"]),
        (Kind.CARD_REFRESH, ["deliver"]),
        (Kind.CSV, ["deliver"]),
    ],
)
def test_what_waits_in_the_outbox_has_a_job(services, kind, jobs):
    services.turns = set()
    services.stores.outbox.enqueue(kind, "x")
    reconcile_once(services)

    assert [name for name, *_ in services.jobs.enqueued] == jobs


@pytest.mark.parametrize(("boards", "jobs"), [([], []), (["T1:C1"], ["deliver"])])
def test_a_board_whose_turn_it_is_is_delivered(services, boards, jobs):
    services.turns, services.boards = set(), boards
    reconcile_once(services)

    assert [name for name, *_ in services.jobs.enqueued] == jobs


@pytest.mark.parametrize(("groups", "is_asked"), [({}, False), ({"S1": Role.ADMIN}, True)])
def test_groups_are_asked_for_where_they_have_roles(services, groups, is_asked):
    services.rules = Rules(groups=groups)
    reconcile_once(services)

    assert bool(services.jobs.named("refresh_memberships")) is is_asked


def test_a_redis_that_was_emptied_is_said_once(services, caplog):
    memory = detect_data_loss(None, services)
    assert detect_data_loss(memory, services) == memory
    assert caplog.records == []
    services.redis.kept.clear()
    renewed = detect_data_loss(memory, services)
    detect_data_loss(renewed, services)

    assert [record.levelno for record in caplog.records] == [logging.CRITICAL]
    assert "/odps watch" in caplog.text


@pytest.mark.parametrize("error", [NoRedisError("refused"), ZeroDivisionError()])
def test_it_goes_on_whatever_happens(services, monkeypatch, error):
    stop, turns = threading.Event(), []
    monkeypatch.setattr(reconciler, "RECONCILE_INTERVAL", timedelta(0))

    def fail(*_args):
        if len(turns) == 3:
            stop.set()
        raise error

    monkeypatch.setattr(reconciler, "detect_data_loss", fail)
    reconcile_until(stop, services, on_tick=lambda: turns.append(1))

    assert len(turns) == 3
