"""What is asked about watched instances besides: of which first, how often, and within how much."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec
import pytest

from odps_bot.store import sweeps
from odps_bot.store.codec import decode
from workers.polling.question_plan import (
    CLOSE_REQUESTS,
    LONGEST_STILL_S,
    MOST_WAITING,
    QUOTA_EVERY_S,
    SHARE,
    WORKERS_EVERY_S,
    Listed,
    Phase,
    Plan,
    Watching,
    allowance,
    plan,
)

SWEEP_S = sweeps.INTERVAL.total_seconds()
START_S = 1_800_000_000

See = Callable[[float], Listed]


def moving(every_s: float = 36, *, from_s: float = 0) -> See:
    return lambda age_s: Listed(phase=Phase.RUNNING, mark=f"{int((age_s + from_s) / every_s)}")


def still(after_s: float) -> See:
    """Return what moves until then."""
    return lambda age_s: moving()(min(age_s, after_s))


def waiting(phase: Phase, *, until_s: float = 1e9) -> See:
    def see(age_s: float) -> Listed:
        return Listed(phase=phase, mark="") if age_s < until_s else moving()(age_s)

    return see


@dataclass
class Sweeps:
    """Sweeps of a project, every five seconds."""

    instances: dict[str, See]
    earned: float = 3
    may_ask_workers: bool = True
    age_s: float = 0
    sent: int = 0
    watching: Watching = field(default_factory=Watching)
    plans: list[tuple[float, Plan]] = field(default_factory=list)

    def go_on(self, until_s: float, *, requests: Callable[[str], int] = lambda _: 1) -> "Sweeps":
        """Sweep until then; each question takes so many requests."""
        while self.age_s < until_s:
            found = plan(
                self.watching,
                {name: see(self.age_s) for name, see in self.instances.items()},
                now_s=START_S + self.age_s,
                earned=self.earned,
                sent=self.sent,
                pending=0,
                may_ask_workers=self.may_ask_workers,
            )
            self.plans.append((self.age_s, found))
            self.watching = decode(msgspec.json.encode(found.watching), Watching)
            self.sent += sum(requests(question.instance_id) for question in found.questions)
            self.age_s += SWEEP_S
        return self

    def asked(self, name: str) -> list[float]:
        """Return when this instance was asked about."""
        return [
            age_s
            for age_s, found in self.plans
            for question in found.questions
            if question.instance_id == name
        ]


def test_few_instances_are_asked_every_ten_seconds() -> None:
    swept = Sweeps({f"i{n}": moving(from_s=7 * n) for n in range(5)}, earned=2.5).go_on(120)

    assert all(len(swept.asked(f"i{n}")) >= 10 for n in range(5))


def test_what_stands_still_is_asked_about_before_the_rest() -> None:
    instances = {f"i{n:03}": moving(from_s=7 * n) for n in range(500)}
    swept = Sweeps(instances | {"sick": still(200)}).go_on(600)

    after = [age_s for age_s in swept.asked("sick") if age_s > 240]
    assert after[0] <= 200 + LONGEST_STILL_S / 2
    assert len(after) >= 3


def test_what_just_stopped_moving_comes_before_what_is_known_to_stand() -> None:
    instances = {f"old{n:02}": still(0) for n in range(50)} | {"new": still(600)}
    swept = Sweeps(instances, earned=2).go_on(900)

    after = [age_s for age_s in swept.asked("new") if age_s > 640]
    assert after[0] <= 700


def test_everything_has_its_turn() -> None:
    instances = {f"i{n:03}": moving(from_s=7 * n) for n in range(60)}
    sick = {f"sick{n:02}": still(0) for n in range(40)}
    swept = Sweeps(instances | sick, earned=3).go_on(900)

    assert all(swept.asked(name) for name in instances)


@pytest.mark.parametrize("requests", [1, 2])
def test_no_more_is_sent_than_was_earned(requests: int) -> None:
    instances = {f"i{n:03}": still(n) for n in range(300)}
    swept = Sweeps(instances, earned=2.5).go_on(600, requests=lambda _: requests)

    assert swept.sent <= 2.5 * (600 / SWEEP_S) + 2


def test_what_was_not_used_is_not_saved_for_long() -> None:
    def see(age_s: float) -> Listed:
        return Listed(phase=Phase.BEFORE if age_s < 600 else Phase.RUNNING, mark="")

    swept = Sweeps({f"i{n}": see for n in range(100)}, earned=2).go_on(605)

    assert len(swept.plans[-1][1].questions) <= 6


def test_what_waits_is_asked_nothing_but_its_quota() -> None:
    swept = Sweeps({"i0": waiting(Phase.BEFORE), "i1": waiting(Phase.QUEUED)}).go_on(900)

    assert swept.asked("i0") == []
    assert min(b - a for a, b in pairwise(swept.asked("i1"))) >= QUOTA_EVERY_S
    questions = [question for _, found in swept.plans for question in found.questions]
    assert not any(question.asks_progress for question in questions)


def test_what_waits_for_a_minute_is_diagnosed_by_the_list_alone() -> None:
    swept = Sweeps({"i0": waiting(Phase.BEFORE, until_s=150)}).go_on(300)

    at = [age_s for age_s, found in swept.plans if found.diagnosed]
    assert at == [60, 90, 120]


def test_so_many_are_diagnosed_in_a_sweep_and_all_have_their_turn() -> None:
    swept = Sweeps({f"i{n:03}": waiting(Phase.QUEUED) for n in range(100)}).go_on(85)

    counts = [len(found.diagnosed) for _, found in swept.plans]
    assert max(counts) == MOST_WAITING
    assert sum(counts) == 100


def test_what_is_new_and_another_phase_are_written_down_once() -> None:
    swept = Sweeps({"i0": waiting(Phase.QUEUED, until_s=50)}).go_on(120)

    assert [age_s for age_s, found in swept.plans if found.changed] == [0, 50]


def test_workers_are_asked_for_once_a_minute_at_most_and_not_where_that_is_too_much() -> None:
    swept = Sweeps({"sick": still(0)}, earned=5).go_on(600)
    at = [age_s for age_s, found in swept.plans for q in found.questions if q.may_ask_workers]
    assert at
    assert all(b - a >= WORKERS_EVERY_S for a, b in pairwise(at))

    swept = Sweeps({"sick": still(0)}, earned=5, may_ask_workers=False).go_on(600)
    assert not any(q.may_ask_workers for _, found in swept.plans for q in found.questions)


def test_what_was_found_is_asked_about_ever_more_rarely() -> None:
    swept = Sweeps({"sick": still(0)} | {f"i{n:03}": moving() for n in range(500)}).go_on(100)
    swept.watching.instances["sick"].found_s = START_S + 100
    swept.go_on(3_600)

    at = [age_s for age_s in swept.asked("sick") if age_s > 1_500]
    assert 8 > len(at) / 2_100 * 1_800 > 3


def test_what_takes_longer_than_it_usually_does_looks_sick_though_it_moves() -> None:
    instances = {f"i{n:03}": moving(from_s=7 * n) for n in range(500)}
    swept = Sweeps(instances).go_on(100)
    swept.watching.instances["i250"].slow_s = START_S + 100
    swept.go_on(500)

    assert Counter(swept.asked("i250"))
    assert len(swept.asked("i250")) >= 3


@pytest.mark.parametrize(
    ("watching_requests", "running", "limit", "expected"),
    [
        (2, 1, 250, 0.5),
        (10, 10, 250, 5),
        (10, 40, 250, CLOSE_REQUESTS * 0.9),
        (10, 40, 25, 2.5),
        (10, 1_000, 250, 10 * SHARE),
        (40, 10_000, 250, 40 * SHARE),
    ],
)
def test_a_sweep_earns_a_part_of_what_watching_takes_and_more_where_little_is_watched(
    watching_requests: float, running: int, limit: float, expected: float
) -> None:
    assert allowance(watching_requests, running, per_sweep_limit=limit) == pytest.approx(expected)


def test_what_is_remembered_takes_some_sixty_bytes_an_instance() -> None:
    instances = {f"20261122120001123g{n:06}": moving(from_s=n) for n in range(1_000)}
    swept = Sweeps(instances, earned=10).go_on(600)

    assert len(msgspec.json.encode(swept.watching)) / 1_000 <= 110
