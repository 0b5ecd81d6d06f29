"""Everything that boards say, held against golden files; foreign text on them is harmless.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes them; the difference is for a review.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.messages import board as words
from odps_bot.messages.board import BoardRow, BoardView
from odps_bot.runs import Run, RunState
from odps_bot.runs.run import VERSION, Question
from odps_bot.sandbox.slack.block_kit import check_blocks

GOLDEN = Path(__file__).parent / "golden_boards"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

#: Slack refuses messages whose blocks hold more text.
BLOCKS_CHARACTERS = 13_200


def a_run(number: int = 1, **facts: object) -> Run:
    usual = {
        "version": VERSION,
        "run_id": f"{number:024}",
        "name": f"r{number}",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": f"U{number % 10}",
        "project": "ads",
        "sql": "insert overwrite table daily select * from raw",
        "state": RunState.RUNNING,
        "requested_at": NOON - timedelta(minutes=number),
        "polled_at": NOON,
        "workspace_url": "https://acme.slack.com",
        "card_ts": f"1763812800.{number:06}",
    }
    return Run(**{**usual, **facts})  # type: ignore[arg-type]


def a_view(*runs: Run, **facts: object) -> BoardView:
    rows = [BoardRow(run=run, is_here=run.channel_id == "C1") for run in runs[: words.MOST_ROWS]]
    usual = {"now": NOON, "project": None, "rows": rows, "total": len(runs)}
    return BoardView(**{**usual, **facts})  # type: ignore[arg-type]


def a_question() -> Question:
    return Question(
        kind="approval",
        reasons=("write",),
        requested_at=NOON,
        expires_at=NOON + timedelta(hours=4),
        digest="d",
        is_shown=True,
    )


ACTIVE = a_view(
    a_run(5, state=RunState.AWAITING_DECISION, question=a_question()),
    a_run(4, progress_percent=64, is_executing=True),
    a_run(3, queue_position=3),
    a_run(2, progress_percent=8, polled_at=NOON - timedelta(minutes=4)),
    a_run(1, requested_at=NOON - timedelta(days=2), unreachable_since=NOON),
)
ELSEURL = a_view(a_run(1), a_run(2, channel_id="C2"), project="ads")
LAST = a_run(9, state=RunState.SUCCEEDED, ended_at=NOON - timedelta(minutes=3))
URL = "https://acme.slack.com/archives/C1/p1"

MESSAGES = {
    "active": lambda: words.board_message(ACTIVE, names_people=True),
    "active-and-just-posted": lambda: words.board_message(ACTIVE, names_people=False),
    "active-in-a-project": lambda: words.board_message(ELSEURL, names_people=True),
    "active-and-more": lambda: words.board_message(
        a_view(*map(a_run, range(1, 58))), names_people=True
    ),
    "idle": lambda: words.board_message(a_view(last=LAST), names_people=True),
    "idle-and-nothing-known": lambda: words.board_message(a_view(), names_people=True),
    "moved": lambda: words.moved_board(URL),
    "ended-by-somebody": lambda: words.ended_board(ended_by="U2", now=NOON),
    "ended-by-itself": lambda: words.ended_board(ended_by="", now=NOON),
    "no-longer-allowed": lambda: words.no_longer_allowed(now=NOON),
    "not-posted": lambda: words.not_posted("not_in_channel"),
    "exists": lambda: words.board_exists(URL, project=None, is_changed=False, value="ask1"),
    "now-of-a-project": lambda: words.board_exists(
        URL, project="ads", is_changed=True, value="ask1"
    ),
    "ended": words.board_ended,
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_board_says_what_it_said(name: str) -> None:
    message = MESSAGES[name]()
    said = {"text": message.text, "blocks": message.blocks}
    golden = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=100))

    assert yaml.safe_load(golden.read_text()) == said
    assert check_blocks(message.blocks, surface="message") == []


def test_the_golden_files_are_those_of_these_messages() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(MESSAGES)


def test_a_posted_board_names_nobody() -> None:
    assert "<@" not in str(words.board_message(ACTIVE, names_people=False))


@given(
    sql=st.text(min_size=1, max_size=3_000),
    project=st.text(min_size=1, max_size=128),
    status=st.text(max_size=500),
)
def test_foreign_text_is_harmless_and_fits(sql: str, project: str, status: str) -> None:
    runs = [
        a_run(number, sql=sql, queue_status=status, progress_percent=99, unreachable_since=NOON)
        for number in range(60)
    ]
    message = words.board_message(a_view(*runs, project=project), names_people=True)

    assert check_blocks(message.blocks, surface="message") == []
    assert len(message.text) <= 4_000
    assert sum(len(str(block)) for block in message.blocks) <= BLOCKS_CHARACTERS
    assert "<!channel" not in message.text
    assert "<http" not in message.text.replace("<https://acme.slack.com/archives/C1/p", "")


def test_what_is_shown_is_the_same_while_only_time_goes_by() -> None:
    later = BoardView(
        now=NOON + timedelta(minutes=9), project=None, rows=ACTIVE.rows, total=ACTIVE.total
    )

    assert words.content_digest(later) == words.content_digest(ACTIVE)
    assert words.content_digest(a_view()) != words.content_digest(ACTIVE)
