"""What is said of earlier runs, held against golden files that a person can read.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes them anew; the difference is for a review.
"""

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from odps_bot.history.past_run import PastRun
from odps_bot.messages import Message
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.history import history_answer, no_statement
from odps_bot.runs import Run, RunState
from odps_bot.sandbox.slack.block_kit import check_blocks

GOLDEN = Path(__file__).parent / "golden_history"

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LINK = "Run <https://acme.slack.com/archives/C1/p1732276800000100|r42>"


def past(number: int, minutes: float, **facts: Any) -> PastRun:
    """Return a run of so many days ago."""
    usual = {"wait_s": 20.0, "input_records": 158_000_000, "input_bytes": 15_800_000_000}
    return PastRun(
        instance_id=f"2026112212000{number}123gabcde",
        submitted_s=int((NOON - number * DAY).timestamp()),
        run_s=60 * minutes,
        **(usual | facts),
    )


def a_run(**facts: Any) -> Run:
    usual: dict[str, Any] = {
        "run_id": "0a1b2c",
        "name": "r42",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "project": "sandbox",
        "sql": "select 1",
        "state": RunState.RUNNING,
        "requested_at": NOON,
        "started_at": NOON,
        "execution_began_at": NOON,
        "polled_at": NOON + timedelta(minutes=9),
    }
    return Run(**(usual | facts))


def a_history(*runs: PastRun, form: int = 0, run: Run | None = None) -> Message:
    return history_answer(LINK, runs, now=NOON, zone="Asia/Shanghai", run=run)[form]


TWELVE: Sequence[PastRun] = [past(n, 12 + n % 4) for n in range(1, 13)]
SLOWER: Sequence[PastRun] = [
    past(n, 25 if n <= 5 else 14, input_records=None) for n in range(1, 14)
]

MESSAGES: dict[str, Callable[[], Message]] = {
    "first-time": a_history,
    "ran-once": lambda: a_history(past(1, 12)),
    "ran-twice": lambda: a_history(past(1, 12), past(2, 15)),
    **{
        f"of-a-running-one-{form + 1}": lambda form=form: a_history(*TWELVE, form=form, run=a_run())
        for form in range(4)
    },
    "of-one-that-takes-longest": lambda: a_history(
        *TWELVE, form=3, run=a_run(polled_at=NOON + timedelta(minutes=31))
    ),
    "slower-since-a-while": lambda: a_history(*SLOWER),
    "of-seconds-without-waits": lambda: a_history(
        *(past(n, 0.2 + n / 50, wait_s=None, input_bytes=None, quota="<q>") for n in range(1, 8))
    ),
    "unknown-statement": lambda: no_statement(LINK),
    "offer": lambda: ephemeral.offer(ephemeral.HISTORY, [a_run()], now=NOON),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_what_its_golden_file_says(name: str) -> None:
    file = GOLDEN / f"{name}.yaml"
    shown = json.loads(json.dumps(MESSAGES[name]().as_arguments()))
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100))
    assert shown == yaml.safe_load(file.read_text())


def test_no_golden_file_is_without_its_message() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_accepts_every_message(name: str) -> None:
    message = MESSAGES[name]()
    assert check_blocks(message.blocks or [], surface="message") == []
    assert 0 < len(message.text.split()) <= 60


@pytest.mark.parametrize("count", [*range(9), 20, 50])
def test_slack_accepts_any_number_of_runs_of_one_minute(count: int) -> None:
    runs = [past(0, n, quota="q" * 40) for n in range(count)]
    for message in history_answer(LINK, runs, now=NOON, zone="UTC"):
        assert check_blocks(message.blocks or [], surface="message") == []
