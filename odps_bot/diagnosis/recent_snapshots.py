"""What instances looked like in the last minutes: kept in Redis, thinned out to some two kilobytes.

Rules need the times at which something changed, and no gaps: so what is on both sides of a change
is kept, and of the rest one now and then.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, TypeVar

import msgspec
from redis import Redis

from odps_bot.diagnosis.snapshots import Snapshot, Stage
from odps_bot.store import keys
from odps_bot.store.codec import CorruptRecordError, decode
from odps_bot.store.pipelined import Pipelined, together

T = TypeVar("T")

#: What is older says nothing that rules ask for.
KEPT_FOR = timedelta(minutes=15)

#: The newest are kept as they came; older ones so far apart, which rules don't take for a gap.
DENSE_FOR = timedelta(minutes=1)
DISTANCE = timedelta(seconds=45)

#: What is known of workers is large, and soon out of date; but they are asked for only every five
#: minutes once it is known for long what holds an instance up.
WORKERS_KEPT_FOR = timedelta(minutes=6)

#: However many stages an instance has, its snapshots take no more than this, compressed.
MOST_BYTES = 6_000

#: The newest are kept, however large they are.
LEAST_KEPT = 3

#: Who asks aside, for workers or quota, takes seconds, in which polls go on: each has its own.
_OF_POLLS, _OF_QUESTIONS = "polls", "questions"


def added(snapshots: Sequence[Snapshot], new: Snapshot) -> tuple[Snapshot, ...]:
    """Return the snapshots, oldest first, with a new one among them and without what is too much.

    One of the same moment is replaced.
    """
    others = [one for one in snapshots if one.at != new.at]
    return thinned(sorted([*others, new], key=lambda one: one.at))


def thinned(snapshots: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    """Return what is worth keeping of snapshots, oldest first."""
    if not snapshots:
        return ()
    now = snapshots[-1].at
    recent = [_kept_whole_or_not(one, now) for one in snapshots if now - one.at <= KEPT_FOR]
    left = _with_newest_history(recent)
    # What is asked for rarely is not asked for again so soon.
    rare = {
        next((one.at for one in reversed(left) if tells(one)), None)
        for tells in (has_workers, _has_quota)
    }
    kept = left[:1]
    for place, one in enumerate(left[1:-1], start=1):
        before, after = left[place - 1], left[place + 1]
        is_new = now - one.at <= DENSE_FOR
        is_far = after.at - kept[-1].at > DISTANCE
        is_step = _has_stepped(before, one) or _has_stepped(one, after)
        is_needed = is_new or is_far or is_step or one.at in rare
        if is_needed or _has_moved(before, one) != _has_moved(one, after):
            kept.append(one)
    return tuple([*kept, left[-1]] if len(left) > 1 else kept)


def has_workers(snapshot: Snapshot) -> bool:
    """Return whether it tells of any workers."""
    return any(stage.workers for stage in snapshot.stages or ())


def _has_quota(snapshot: Snapshot) -> bool:
    return snapshot.quota is not None


def _kept_whole_or_not(snapshot: Snapshot, now: datetime) -> Snapshot:
    """Return the snapshot; without its workers once they are out of date."""
    if now - snapshot.at <= WORKERS_KEPT_FOR or not has_workers(snapshot):
        return snapshot
    stages = tuple(msgspec.structs.replace(one, workers=None) for one in snapshot.stages or ())
    return msgspec.structs.replace(snapshot, stages=stages)


def _with_newest_history(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Return them with the last history of sub-statuses only, which has all that went before."""
    told = [number for number, one in enumerate(snapshots) if one.sub_status_history]
    newest = told[-1] if told else None
    return [
        msgspec.structs.replace(one, sub_status_history=())
        if one.sub_status_history and number != newest
        else one
        for number, one in enumerate(snapshots)
    ]


def _has_moved(one: Snapshot, other: Snapshot) -> bool:
    """Return whether a worker or a record has: when that began and when it ended is kept."""
    rows = [
        [(s.name, s.running, s.ended, s.input_records, s.output_records) for s in each.stages]
        for each in (one, other)
        if each.stages is not None
    ]
    return len(rows) > 1 and rows[0] != rows[1]


def _has_stepped(one: Snapshot, other: Snapshot) -> bool:
    """Return whether another phase has begun, of the instance or of one of its stages."""
    codes = [each.sub_status.code for each in (one, other) if each.sub_status]
    steps = [tuple(map(_step, each.stages)) for each in (one, other) if each.stages is not None]
    return len(set(codes)) > 1 or len(set(steps)) > 1


def _step(stage: Stage) -> tuple[object, ...]:
    is_over = stage.total > 0 and stage.ended >= stage.total
    is_tail = 2 * stage.ended >= stage.total
    return stage.name, stage.running > 0, is_tail, is_over, stage.backups > 0


def encoded(snapshots: Sequence[Snapshot]) -> bytes:
    """Return what Redis keeps; of what is too large every other one is left out, old ones first.

    The last that tells of workers stays: they are not asked for again so soon.
    """
    left = list(snapshots)
    last_with_workers = next((one for one in reversed(left) if has_workers(one)), None)
    while len(kept := zlib.compress(msgspec.json.encode(left))) > MOST_BYTES:
        half = (len(left) - LEAST_KEPT) // 2 + 1
        if half <= 1:
            break
        older = [
            one
            for number, one in enumerate(left[:half])
            if number % 2 == 0 or one is last_with_workers
        ]
        left = [*older[len(older) == half :], *left[half:]]
    return kept


def decoded(kept: object) -> tuple[Snapshot, ...]:
    """Return the snapshots; none of what is missing or corrupt: they are soon there again."""
    if not isinstance(kept, bytes):
        return ()
    try:
        return decode(zlib.decompress(kept), tuple[Snapshot, ...])
    except (CorruptRecordError, zlib.error):
        return ()


class RecentSnapshots:
    """The snapshots of instances. Methods raise redis.RedisError when Redis does not respond.

    Of two that polls add in one moment, one may get lost: rules bear that.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def of(self, instance_id: str) -> tuple[Snapshot, ...]:
        """Return the snapshots of an instance, oldest first."""
        return self.reading(instance_id).run(self._redis)

    @staticmethod
    def reading(instance_id: str) -> Pipelined[tuple[Snapshot, ...]]:
        """Return what `of` reads."""
        return Pipelined(
            [("HMGET", keys.recent_snapshots(instance_id), _OF_POLLS, _OF_QUESTIONS)],
            lambda responses: _together(*map(decoded, responses[0])),
        )

    def of_all(self, instance_ids: Sequence[str]) -> dict[str, tuple[Snapshot, ...]]:
        """Return the snapshots of several instances."""
        if not instance_ids:
            return {}
        return together(
            lambda **found: dict(zip(instance_ids, found.values(), strict=True)),
            **{str(number): self.reading(one) for number, one in enumerate(instance_ids)},
        ).run(self._redis)

    def of_with(self, instance_id: str, other: Pipelined[T]) -> tuple[tuple[Snapshot, ...], T]:
        """Return them and what `other` reads, in one round trip."""
        return together(
            lambda snapshots, other: (snapshots, other),
            snapshots=self.reading(instance_id),
            other=other,
        ).run(self._redis)

    def keep(self, kept: Mapping[str, Sequence[Snapshot]], *, is_question: bool = False) -> None:
        """Keep the snapshots of these instances; `is_question`: workers or quota were asked for.

        What a question has found stays beside what polls write meanwhile.
        """
        field = _OF_QUESTIONS if is_question else _OF_POLLS
        storing = [self.keeping(one, snapshots, field) for one, snapshots in kept.items()]
        commands = tuple(chain(*(one.commands for one in storing)))
        Pipelined(commands, lambda _: None).run(self._redis)

    @staticmethod
    def keeping(
        instance_id: str, snapshots: Sequence[Snapshot], field: str = _OF_POLLS
    ) -> Pipelined[None]:
        """Return what keeps the snapshots of one instance; nothing if there are none."""
        life_ms = keys.recent_snapshots.life_s * 1_000
        name = keys.recent_snapshots(instance_id)
        commands: list[tuple[Any, ...]] = []
        if snapshots:
            commands = [("HSET", name, field, encoded(snapshots)), ("PEXPIRE", name, life_ms)]
        return Pipelined(commands, lambda _: None)


def _together(
    of_polls: Sequence[Snapshot], of_questions: Sequence[Snapshot]
) -> tuple[Snapshot, ...]:
    """Return the snapshots of both, oldest first; of one moment the one that tells more."""
    if not (of_polls and of_questions):
        return tuple(of_polls or of_questions)
    found = {one.at: one for one in of_polls}
    for one in of_questions:
        if one.at not in found or has_workers(one):
            found[one.at] = one
    return thinned(sorted(found.values(), key=lambda one: one.at))
