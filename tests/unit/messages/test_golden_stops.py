"""The question whether to stop several runs, and what came of it, held against golden files."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from odps_bot.messages import Message
from odps_bot.messages.replies.bulk_stop import (
    Stopped,
    ask_whose,
    nothing_to_stop,
    runs_left,
    runs_stopped,
    stop_preview,
)
from odps_bot.policy.bulk_stop import Hindrance, Sorted, StopChoice
from odps_bot.runs import Run, RunState, Stage
from odps_bot.sandbox.slack.block_kit import check_blocks

GOLDEN = Path(__file__).parent / "golden_stops"

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

HOSTILE = "select '<!channel>' & `x` from t -- " + "&<>" * 50

STAGE = Stage(
    name="M1",
    status="RUNNING",
    terminated_workers=1,
    running_workers=1,
    total_workers=4,
    progress_percent=25,
)


def a_run(number: int, **facts: Any) -> Run:
    usual = {
        "run_id": f"{number:024x}",
        "name": f"r{number}",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": f"U{number % 2 + 1}",
        "project": "sandbox",
        "sql": "select * from orders",
        "state": RunState.RUNNING,
        "requested_at": NOON - timedelta(minutes=7 * number),
    }
    return Run(**{**usual, **facts})


def runs(count: int, first: int = 1, **facts: Any) -> list[Run]:
    return [a_run(number, **facts) for number in range(first, first + count)]


BUSY = Sorted(
    stoppable=(
        a_run(1, stages=(STAGE,), progress_percent=25),
        a_run(2, state=RunState.QUEUED, sql=HOSTILE),
        *runs(36, first=3),
    ),
    hindered={
        Hindrance.ROLE: runs(4, first=50),
        Hindrance.ELSEWHERE: runs(2, first=60),
        Hindrance.STOPPING: runs(1, first=70),
        Hindrance.NO_WAY: runs(7, first=80),
    },
)
CHOICE = StopChoice(
    is_channel=True, project="sandbox", phase="running", older=timedelta(hours=2), owners=("U2",)
)


def preview(found: Sorted, choice: StopChoice, *notes: str) -> Message:
    return stop_preview(found, choice, question_id="0123456789abcdef", now=NOON, notes=notes)


ANSWERS: dict[str, Callable[[], Message]] = {
    "preview": lambda: preview(
        BUSY, CHOICE, "Jobs that I don't follow are not included: `/odps list project sandbox`."
    ),
    "preview-of-one": lambda: preview(
        Sorted(stoppable=(a_run(1),)), StopChoice(is_mine=True, is_channel=True)
    ),
    "preview-of-hostile-sql": lambda: preview(
        Sorted(stoppable=tuple(runs(15, sql=HOSTILE))), StopChoice(accounts=("<!here>",))
    ),
    "nothing": lambda: nothing_to_stop(Sorted(stoppable=()), StopChoice(is_mine=True)),
    "nothing-that-one-may-stop": lambda: nothing_to_stop(
        Sorted(stoppable=(), hindered={Hindrance.ROLE: runs(1)}), StopChoice(is_channel=True)
    ),
    "whose": lambda: ask_whose(
        {"U2": 12, "U1": 1},
        name="@<!here>",
        values={"U2": "channel owner <@U2>", "U1": "channel owner <@U1>"},
    ),
    "stopped": lambda: runs_stopped(
        Stopped(
            stopped=[*runs(3, state=RunState.CANCELLED), *runs(9, instance_id="2026")],
            others={
                Hindrance.ENDED: runs(1, first=20),
                Hindrance.ROLE: runs(1, first=30),
                Hindrance.STOPPING: runs(2, first=40),
                Hindrance.NO_WAY: runs(1, first=50),
            },
            gone=1,
        )
    ),
    "stopped-one": lambda: runs_stopped(Stopped(stopped=runs(1, instance_id="2026"), others={})),
    "stopped-none": lambda: runs_stopped(Stopped(stopped=[], others={Hindrance.ENDED: runs(7)})),
    "left": lambda: runs_left(12),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_as_it_was_reviewed(name: str) -> None:
    message = ANSWERS[name]()
    rendered = yaml.safe_dump(message.as_arguments(), sort_keys=False, allow_unicode=True)
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(rendered)

    assert rendered == file.read_text()


def test_no_golden_file_is_without_its_answer() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_slack_takes_every_answer(name: str) -> None:
    message = ANSWERS[name]()

    assert check_blocks(message.blocks, surface="message") == []
    assert 0 < len(message.text) <= 4_000
    for mention in ("<!channel>", "<!here>"):
        assert mention not in message.text + str(message.blocks)
