"""What counts as accepted: a run that a replica, or the disk, has as well."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from redis import Redis

from benchmarks.world.replicated_redis import ReplicatedRedis
from odps_bot.runs import Run, RunState, RunStore, lifecycle
from odps_bot.store.connections import worker_redis
from odps_bot.store.write_confirmation import PAUSE, WriteConfirmation

KEEP, SOON = timedelta(days=1), timedelta(seconds=10)

MakeRun = Callable[..., Run]


class Stopwatch:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def waits_of(redis: Redis) -> int:
    """Return how often anybody has waited for a replica."""
    return int(redis.info("commandstats").get("cmdstat_wait", {}).get("calls", 0))


def test_a_run_is_confirmed_by_the_replica_and_so_is_its_submission(
    replicated: ReplicatedRedis, make_run: MakeRun, noon: object
) -> None:
    with (
        worker_redis(replicated.url) as redis,
        replicated.client(replicated.replica_port()) as replica,
    ):
        store = RunStore(redis, keep=KEEP, confirmation=WriteConfirmation(replicas=1))
        run = make_run(run_id="confirmed")

        assert store.create_confirmed(run, overdue_in=SOON) == (run, True)
        assert replica.exists("odps-bot:run:confirmed")
        before = waits_of(redis)
        store.apply("confirmed", lambda r: lifecycle.begin_submission(r, now=noon))
        store.apply("confirmed", lifecycle.about_to_send)
        assert waits_of(redis) == before + 2
        store.apply("confirmed", lambda r: lifecycle.submitted(r, instance_id="i1", now=noon))
        assert waits_of(redis) == before + 3
        store.note("confirmed", card_ts="1.2")
        assert waits_of(redis) == before + 3
        assert store.create_confirmed(run, overdue_in=SOON)[0].state is RunState.RUNNING


def test_a_card_is_recorded_although_its_replica_is_not_waited_for(
    replicated: ReplicatedRedis, make_run: MakeRun, noon: object
) -> None:
    with worker_redis(replicated.url) as redis:
        store = RunStore(redis, keep=KEEP, confirmation=WriteConfirmation(replicas=1))
        run = store.create(make_run(run_id="carded"), overdue_in=SOON)
        before = waits_of(redis)

        # Whoever takes the former primary's place finds the card in Slack.
        store.card_posted(run, "1.2")
        assert waits_of(redis) == before
        recorded = store.get("carded")
        assert recorded is not None
        assert recorded.card_ts == "1.2"
        assert store.at_message(run.team_id, run.channel_id, "1.2") == recorded

        with redis.pipeline(transaction=False) as pipe:
            pipe.set("odps-bot:with-it", 1)
            store.apply("carded", lambda r: lifecycle.begin_submission(r, now=noon), pipe=pipe)
        assert waits_of(redis) == before + 1


def test_a_run_that_no_replica_has_stands_and_the_next_ones_do_not_wait(
    replicated: ReplicatedRedis, make_run: MakeRun, caplog: pytest.LogCaptureFixture
) -> None:
    clock, replica = Stopwatch(), replicated.replica_port()
    with worker_redis(replicated.url) as redis:
        confirmation = WriteConfirmation(replicas=1, clock=clock)
        store = RunStore(redis, keep=KEEP, confirmation=confirmation)
        replicated.stop(replica)
        try:
            first, is_confirmed = store.create_confirmed(make_run(run_id="un1"), overdue_in=SOON)
            before = waits_of(redis)
            assert not store.create_confirmed(make_run(run_id="un2"), overdue_in=SOON)[1]
            assert waits_of(redis) == before
        finally:
            replicated.resume(replica)
        assert not is_confirmed
        assert store.get(first.run_id) == first
        assert caplog.text.count("is not confirmed by its replicas") == 1

        clock.now_s += PAUSE.total_seconds()
        replicated.wait_until_whole()
        assert store.create_confirmed(make_run(run_id="un3"), overdue_in=SOON)[1]


def test_a_single_server_confirms_with_its_disk(redis: Redis, make_run: MakeRun) -> None:
    redis.config_set("appendfsync", "always")
    store = RunStore(redis, keep=KEEP, confirmation=WriteConfirmation(is_on_disk=True))
    try:
        assert store.create_confirmed(make_run(), overdue_in=SOON)[1]
    finally:
        redis.config_set("appendfsync", "everysec")


def test_a_server_without_a_file_confirms_nothing(
    start_redis: Callable[..., str], make_run: MakeRun, caplog: pytest.LogCaptureFixture
) -> None:
    with worker_redis(start_redis("appendonly no")) as redis:
        store = RunStore(redis, keep=KEEP, confirmation=WriteConfirmation(is_on_disk=True))

        run, is_confirmed = store.create_confirmed(make_run(), overdue_in=SOON)

        assert not is_confirmed
        assert store.get(run.run_id) == run
        assert "appendonly is disabled" in caplog.text
