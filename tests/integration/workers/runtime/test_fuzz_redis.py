"""Whatever has happened to Redis' contents, damaged things are set aside and the rest goes on."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odps_bot.alerts.subscriptions import Subscription
from odps_bot.listeners.error_boundary import attempt
from odps_bot.messages import Message
from odps_bot.store import keys
from workers.delivery.deliver import deliver_all
from workers.polling.poll import poll
from workers.polling.sweep import sweep
from workers.runtime.reconciler import reconcile_once
from workers.submission.submit import submit

#: Keys of one thing each. Whoever replaces a queue or a budget by something else has no bot.
SINGLE = tuple(f"odps-bot:{name}:" for name in ("run", "run-instance", "run-card", "home"))

RUBBISH = st.sampled_from(
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"run_id": 5}',
        b"\xff\xfe",
        b'{"run_id": "\xff", "text": "\xff"}',
        b"nan",
        b"-1",
        b"9" * 400,
        b"[" * 5_000,
    ]
)
WRONG = st.sampled_from(
    [None, True, -1, 10**40, 1e300, "", "\x00", "x" * 5_000, "2026-11-22T12:00:00", [], {}, [{}]]
)


def damage_json(kept: bytes, choose: st.DrawFn) -> bytes:
    """Return the record with one field of a wrong type or shape, missing, or from the future."""
    record: dict[str, Any] = json.loads(kept)
    field = choose(st.sampled_from([*record, "field_of_the_future"]))
    if choose(st.booleans()) and field in record:
        del record[field]
    else:
        record[field] = choose(WRONG)
    return json.dumps(record).encode()


@st.composite
def damages(draw: st.DrawFn) -> Any:
    """Return a function that damages something that a Redis client shows."""
    place = draw(st.integers(0, 10_000))
    way = draw(st.sampled_from(["record", "rubbish", "type", "delete"]))
    rubbish = draw(RUBBISH)

    def damage(redis: Any) -> str:
        found = sorted(redis.scan_iter("odps-bot:*"))
        key = found[place % len(found)]
        kind = redis.type(key)
        name = key.decode()
        if way == "delete":
            redis.delete(key)
        elif way == "type" and name.startswith(SINGLE):
            redis.delete(key)
            redis.set(key, rubbish) if kind != b"string" else redis.lpush(key, rubbish)
        elif kind == b"hash":
            names = sorted(redis.hkeys(key))
            field = names[place // len(found) % len(names)]
            redis.hset(key, field, _damaged(redis.hget(key, field), way, rubbish, draw))
        elif kind == b"string":
            redis.set(key, _damaged(redis.get(key), way, rubbish, draw), keepttl=True)
        elif kind == b"zset":
            redis.zadd(key, {rubbish: 0})
        elif kind == b"list":
            redis.lset(key, 0, rubbish)
        elif kind == b"set":
            redis.sadd(key, rubbish)
        return f"{way} of {name}"

    return damage


def _damaged(kept: bytes, way: str, rubbish: bytes, draw: st.DrawFn) -> bytes:
    if way == "record" and kept.startswith(b"{"):
        return damage_json(kept, draw)
    return rubbish


def use(world) -> list[str]:
    """Let every kind of thing stand in Redis that is not over; return the runs."""
    now = datetime.now(UTC)
    ended = world.finish(world.ask("run select name from pyodps_iris"))
    world.say(f"result {ended.name}")
    running = world.submit(world.ask("run set sandbox.duration=60; select 1"))
    world.say(f"logview {running.name}")
    world.say("list")
    asked = world.ask("run select 3")
    subscription = Subscription(
        team_id=asked.team_id,
        channel_id=asked.channel_id,
        project="sandbox",
        user_id=asked.user_id,
        created_at=now,
        is_announced=True,
    )
    world.services.stores.subscriptions.change(
        "sandbox", asked.team_id, asked.channel_id, lambda _: subscription
    )
    sweep("sandbox", world.services)
    world.finish(world.ask("run set sandbox.fail=ODPS-0123144: no; select 2"))
    sweep("sandbox", world.services)
    return [run.run_id for run in (ended, running, asked)]


def snapshot(redis) -> dict[bytes, tuple[bytes, int]]:
    return {key: (redis.dump(key), max(redis.pttl(key), 0)) for key in redis.scan_iter()}


@pytest.fixture
def used(world):
    """A world in use, and how to bring its Redis back."""
    runs = use(world)
    kept = snapshot(world.services.redis)

    def restore() -> None:
        world.services.redis.flushall()
        for key, (value, life_ms) in kept.items():
            world.services.redis.restore(key, life_ms, value)

    return world, runs, restore


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=damages())
def test_what_is_damaged_stops_nobody(used, damage) -> None:
    world, runs, restore = used
    restore()
    done = damage(world.services.redis)

    interaction_id = f"{world.asked:024x}"
    said = attempt(lambda: _accept(world, interaction_id)).answer
    for _ in range(3):
        world.clock.push(minutes=2)
        _work(world, [*runs, interaction_id])

    assert isinstance(said, Message | None), done
    if said is None:
        assert world.run(interaction_id).is_final, done


def _accept(world, run_id: str) -> None:
    """Accept a run that has nothing to do with what is damaged."""
    run = world.ask("run select 'healthy'")
    healthy = msgspec.structs.replace(run, run_id=run_id, name=f"r9{world.asked}")
    world.services.stores.runs.create(healthy, overdue_in=timedelta(seconds=1))


def _work(world, runs: list[str]) -> None:
    """Do once what workers do all the time."""
    world.services.redis.delete(keys.reconciler_turn())
    reconcile_once(world.services)
    for run_id in runs:
        submit(run_id, world.services)
        poll(run_id, world.services)
    sweep("sandbox", world.services)
    world.make_all_due()
    deliver_all(world.services)
