"""Runs in a real Redis: kept once, changed by compare-and-set, cared for when they are due."""

import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec
import pytest
from redis import Redis

from odps_bot.runs import Change, Run, RunState, RunStore
from odps_bot.runs.lifecycle import ForbiddenTransitionError
from odps_bot.store import keys
from odps_bot.store.connections import REDIS_TIME
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import Outbox

MakeRun = Callable[..., Run]

KEEP = timedelta(days=14)
SOON = timedelta(seconds=30)
LEASE = timedelta(seconds=60)


@pytest.fixture
def runs(redis: Redis) -> RunStore:
    return RunStore(redis, keep=KEEP)


def cancel(run: Run) -> Change:
    return Change(run=msgspec.structs.replace(run, state=RunState.CANCELLED))


def look_once_more(run: Run) -> Change:
    return Change(run=msgspec.structs.replace(run, polls=run.polls + 1))


def test_a_run_comes_back_as_it_was_kept(runs: RunStore, make_run: MakeRun) -> None:
    run = make_run(sql="select '花 😀 \" \\ \n'")

    runs.create(run, overdue_in=SOON)

    assert runs.get(run.run_id) == run


def test_creating_a_run_again_finds_the_first(runs: RunStore, make_run: MakeRun) -> None:
    first = runs.create(make_run(name="r1", sql="select 1"), overdue_in=SOON)

    second = runs.create(make_run(name="r2", sql="select 2"), overdue_in=SOON)

    assert second == first
    assert runs.recent("T1", "C1", limit=10) == [first]
    assert runs.find("T1", "r2") is None


def test_of_many_deliveries_at_once_one_creates_the_run(runs: RunStore, make_run: MakeRun) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = list(
            pool.map(lambda n: runs.create(make_run(name=f"r{n}"), overdue_in=SOON), range(64))
        )

    assert len({run.name for run in made}) == 1


def test_names_are_counted_in_each_team(runs: RunStore, redis: Redis) -> None:
    names = [runs.naming(team).run(redis) for team in ("T1", "T1", "T2")]

    assert names == ["r1", "r2", "r1"]


@pytest.mark.parametrize("identifier", ["r42", "R42", "20261122120001123gabcde", "0a1b2c"])
def test_a_run_is_found_by_name_instance_and_run_id(
    runs: RunStore, make_run: MakeRun, identifier: str
) -> None:
    run = runs.create(make_run(instance_id="20261122120001123gabcde"), overdue_in=SOON)
    runs.remember_instance(run, REDIS_TIME)

    assert runs.find("T1", identifier) == run


@pytest.mark.parametrize("identifier", ["r42", "20261122120001123gabcde", "0a1b2c"])
def test_another_team_finds_nothing(runs: RunStore, make_run: MakeRun, identifier: str) -> None:
    run = runs.create(make_run(instance_id="20261122120001123gabcde"), overdue_in=SOON)
    runs.remember_instance(run, REDIS_TIME)

    assert runs.find("T2", identifier) is None
    assert runs.recent("T2", "C1", limit=10) == []


def test_the_newest_runs_of_a_channel_and_of_a_person_come_first(
    runs: RunStore, make_run: MakeRun
) -> None:
    requested_at = make_run().requested_at
    for n in (2, 3, 1):
        place = {"channel_id": f"C{n % 2}", "user_id": "U1"}
        minute = requested_at + timedelta(minutes=n)
        runs.create(
            make_run(run_id=f"run{n}", name=f"r{n}", requested_at=minute, **place), overdue_in=SOON
        )

    assert [run.name for run in runs.recent("T1", "U1", limit=10)] == ["r3", "r2", "r1"]
    assert [run.name for run in runs.recent("T1", "U1", limit=2)] == ["r3", "r2"]
    assert [run.name for run in runs.recent("T1", "C1", limit=10)] == ["r3", "r1"]


def test_changes_of_many_threads_are_all_kept(runs: RunStore, make_run: MakeRun) -> None:
    runs.create(make_run(), overdue_in=SOON)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: runs.apply("0a1b2c", look_once_more), range(200)))

    run = runs.get("0a1b2c")
    assert run is not None
    assert run.polls == 200


def test_of_two_workers_that_see_the_same_end_one_tells_it(
    runs: RunStore, redis: Redis, make_run: MakeRun, create: MakeRun
) -> None:
    create(runs, make_run(state=RunState.RUNNING), overdue_in=SOON)
    together = threading.Barrier(8)

    def end(_: int) -> Run | None:
        together.wait()
        return runs.apply(
            "0a1b2c",
            lambda run: (
                None
                if run.is_final
                else Change(
                    run=msgspec.structs.replace(run, state=RunState.SUCCEEDED),
                    notifications=(NotificationKind.COMPLETION,),
                )
            ),
        )

    with ThreadPoolExecutor(8) as pool:
        ended = [run for run in pool.map(end, range(8)) if run is not None]

    assert len(ended) == 1
    claimed = Outbox(redis).claim(limit=10, lease=LEASE)
    assert [str(entry) for entry in claimed] == ["completion:0a1b2c"]


def test_a_decision_is_taken_again_on_what_somebody_else_has_written_meanwhile(
    runs: RunStore, make_run: MakeRun
) -> None:
    runs.create(make_run(), overdue_in=SOON)
    seen: list[RunState] = []

    def decide(run: Run) -> Change | None:
        seen.append(run.state)
        if len(seen) == 1:
            runs.apply("0a1b2c", cancel)
        return None if run.is_final else look_once_more(run)

    assert runs.apply("0a1b2c", decide) is None
    assert seen == [RunState.QUEUED, RunState.CANCELLED]


def test_nothing_is_changed_where_nothing_is(runs: RunStore) -> None:
    assert runs.apply("nobody", cancel) is None
    assert runs.get("nobody") is None


def test_a_run_that_expires_while_it_is_changed_stays_away(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    runs.create(make_run(), overdue_in=SOON)

    def decide(run: Run) -> Change:
        redis.delete(keys.run("0a1b2c"))
        return look_once_more(run)

    assert runs.apply("0a1b2c", decide) is None
    assert runs.get("0a1b2c") is None


def test_the_change_and_what_must_be_told_are_one_step(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    runs.create(make_run(), overdue_in=SOON)
    tell = (NotificationKind.PROGRESS, NotificationKind.CARD, NotificationKind.COMPLETION)

    runs.apply("0a1b2c", lambda run: Change(run=run, notifications=tell))

    told = [str(entry) for entry in Outbox(redis).claim(limit=10, lease=LEASE)]
    assert told == ["completion:0a1b2c", "card:0a1b2c", "progress:0a1b2c"]


def test_a_note_changes_neither_what_is_told_nor_what_is_due(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    runs.create(make_run(), overdue_in=timedelta(0))
    due_before = redis.zscore(keys.deadlines(), "0a1b2c")

    runs.note("0a1b2c", card_ts="1.2")

    run = runs.get("0a1b2c")
    assert run is not None
    assert run.card_ts == "1.2"
    assert redis.zscore(keys.deadlines(), "0a1b2c") == due_before
    assert not Outbox(redis).is_due()


def test_a_run_is_due_when_its_time_has_come_and_not_before(
    runs: RunStore, make_run: MakeRun
) -> None:
    runs.create(make_run(run_id="now", name="r1"), overdue_in=timedelta(0))
    runs.create(make_run(run_id="later", name="r2"), overdue_in=timedelta(minutes=1))

    assert runs.claim_overdue(limit=10, lease=LEASE) == ["now"]


def test_what_is_claimed_is_due_again_when_the_lease_is_over(
    runs: RunStore, make_run: MakeRun
) -> None:
    runs.create(make_run(), overdue_in=timedelta(0))

    first = runs.claim_overdue(limit=10, lease=timedelta(0))
    second = runs.claim_overdue(limit=10, lease=LEASE)
    third = runs.claim_overdue(limit=10, lease=LEASE)

    assert (first, second, third) == (["0a1b2c"], ["0a1b2c"], [])


def test_each_overdue_run_is_claimed_by_one_of_many_workers(
    runs: RunStore, make_run: MakeRun
) -> None:
    for n in range(100):
        runs.create(make_run(run_id=f"run{n}", name=f"r{n}"), overdue_in=timedelta(0))

    with ThreadPoolExecutor(8) as pool:
        claims = pool.map(lambda _: runs.claim_overdue(limit=10, lease=LEASE), range(20))
    claimed = [run_id for claim in claims for run_id in claim]

    assert len(claimed) == 100
    assert len(set(claimed)) == 100


def test_a_run_that_is_over_is_not_due_any_more(runs: RunStore, make_run: MakeRun) -> None:
    runs.create(make_run(), overdue_in=timedelta(0))

    runs.apply("0a1b2c", cancel)

    assert runs.claim_overdue(limit=10, lease=LEASE) == []


def test_a_damaged_record_is_an_error_that_says_so(runs: RunStore, redis: Redis) -> None:
    redis.hset(keys.run("0a1b2c"), mapping={"record": b'{"run_id": 7}', "revision": 1})

    with pytest.raises(ValueError, match="run_id"):
        runs.get("0a1b2c")


def test_one_damaged_record_does_not_hide_the_others(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    runs.create(make_run(run_id="damaged", name="r1"), overdue_in=SOON)
    sound = runs.create(make_run(run_id="sound", name="r2"), overdue_in=SOON)
    redis.hset(keys.run("damaged"), "record", b"{")

    assert runs.recent("T1", "C1", limit=10) == [sound]


def test_records_are_json_that_people_and_other_tools_can_read(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    runs.create(make_run(), overdue_in=SOON)

    record = json.loads(redis.hget(keys.run("0a1b2c"), "record") or b"")
    assert record["state"] == "queued"
    assert record["asked_at"] == "2026-11-22T12:00:00Z"


def test_a_record_of_a_later_version_can_be_read(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    run = runs.create(make_run(), overdue_in=SOON)
    record = json.loads(redis.hget(keys.run("0a1b2c"), "record") or b"")
    redis.hset(keys.run("0a1b2c"), "record", json.dumps({**record, "added_later": [1]}))

    assert runs.get("0a1b2c") == run


def test_a_run_is_remembered_as_long_as_the_settings_say_after_its_last_change(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    runs.create(make_run(), overdue_in=SOON)
    redis.expire(keys.run("0a1b2c"), 5)

    runs.note("0a1b2c", card_ts="1.2")

    assert redis.ttl(keys.run("0a1b2c")) == pytest.approx(KEEP.total_seconds(), abs=5)


def test_a_run_that_goes_on_longer_than_runs_are_kept_is_still_found_by_all_that_names_it(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    run = runs.create(
        make_run(instance_id="20261122120001123gabcde", thread_ts="0.9"), overdue_in=SOON
    )
    runs.remember_instance(run, REDIS_TIME)
    runs.card_posted(run, "1.2")
    ways = [key for key in redis.scan_iter() if redis.ttl(key) > 0]
    for key in ways:
        redis.expire(key, 60)

    runs.note("0a1b2c", polls=1)

    assert len(ways) >= 7
    assert {key: redis.ttl(key) for key in ways if redis.ttl(key) <= 60} == {}
    assert runs.find("T1", "r42") == runs.get("0a1b2c")


def test_what_is_gone_takes_the_place_of_no_run_that_goes_on(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    requested_at = make_run().requested_at
    for n in range(3):
        minute = requested_at + timedelta(minutes=n)
        runs.create(make_run(run_id=f"run{n}", name=f"r{n}", requested_at=minute), overdue_in=SOON)
    redis.delete(keys.run("run2"))

    runs.open_runs("T1", limit=2)

    assert [run.name for run in runs.open_runs("T1", limit=2)] == ["r1", "r0"]
    assert redis.zcard(keys.open_runs("T1")) == 2


@pytest.mark.parametrize(
    "change",
    [(RunState.SUCCEEDED, RunState.QUEUED), (RunState.EXPIRED, RunState.RUNNING)],
)
def test_a_transition_that_is_not_in_the_table_is_a_bug_and_changes_nothing(
    runs: RunStore,
    make_run: MakeRun,
    create: MakeRun,
    change: tuple[RunState, RunState],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before, after = change
    run = create(runs, make_run(state=before), overdue_in=SOON)

    with pytest.raises(ForbiddenTransitionError, match=f"{before} cannot become {after}"):
        runs.apply(run.run_id, lambda run: Change(run=msgspec.structs.replace(run, state=after)))

    assert runs.get(run.run_id) == run
    assert re.search(r"this is a bug \(ref [0-9a-f]{8}\)", caplog.text)


@pytest.mark.parametrize("state", sorted(set(RunState) - {RunState.QUEUED}))
def test_a_run_that_does_not_begin_as_the_table_says_is_not_kept(
    runs: RunStore, make_run: MakeRun, state: RunState
) -> None:
    with pytest.raises(ForbiddenTransitionError, match=f"new cannot become {state}"):
        runs.create(make_run(state=state), overdue_in=SOON)

    assert runs.get("0a1b2c") is None
    assert runs.recent("T1", "C1", limit=10) == []


def test_an_event_that_changes_nothing_is_not_written(
    runs: RunStore, redis: Redis, make_run: MakeRun
) -> None:
    run = runs.create(make_run(), overdue_in=SOON)

    assert runs.apply(run.run_id, lambda run: Change(run=run)) == run

    assert redis.hget(keys.run(run.run_id), "revision") == b"1"


class TestARunAsItWasKnownLast:
    def test_is_changed_without_being_read(
        self, runs: RunStore, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = runs.create(make_run(), overdue_in=SOON)
        monkeypatch.setattr(runs, "_read", None)

        assert runs.apply(run.run_id, look_once_more).polls == 1
        assert runs.apply(run.run_id, look_once_more).polls == 2

    def test_is_read_again_when_others_have_changed_it(
        self, runs: RunStore, redis: Redis, make_run: MakeRun
    ) -> None:
        run = runs.create(make_run(), overdue_in=SOON)
        RunStore(redis, keep=KEEP).apply(run.run_id, look_once_more)

        assert runs.apply(run.run_id, look_once_more).polls == 2

    def test_says_nothing_about_what_does_not_apply_any_more(
        self, runs: RunStore, redis: Redis, make_run: MakeRun
    ) -> None:
        run = runs.create(make_run(), overdue_in=SOON)
        RunStore(redis, keep=KEEP).apply(run.run_id, cancel)

        def only_when_over(run: Run) -> Change | None:
            return look_once_more(run) if run.is_final else None

        assert runs.apply(run.run_id, only_when_over).state is RunState.CANCELLED

    def test_is_not_saved_over_another_record_of_the_same_number(
        self, runs: RunStore, redis: Redis, make_run: MakeRun
    ) -> None:
        run = runs.create(make_run(), overdue_in=SOON)
        redis_before = redis.hgetall(keys.run(run.run_id))
        runs.apply(run.run_id, look_once_more)
        # The change is lost in a failover, and another process makes another one.
        redis.hset(keys.run(run.run_id), mapping=redis_before)
        RunStore(redis, keep=KEEP).apply(run.run_id, cancel)

        found = runs.apply(run.run_id, look_once_more)
        assert (found.state, found.polls) == (RunState.CANCELLED, 1)

    def test_is_gone_when_redis_was_emptied(
        self, runs: RunStore, redis: Redis, make_run: MakeRun
    ) -> None:
        run = runs.create(make_run(), overdue_in=SOON)
        redis.flushall()

        assert runs.apply(run.run_id, look_once_more) is None
