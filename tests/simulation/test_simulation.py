"""Seeds of the simulation: those that never change, a fresh one, and faults planted by hand.

Each is a process of its own, because it takes the clock away from everything in it.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Seeds that are played in each run of the tests. What a seed has once found is found again by it.
FIXED = (1, 2)

pytestmark = pytest.mark.skipif(
    not list(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")),
    reason="the simulation needs Debian's package `libfaketime`",
)


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("seed", FIXED)
def test_nothing_is_lost_doubled_or_stuck(seed):
    played = simulate("play", "--from", str(seed), "--count", "1")

    assert played.returncode == 0, played.stdout + played.stderr


def test_nothing_is_lost_doubled_or_stuck_by_a_fresh_seed():
    played = simulate("play", "--count", "1")
    print(played.stdout)

    assert played.returncode == 0, played.stdout + played.stderr


def test_a_seed_repeats_itself():
    digests = [
        re.search("digest ([0-9a-f]{8})", simulate("replay", "3", "--stories", "40").stdout)
        for _ in range(2)
    ]

    assert digests[0]
    assert digests[1]
    assert digests[0][1] == digests[1][1]


@pytest.mark.parametrize("name", ["run_undecided", "let_anybody_approve"])
def test_a_planted_fault_is_found_and_repeats_itself(name):
    found = simulate("planted", name, "--from", "100", "--count", "3")

    assert found.returncode == 0, found.stdout + found.stderr
    assert "replays" in found.stdout
