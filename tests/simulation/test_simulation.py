"""Seeds of the simulation: those that never change, a fresh one, and faults planted by hand.

Each is a process of its own, because it takes the clock away from everything in it.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from odps_bot.store.message_leases import AFTER_A_LOST_RESPONSE
from tests.simulation.boundaries import LATEST_S
from tests.simulation.redis_server import VirtualRedisServer

ROOT = Path(__file__).parents[2]

#: Seeds that are played in each run of the tests. What a seed has once found is found again by it.
FIXED = (1, 2)

#: So many stories take a quarter of a minute.
STORIES = "250"

#: Seeds that have failed, and with how many stories. 109: Slack posted a card so late after its
#: response was lost that it had been posted again.
FAILED_ONCE = {109: "60"}

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None, reason="the simulation needs a C compiler as `cc` on the PATH"
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
    played = simulate("play", "--from", str(seed), "--count", "1", "--stories", STORIES)

    assert played.returncode == 0, played.stdout + played.stderr


@pytest.mark.parametrize(("seed", "stories"), FAILED_ONCE.items())
def test_what_has_failed_once_does_not_fail_again(seed, stories):
    played = simulate("play", "--from", str(seed), "--count", "1", "--stories", stories)

    assert played.returncode == 0, played.stdout + played.stderr


def test_a_lost_response_is_waited_for_as_long_as_slack_may_be_late():
    assert AFTER_A_LOST_RESPONSE.total_seconds() >= LATEST_S


def test_nothing_is_lost_doubled_or_stuck_by_a_fresh_seed():
    played = simulate("play", "--count", "1", "--stories", STORIES)
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


def test_the_order_of_large_hashes_and_sets_repeats_itself():
    # It decides what is done first: a hash or set is large from hundreds of members on.
    names = [f"m{number}" for number in range(1000)]
    read = "return redis.call('SMEMBERS', KEYS[1])"
    orders = []
    for _ in range(2):
        with VirtualRedisServer() as server:
            wire = server.connect()
            wire.call([("SADD", "set", *names), ("HSET", "hash", *names)])
            orders.append(wire.call([("EVAL", read, 1, "set"), ("HKEYS", "hash")]))
            wire.close()

    assert orders[0] == orders[1]
    assert len(orders[0][0]) == len(names)


def test_a_trace_changes_nothing():
    plain = simulate("replay", "3", "--stories", "10").stdout.splitlines()
    traced = simulate("replay", "3", "--stories", "10", "--trace").stdout.splitlines()

    assert len(traced) > len(plain)
    assert traced[-1] == plain[-1]


@pytest.mark.parametrize("name", ["run_undecided", "let_anybody_approve"])
def test_a_planted_fault_is_found_and_repeats_itself(name):
    found = simulate("planted", name, "--from", "100", "--count", "3", "--stories", "60")

    assert found.returncode == 0, found.stdout + found.stderr
    assert "replays" in found.stdout


def test_an_interactive_submission_in_doubt_that_is_sent_as_an_ordinary_job_is_found():
    found = simulate(
        "planted", "fall_back_in_doubt", "--from", "100", "--count", "3", "--stories", STORIES
    )

    assert "runs twice" in found.stdout, found.stdout + found.stderr


def test_what_fails_is_shrunk_to_a_short_list_and_replays_from_it():
    found = simulate("planted", "run_undecided", "--from", "100", "--stories", "60", "--shrink")

    assert found.returncode == 0, found.stdout + found.stderr
    shortest = re.search(r"shortest: stories ([\d, ]+); (\d+) faults", found.stdout)
    assert shortest, found.stdout
    assert len(shortest[1].split(",")) <= 2
    assert int(shortest[2]) <= 1
    assert "it replays" in found.stdout


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_redis_ends_with_the_simulation_however_that_ends(ending, tmp_path):
    player = subprocess.Popen(
        [sys.executable, "-m", "tests.simulation", "play"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with player:
        assert player.stdout
        assert player.stdout.readline().startswith("playing")
        assert _processes_in(tmp_path)

        player.send_signal(ending)

    until_s = time.monotonic() + 60
    while left := _processes_in(tmp_path):
        assert time.monotonic() < until_s, left
        time.sleep(0.05)
    assert ending is signal.SIGKILL or not list(tmp_path.iterdir())


def _processes_in(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder) in str((process / "cwd").readlink()):
                found.append(process.name)
        except OSError:
            continue
    return found
