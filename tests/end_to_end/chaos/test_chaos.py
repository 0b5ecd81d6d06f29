"""Nothing is lost and nothing is told twice, whatever dies, hangs or answers nonsense meanwhile."""

import os
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from odps_bot.store import keys
from odps_bot.store.rate_limits import UPDATE_LIMIT

from .mischief import Mischief
from .people import People
from .trial import SEED, Trial, trials
from .truth import Truth, immortals, leftovers

#: Where nothing has waited for so long, nothing will come any more.
QUIET_S = 40

#: Rights have tests of their own.
EVERYBODY_MAY = Path(__file__).parents[1] / "everybody-may.toml"


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("trial", list(trials()), ids=str)
def test_every_run_is_executed_once_and_told_once(trial, tmp_path):
    print(f"\n{SEED}={trial.seed} repeats this trial: {trial}")
    with open_session(trial, tmp_path) as session, Redis.from_url(session.redis.url) as redis:
        mischief = Mischief(session, trial)
        mischief.supervise()
        session.wait_until_ready()
        with People(session.slack, trial) as people:
            mischief.rage()
            mischief.calm()
            people.wait()
            took = admit(session, people, redis, mischief, trial)
        left = leftovers(redis)
        never_expiring = immortals(redis)
        truth = Truth(session)
        complaints = truth.complaints(people.everything)
    print_counts("Faults that struck", mischief.counts)
    denials = sum(asked.denials for asked in people.everything)
    print(f"{denials} times somebody was told to try again, and did")
    print_counts(f"Settled in {took:.0f} s; {trial.runs} runs", truth.ends)

    assert not complaints, "\n".join(complaints)
    assert not left, "\n".join(left)
    assert not never_expiring, "\n".join(never_expiring)


def admit(
    session: Session, people: People, redis: Redis, mischief: Mischief, trial: Trial
) -> float:
    """Wait until all is told, or nothing is done any more; return how many seconds it took."""
    begun = quiet_since = time.monotonic()
    while (now := time.monotonic()) - begun < trial.settling.total_seconds():
        mischief.supervise()
        if not trial.are_limits_on:
            redis.delete(keys.rate_limit(UPDATE_LIMIT.name))
        if leftovers(redis):
            quiet_since = now
        elif now - quiet_since > QUIET_S or not Truth(session).complaints(people.everything):
            break
        time.sleep(1)
    return time.monotonic() - begun


def open_session(trial: Trial, logs: Path) -> Session:
    """Return a sandbox that writes its processes' logs where CI can keep them."""
    if kept := os.environ.get("ODPS_BOT_TEST_LOGS"):
        logs = Path(kept)
        logs.mkdir(parents=True, exist_ok=True)
    session = Session(
        slack_mode=trial.slack_mode,
        timing=Timing.of(timedelta(seconds=1)),
        orders_rows=1_000,
        environ={"ODPS_BOT_RULES": str(EVERYBODY_MAY)},
        logs=logs,
    )
    session.slack.set_limits(is_enabled=trial.are_limits_on)
    return session


def print_counts(title: str, counts: Mapping[str, int]) -> None:
    """Print a small table."""
    print(f"{title}:")
    for what, count in sorted(counts.items()):
        if count:
            print(f"  {count:>5}  {what}")
