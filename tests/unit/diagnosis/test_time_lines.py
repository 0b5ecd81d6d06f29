"""Each sick life is named in its first second, and no healthy one that looks like it."""

import pytest

from odps_bot.diagnosis.finding import Confidence, Kind, Remedy
from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from tests.unit.diagnosis.seen_lives import STEP_S, Seen

#: By life: what it is, in which second that must be said first, and some of the evidence.
FIRST = {
    "wait_framework": (Kind.WAIT_FRAMEWORK, 60, {"waited_s": 60}),
    "wait_quota": (Kind.WAIT_QUOTA, 90, {"waited_s": 60, "queue_length": 9}),
    "no_slots": (Kind.WAIT_QUOTA, 90, {"waited_s": 60}),
    "starved": (Kind.STARVED, 330, {"running": 10, "wanted": 50}),
    "optimizing": (Kind.OPTIMIZING, 605, {"held_s": 600}),
    "planning": (Kind.PLANNING, 135, {"held_s": 120}),
    "replication": (Kind.REPLICATION, 65, {"waited_s": 60}),
    "skew": (Kind.SKEW, 190, {"ended": 49, "worker_s": 120, "ratio": 3, "rest_s": 1_080}),
    "skew_with_backup": (Kind.SKEW, 190, {"ended": 49, "worker_s": 120, "ratio": 3}),
    "slow_worker": (Kind.SLOW_WORKER, 190, {"worker_s": 120, "ratio": 0.18}),
    "expansion": (Kind.EXPANSION, 105, {"ratio": 400}),
    "too_few": (Kind.TOO_FEW, 370, {"records": 60e6, "rest_s": 700}),
    "too_many": (Kind.TOO_MANY, 95, {"workers": 20_000, "mean_bytes": 2e6}),
    "input_grew": (Kind.INPUT_GREW, 350, {"records": 128e6, "ratio": 2, "runs": 20}),
    "retries": (Kind.RETRIES, 210, {"restarts": 3, "attempt": 3}),
    "slow_everywhere": (Kind.SLOW_EVERYWHERE, 330, {"running": 20, "records_per_s": 2_000}),
    "no_movement": (Kind.SLOW_WORKER, 150, {"worker_s": 120, "ratio": 0.5}),
    "computing": (Kind.SLOW_WORKER, 150, {"worker_s": 120}),
    "fallback": (Kind.FALLBACK, 40, {"lost_s": 35}),
    "finishing": (Kind.FINISHING, 190, {"held_s": 120}),
}
#: 20,000 workers take their time.
QUICK = [name for name in FIRST if name != "too_many"]
HEALTHY = [name for name, one in LIVES.items() if not one.is_sick]


def test_all_sick_lives_are_here():
    assert set(FIRST) == {name for name, one in LIVES.items() if one.is_sick}


@pytest.mark.parametrize("name", FIRST)
def test_a_sick_life_is_named_in_its_first_second(name):
    kind, first_s, numbers = FIRST[name]

    seconds, finding = Seen(name).first()

    assert (finding.kind, seconds) == (kind, pytest.approx(first_s, abs=STEP_S))
    near = {one: pytest.approx(value, rel=0.06) for one, value in numbers.items()}
    assert {one: finding.numbers[one] for one in near} == near


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_said_of_a_healthy_life(name):
    said = [(t, one) for t, one in Seen(name).diagnoses() if one.finding or one.hints]

    assert said == []


@pytest.mark.parametrize("name", QUICK)
def test_one_missing_poll_changes_nothing(name):
    kind, first_s, _ = FIRST[name]
    middle = first_s // 2 // STEP_S * STEP_S

    seconds, finding = Seen(name).first(missing={middle})

    assert (finding.kind, seconds) == (kind, pytest.approx(first_s, abs=STEP_S))


@pytest.mark.parametrize("name", QUICK)
def test_workers_told_once_a_minute_are_enough(name):
    """What they told holds in between, and the finding does not come and go."""
    kind, first_s, _ = FIRST[name]
    found = [
        (t, one.finding and one.finding.kind)
        for t, one in Seen(name).diagnoses(step=10, workers_every=60, until=first_s + 125)
    ]

    since = min(first_s + 60, Seen(name).life.ends_s - 20)
    kinds = [found_kind for t, found_kind in found if t >= since]
    assert kind in kinds
    changes = [one for one, before in zip(kinds[1:], kinds, strict=False) if one is not before]
    assert len(changes) <= 1


@pytest.mark.parametrize("name", ["wait_framework", "starved", "skew"])
def test_a_finding_is_gone_when_it_is_over(name):
    seen = Seen(name)
    end = seen.life.ends_s

    *_, (_, last) = seen.diagnoses(until=end, step=10)

    assert last.finding is None


def test_a_slow_worker_that_stops_to_compute_stands_still():
    seconds, finding = next(
        (t, one.finding)
        for t, one in Seen("no_movement").diagnoses(until=800)
        if one.finding and one.finding.kind is Kind.NO_MOVEMENT
    )

    assert seconds == pytest.approx(670, abs=STEP_S)
    assert finding.numbers["computes"] == 0
    assert finding.numbers["still_s"] == pytest.approx(600, abs=STEP_S)
    assert finding.remedy is Remedy.STOP_AND_RERUN  # it only reads


def test_a_slow_worker_that_computes_stays_a_slow_worker():
    """It goes before "no row for ten minutes", and says more."""
    kinds = {one.finding.kind for _, one in Seen("computing").diagnoses(until=800) if one.finding}

    assert kinds == {Kind.SLOW_WORKER}


def test_a_skew_is_a_long_tail_where_nobody_tells_records():
    seconds, finding = Seen("skew", tells_records=False).first()

    assert (finding.kind, seconds) == (Kind.LONG_TAIL, pytest.approx(190, abs=STEP_S))
    assert finding.confidence is Confidence.LIKELY
    assert "ratio" not in finding.numbers


def test_a_long_plan_is_a_hint_before_it_is_a_finding():
    hints = {t: one.hints for t, one in Seen("optimizing").diagnoses() if one.hints}

    assert (min(hints), max(hints)) == (185, 600)
    assert {one.confidence for found in hints.values() for one in found} == {Confidence.HINT}
