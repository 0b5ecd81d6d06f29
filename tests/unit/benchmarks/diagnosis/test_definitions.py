"""What is true of the lives of the catalog is what their time lines say."""

import pytest

from benchmarks.diagnosis.population import SICKNESSES, Subject, subject
from benchmarks.diagnosis.truth import causes
from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life

#: Name of the life, its causes and since when.
FIRST = [
    ("wait_framework", [("wait_framework", 60)]),
    ("wait_quota", [("wait_quota", 90)]),
    ("no_slots", [("wait_quota", 90)]),
    ("starved", [("starved", 330)]),
    ("optimizing", [("optimizing", 605)]),
    ("planning", [("planning", 135)]),
    ("replication", [("replication", 65)]),
    ("skew", [("skew", 190)]),
    ("slow_worker", [("slow_worker", 190)]),
    ("expansion", [("expansion", 105)]),
    ("too_few", [("too_few", 370)]),
    ("input_grew", [("input_grew", 350)]),
    ("retries", [("retries", 210)]),
    ("slow_everywhere", [("slow_everywhere", 330)]),
    ("no_movement", [("slow_worker", 150), ("no_movement", 670)]),
    ("fallback", [("fallback", 40)]),
    ("finishing", [("finishing", 190)]),
]


def true_of(name):
    life = Life(LIVES[name].plan())
    return causes(Subject(name, 0, life, tells_records=True), until_s=int(min(life.ends_s, 1400)))


@pytest.mark.parametrize(("name", "expected"), FIRST)
def test_a_sickness_is_true_from_the_second_of_its_time_line(name, expected):
    found = [(cause.kind.value, cause.from_s) for cause in true_of(name)]

    assert [kind for kind, _ in found] == [kind for kind, _ in expected]
    assert [since for _, since in found] == pytest.approx([since for _, since in expected], abs=5)


@pytest.mark.parametrize("name", [name for name, life in LIVES.items() if not life.is_sick])
def test_nothing_is_true_of_healthy_lives(name):
    assert true_of(name) == []


@pytest.mark.parametrize("name", [*SICKNESSES, "healthy"])
def test_a_seed_draws_the_same_life_again(name):
    assert subject(name, 7).life.plan == subject(name, 7).life.plan
    assert subject(name, 7).life.plan != subject(name, 8).life.plan
