"""Record a Redis that the code of 0802ac0 has filled: `python record_redis.py FILE`, see README.md.

Runs in a checkout of 0802ac0 only. What is written is text that can be read and compared.
"""

import base64
import json
import os
import re
import sys
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ended_stories import ended
from odps_bot.commands.send_result import send_chart, send_csv
from odps_bot.job_queue import QUEUES, SERIALIZER
from odps_bot.outbox import EntryKind
from odps_bot.runs.homes import HomeList
from open_stories import begin_mistold, begin_told, begin_untold, cost_inquiry
from recording_world import (
    ALICE,
    BOB,
    CHANNEL,
    OTHER_CHANNEL,
    SHARED_CHANNEL,
    TEAM,
    World,
    recording_world,
)
from redis import Redis
from rq import Queue
from subscribed_stories import (
    ABOUT,
    ENCRYPTION_KEY,
    PROJECT,
    ask_questions,
    choose,
    hear_failures,
    hear_untold,
    pause,
    subscribe,
)
from workers.deliver import LEASE
from workers.follow_run import follow
from workers.pulse import beat
from workers.send_chart import send_chart as post_chart
from workers.send_csv import send_csv as post_csv

from odps_bot.runs import Run, RunState, keys

#: How far the clock is behind when stories begin: the half-told ones are of the last hour.
BEGINS, SUBSCRIBES, LATE = timedelta(hours=-44), timedelta(hours=-3), timedelta(minutes=-50)

#: What stands for the addresses of the sandbox.
SLACK, MAXCOMPUTE = "http://slack.recording", "maxcompute.recording"

_KEY = re.compile(r"^\| ``([^`]+)``", re.MULTILINE)


def main(path: Path) -> None:
    os.environ["NO_PROXY"] = "127.0.0.1"
    with recording_world(begins=BEGINS) as world:
        runs = _tell_stories(world)
        asked = _ask(world, runs)
        _leave_what_passes(world, runs)
        redis = _dump(world.redis)
        _check(redis, {name: world.run(run.run_id) for name, run in runs.items()}, runs)
        recording = {
            "commit": "0802ac0",
            "recorded_at": datetime.now(UTC).isoformat(),
            "encryption_key": ENCRYPTION_KEY,
            "stories": {name: _story(world.run(run.run_id)) for name, run in runs.items()},
            "asked": asked,
            "messages": list(_messages(world)),
            "instances": list(_instances(world, json.dumps(redis))),
            "redis": redis,
        }
        text = json.dumps(recording, ensure_ascii=False, indent=1, sort_keys=True)
        host = world.maxcompute.endpoint.removeprefix("http://").partition("/")[0]
        text = text.replace(world.slack.url, SLACK).replace(host, MAXCOMPUTE)
    path.write_text(f"{text}\n", encoding="utf-8")


def _tell_stories(world: World) -> dict[str, Run]:
    runs = _as_meant(ended(world))
    _send_files(world, runs["succeeded_with_table"])
    for key in world.redis.scan_iter("rq:*"):
        # What is over needs no jobs.
        world.redis.delete(key)
    world.clock.ahead = SUBSCRIBES
    subscribe(world)
    choose(world)
    world.clock.ahead = LATE
    hear_failures(world)
    runs |= _as_meant(begin_told(world))
    for name in QUEUES:
        # Those that are parked stay.
        Queue(name, connection=world.redis, serializer=SERIALIZER).empty()
    pause(world)
    runs |= _as_meant(begin_mistold(world))
    hear_untold(world)
    runs |= _as_meant(begin_untold(world))
    if world.clock.ahead > timedelta(0):
        raise AssertionError("the stories take longer than there is time")
    world.clock.ahead = timedelta(0)
    return runs


def _as_meant(stories: Iterable[tuple[str, Run, RunState]]) -> dict[str, Run]:
    runs = {}
    for name, run, state in stories:
        if run.state is not state:
            raise AssertionError(f"{name} is {run.state}, not {state}: {run}")
        runs[name] = run
    return runs


def _send_files(world: World, run: Run) -> None:
    """Put the result into the thread as a file and as a chart."""
    for ask, post in ((send_csv, post_csv), (send_chart, post_chart)):
        ask(run, world.click(by=ALICE), world.services)
        for _ in range(20):
            world.make_all_due()
            if post(run.run_id, world.services) is None:
                break
    outbox = world.services.outbox
    for entry in outbox.claim(limit=9, lease=LEASE, kinds=(EntryKind.CSV, EntryKind.CHART)):
        outbox.finish(entry)
    world.deliver()


def _ask(world: World, runs: dict[str, Run]) -> dict[str, str]:
    """Ask what nobody answers any more, and open what nobody shows."""
    services = world.services
    asked = ask_questions(
        world,
        succeeded=runs["succeeded_with_table"].name,
        failed=runs["failed"].name,
        written=runs["succeeded_without_table"].name,
    )
    asked["cost under way"] = cost_inquiry(world)
    table = world.run(runs["succeeded_in_a_thread"].run_id)
    for ask in (send_csv, send_chart):
        ask(table, world.click(by=BOB), services)
    services.jobs.send_file(EntryKind.CSV, table.run_id)
    for user_id in (ALICE, BOB):
        services.homes.open(TEAM, user_id, now=services.clock())
        services.outbox.put(EntryKind.HOME, f"{TEAM} {user_id}")
    services.homes.touch(TEAM, BOB, now=services.clock(), turned=(HomeList.RECENT, 1))
    return asked


def _leave_what_passes(world: World, runs: dict[str, Run]) -> None:
    """Leave the keys that live for seconds, as a worker does that dies now."""
    services, run_id = world.services, runs["running_with_progress"].run_id
    for name in ("running_in_the_queue", "running_xflow", "running_elsewhere"):
        # Its next look is parked.
        follow(runs[name].run_id, services, is_prompted=True)
    services.homes.take_turn(TEAM, BOB)
    services.holds.begin_posting(EntryKind.PROGRESS, runs["running_untold"].run_id)
    services.holds.may_edit(EntryKind.MOVED, run_id)
    services.holds.begin_edit(run_id)
    services.sightings.remember_duration(PROJECT, "0a1b2c3d4e5f6a7b", timedelta(seconds=12.5))
    services.sweeps.succeeded(PROJECT)
    services.sweeps.not_prompted([run_id])
    services.outbox.put(EntryKind.NOTICE, ABOUT)
    beat(services)
    services.sweeps.begin(PROJECT, "a dead worker")


def _check(redis: dict[str, Any], runs: dict[str, Run], meant: dict[str, Run]) -> None:
    """Raise AssertionError unless every kind of key and entry, and every state, is recorded."""
    if moved := [name for name, run in runs.items() if run.state is not meant[name].state]:
        raise AssertionError(f"these stories went on: {moved}")
    if runs["running_out_of_reach"].unreachable_since is None:
        raise AssertionError("MaxCompute was reached")
    patterns = [re.sub(r"<[^>]+>", ".+", key) for key in _KEY.findall(keys.__doc__ or "")]
    missing = [one for one in patterns if not any(re.fullmatch(one, key) for key in redis)]
    missing += [kind for kind in EntryKind if keys.outbox(kind) not in redis]
    missing += set(RunState) - {run.state for run in runs.values()}
    if missing:
        raise AssertionError(f"nothing is recorded of {missing}")


def _story(run: Run) -> dict[str, str]:
    return {"run_id": run.run_id, "name": run.name, "state": run.state.value}


def _messages(world: World) -> Iterable[dict[str, Any]]:
    """Yield what everybody sees in the channels, without its blocks."""
    shown = ("channel", "ts", "thread_ts", "user", "text", "metadata")
    directly = ("D0ALICEODPS", "D0BOBODPS", "D0CAROLODPS")
    for channel in (CHANNEL, OTHER_CHANNEL, SHARED_CHANNEL, *directly):
        for message in world.slack.messages(channel, include_ephemeral=False):
            files = [file["name"] for file in message.get("files", ())]
            yield {name: message[name] for name in shown if name in message} | (
                {"files": files} if files else {}
            )


def _instances(world: World, redis: str) -> Iterable[dict[str, Any]]:
    """Yield the instances that Redis knows, or that carry the id of a run."""
    for instance in world.maxcompute._instances:
        submission = instance.submission
        if instance.id in redis or (submission.guid and submission.guid in redis):
            yield {
                "id": instance.id,
                "project": instance.project,
                "owner": instance.owner,
                "guid": submission.guid,
                "kind": "xflow" if submission.xflow else submission.task.kind,
                "sql": submission.task.sql,
                "status": instance.task_status.value,
                "steps": {action.name: action.instance_id for action in instance.actions},
            }


def _dump(redis: Redis) -> dict[str, Any]:
    """Return every key with its type, its life in ms (-1: for ever) and its value."""
    dumped = {}
    for key in sorted(redis.scan_iter()):
        kind = redis.type(key).decode()
        dumped[key.decode()] = {
            "type": kind,
            "pttl": redis.pttl(key),
            "value": _READERS[kind](redis, key),
        }
    return dumped


_READERS = {
    "string": lambda redis, key: _text(redis.get(key)),
    "list": lambda redis, key: [_text(one) for one in redis.lrange(key, 0, -1)],
    "set": lambda redis, key: sorted(_text(one) for one in redis.smembers(key)),
    "zset": lambda redis, key: [
        [_text(member), score] for member, score in redis.zrange(key, 0, -1, withscores=True)
    ],
    "hash": lambda redis, key: {_text(k): _text(v) for k, v in redis.hgetall(key).items()},
    "stream": lambda redis, key: [
        [_text(entry_id), {_text(k): _text(v) for k, v in fields.items()}]
        for entry_id, fields in redis.xrange(key)
    ],
}


def _text(value: bytes) -> Any:
    """Return bytes as text; what RQ has compressed, and other bytes, as an object that says so."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        pass
    try:
        return {"zlib": zlib.decompress(value).decode()}
    except (zlib.error, UnicodeDecodeError):
        return {"base64": base64.b64encode(value).decode()}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
