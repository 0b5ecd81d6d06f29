"""What is asked about watched instances besides their state, and of which first. Pure.

The two lists of a sweep tell phase, place in the queue and progress of all. Whatever else would
help to say why an instance is slow takes a request for each: so those are asked about first that
look sick in the lists, and the rest in turn, within a part of what watching costs anyway.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain

import msgspec

#: Side questions may be so many for each request that watching sends anyway.
SHARE = 0.22

#: Few instances are asked about closely: so many requests a sweep, which fade away as there are
#: more of them, and are never more than this part of the rate limit.
CLOSE_REQUESTS = 20
MANY_INSTANCES = 400
PART_OF_LIMIT = 0.1

#: What was not used is saved for so many sweeps.
SAVED_SWEEPS = 3

#: An instance looks sick when the list has shown no movement for so long, or for so many times as
#: long as it usually does.
STILL_S = 45
STILL_RATIO = 2.5
LONGEST_STILL_S = 300

#: One is asked about so often: rules want to see twice that something lasts, without a gap.
SUSPECT_EVERY_S = 60
LONGEST_EVERY_S = 150
FOUND_EVERY_S = 120
LONGEST_FOUND_EVERY_S = 300
CLOSE_EVERY_S = 10

#: MaxCompute tells a quota only every half a minute; it is not needed as often.
QUOTA_EVERY_S = 120
WORKERS_EVERY_S = 60

#: What waits is diagnosed by the list alone, so long after it began to wait and so often.
WAITS_S = 60
WAITING_EVERY_S = 30
MOST_WAITING = 40

#: In one of so many sweeps the rest comes before suspects: it may be sick without looking so.
TURNS = 8

#: How fast the usual time between two movements is learnt.
_LEARNT = 0.3


class Phase(Enum):
    """What an instance does, as far as it matters here."""

    BEFORE = auto()  #: it waits, or is compiled: progress has nothing to show yet
    QUEUED = auto()  #: it waits for its quota
    RUNNING = auto()  #: and whatever nobody tells


class Listed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An instance in the list of a sweep."""

    phase: Phase
    mark: str  #: another one whenever it has moved


class Watched(msgspec.Struct, array_like=True, gc=False):
    """What a sweep remembers of an instance. All times are seconds of the epoch, 0 for never."""

    mark: str
    moved_s: int  #: when the list last showed another mark
    phase: int  #: of `Phase`
    phase_s: int  #: since when it is in that phase, as far as sweeps know
    pace_s: int = 0  #: the usual time between two movements; 0: not known
    asked_s: int = 0  #: when its progress was last asked for, or it was last diagnosed
    workers_s: int = 0
    quota_s: int = 0
    found_s: int = 0  #: since when something holds it up, if it did when it was last asked about
    slow_s: int = 0  #: when it takes longer than it usually does


class Watching(msgspec.Struct, array_like=True):
    """What sweeps of a project remember."""

    instances: dict[str, Watched] = {}
    credit: float = 0  #: requests that may be sent
    sent: int = 0  #: were sent when they were counted last
    turn: int = 0  #: of `TURNS`


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask about an instance."""

    instance_id: str
    asks_progress: bool = False
    may_ask_workers: bool = False  #: if its progress makes that worth while
    asks_quota: bool = False

    @property
    def cost(self) -> int:
        """How many requests it takes at most."""
        return self.asks_progress + self.may_ask_workers + self.asks_quota


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a sweep does besides."""

    watching: Watching
    questions: tuple[Question, ...]
    diagnosed: tuple[str, ...]  #: instances that the list alone may say something of
    changed: tuple[str, ...]  #: instances that are new, or have gone over to another phase


def allowance(
    watching_requests: float, running: int, *, total: int = 0, per_sweep_limit: float
) -> float:
    """Return how many side questions a sweep earns.

    `watching_requests` are those of the sweep itself and of the polls that it prompts,
    `per_sweep_limit` is how many requests the rate limit allows until the next one. `running` are
    the project's instances; `total` are watched in all projects.
    """
    fading = CLOSE_REQUESTS * max(0.0, 1 - max(running, total) / MANY_INSTANCES)
    close = min(fading, running / 2, PART_OF_LIMIT * per_sweep_limit)
    return max(SHARE * watching_requests, close)


def plan(
    watching: Watching,
    listed: Mapping[str, Listed],
    *,
    now_s: float,
    earned: float,
    sent: int,
    pending: int,
    may_ask_workers: bool,
) -> Plan:
    """Return what to ask now. `pending` jobs of earlier plans are still to be done."""
    now = int(now_s)
    instances = {
        one: _updated(watching.instances.get(one), seen, now) for one, seen in listed.items()
    }
    credit = watching.credit - max(0, sent - watching.sent)
    credit = min(credit + earned, max(earned, 1) * SAVED_SWEEPS)
    chosen = _chosen(
        _suspects(instances, now, may_ask_workers=may_ask_workers),
        _rest(instances, now, may_ask_workers=may_ask_workers),
        room=credit - 2 * pending,
        is_turn_of_rest=watching.turn == 0,
    )
    diagnosed = _waiting(instances, now)
    for question in chosen:
        _mark_asked(instances[question.instance_id], question, now)
    for one in diagnosed:
        instances[one].asked_s = now
    before = watching.instances
    return Plan(
        watching=Watching(
            instances=instances, credit=credit, sent=sent, turn=(watching.turn + 1) % TURNS
        ),
        questions=tuple(chosen),
        diagnosed=tuple(diagnosed),
        changed=tuple(
            one
            for one in instances
            if one not in before or before[one].phase != instances[one].phase
        ),
    )


def _updated(before: Watched | None, seen: Listed, now: int) -> Watched:
    """Return what is remembered of an instance now that the list shows it so."""
    phase = seen.phase.value
    if before is None:
        return Watched(mark=seen.mark, moved_s=now, phase=phase, phase_s=now)
    if phase == before.phase and seen.mark == before.mark:
        return msgspec.structs.replace(before)
    after = msgspec.structs.replace(before)
    if phase != before.phase:
        after.phase, after.phase_s, after.pace_s = phase, now, 0
    elif seen.mark != before.mark:
        took = now - before.moved_s
        after.pace_s = round(before.pace_s + _LEARNT * (took - before.pace_s)) or 1
        if not before.pace_s:
            after.pace_s = max(1, took)
    if seen.mark != before.mark:
        after.mark, after.moved_s = seen.mark, now
    return after


def _mark_asked(one: Watched, question: Question, now: int) -> None:
    if question.asks_progress:
        one.asked_s = now
    if question.may_ask_workers:
        one.workers_s = now
    if question.asks_quota:
        one.quota_s = now


@dataclass(frozen=True, slots=True, order=True)
class _Urgency:
    value: float
    instance_id: str


def _chosen(
    suspects: Iterable[tuple[_Urgency, Question]],
    rest: Iterable[Question],
    *,
    room: float,
    is_turn_of_rest: bool,
) -> list[Question]:
    """Return the questions that there is room for."""
    urgent = [question for _, question in sorted(suspects, reverse=True)]
    names = {question.instance_id for question in urgent}
    others = [question for question in rest if question.instance_id not in names]
    # While there are suspects, the rest does not use up what they need two requests for.
    if urgent:
        others = [msgspec.structs.replace(one, may_ask_workers=False) for one in others]
    lines = (others, urgent) if is_turn_of_rest else (urgent, () if urgent else others)
    chosen: list[Question] = []
    for question in chain(*lines):
        # Most of the rest is well, and its workers are not asked for.
        cost = question.cost if question.instance_id in names else 1
        if cost > room:
            break
        chosen.append(question)
        room -= cost
    return chosen


def _suspects(
    instances: Mapping[str, Watched], now: int, *, may_ask_workers: bool
) -> Iterator[tuple[_Urgency, Question]]:
    """Yield what looks sick and is due, and how urgent that is."""
    for name, one in instances.items():
        if one.phase == Phase.RUNNING.value:
            every_s = _asked_every_s(one, now)
            urgency = (now - one.asked_s) / every_s if every_s else 0
            if urgency >= 1:
                # The first time that it looks so comes before all repetitions, and what is known
                # to be sick comes last.
                is_new = one.asked_s < one.moved_s
                weight = min(urgency, 1_000) + 1_000 * is_new + 2_000 * (not one.found_s)
                question = _question(name, one, now, may_ask_workers=may_ask_workers)
                yield _Urgency(weight, name), question
        elif one.phase == Phase.QUEUED.value and now - one.phase_s >= WAITS_S:
            urgency = (now - one.quota_s) / max(QUOTA_EVERY_S, (now - one.phase_s) / 4)
            if urgency >= 1:
                yield (
                    _Urgency(min(urgency, 1_000), name),
                    Question(instance_id=name, asks_quota=True),
                )


def _question(name: str, one: Watched, now: int, *, may_ask_workers: bool) -> Question:
    is_found = one.found_s > 0
    return Question(
        instance_id=name,
        asks_progress=True,
        may_ask_workers=may_ask_workers and now - one.workers_s >= WORKERS_EVERY_S,
        asks_quota=is_found and now - one.quota_s >= QUOTA_EVERY_S,
    )


def _asked_every_s(one: Watched, now: int) -> float:
    """Return how often it is asked about because it looks sick; 0: it does not."""
    if one.found_s:
        return min(max(FOUND_EVERY_S, (now - one.found_s) / 4), LONGEST_FOUND_EVERY_S)
    still_s = now - one.moved_s
    is_slow = 0 < one.slow_s <= now
    if is_slow or still_s >= min(max(STILL_S, STILL_RATIO * one.pace_s), LONGEST_STILL_S):
        return min(max(SUSPECT_EVERY_S, still_s / 4), LONGEST_EVERY_S)
    return 0


def _rest(
    instances: Mapping[str, Watched], now: int, *, may_ask_workers: bool
) -> Iterator[Question]:
    """Yield what runs, those first that nobody has asked about for longest."""
    running = [
        (one.asked_s, name)
        for name, one in instances.items()
        if one.phase == Phase.RUNNING.value and now - one.asked_s >= CLOSE_EVERY_S
    ]
    for _, name in sorted(running):
        yield _question(name, instances[name], now, may_ask_workers=may_ask_workers)


def _waiting(instances: Mapping[str, Watched], now: int) -> list[str]:
    """Return what has waited for so long that the list alone may say why."""
    waiting = [
        (one.asked_s, name)
        for name, one in instances.items()
        if one.phase != Phase.RUNNING.value
        and now - one.phase_s >= WAITS_S
        and now - one.asked_s >= WAITING_EVERY_S
    ]
    return [name for _, name in sorted(waiting)[:MOST_WAITING]]
