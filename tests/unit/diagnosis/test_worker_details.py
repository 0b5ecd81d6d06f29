"""Workers are asked for only where they may say something."""

import pytest

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.worker_details import are_workers_wanted
from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from tests.unit.diagnosis.seen_lives import Seen, at, snapshots, stage

#: Whose finding needs workers, and when they must have been asked for.
NEEDED = {
    "skew": 190,
    "slow_worker": 190,
    "too_few": 370,
    "too_many": 95,
    "retries": 210,
    "slow_everywhere": 330,
    "no_movement": 150,
}


def first_wanted(name, until=1_200):
    """Return the second in which workers of a life are first asked for."""
    seen, kept = Seen(name), []
    for t in range(0, int(min(seen.life.ends_s, until)), 10):
        kept.append(seen.snapshot(t, with_workers=False))
        if are_workers_wanted(kept, seen.source, seen.thresholds, at(t)):
            return t
    return None


@pytest.mark.parametrize("name", NEEDED)
def test_they_are_asked_for_before_the_rule_fires(name):
    assert first_wanted(name, until=NEEDED[name] + 20) <= NEEDED[name]


@pytest.mark.parametrize("name", ["wait_quota", "optimizing", "starved", "finishing", "fallback"])
def test_what_the_scheduler_tells_needs_none(name):
    first = first_wanted(name, until=120)

    assert first is None


@pytest.mark.parametrize(
    "name", [name for name, one in LIVES.items() if not one.is_sick and name != "small_sort"]
)
def test_most_healthy_lives_are_not_asked(name):
    """But for a stage of which half the workers have ended, or that does not move for long."""
    asked = first_wanted(name)
    late = {"mild_skew", "ramp_up", "waves", "one_death", "late_records", "tiny_skew"}

    assert asked is None or name in late


def test_they_are_not_asked_for_when_nobody_would_say_anything():
    tail = snapshots([stage("R2_1", total=50, running=1, ended=49)])
    now = tail[-1].at

    assert are_workers_wanted(tail, SourceFacts(), Thresholds(), now)
    assert not are_workers_wanted(tail, SourceFacts(is_sql=False), Thresholds(), now)
    assert not are_workers_wanted(tail, SourceFacts(), Thresholds(enabled=False), now)
    assert not are_workers_wanted([], SourceFacts(), Thresholds(), now)
