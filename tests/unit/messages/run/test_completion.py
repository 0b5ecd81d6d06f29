"""The reply at the end of a run: a plainer table is made when Slack has refused the one before."""

from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.messages.results import tables
from odps_bot.messages.run.completion import completion_replies
from odps_bot.runs import Run, RunState, Table

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def ended() -> Run:
    return Run(
        run_id="0a1b2c",
        name="r1",
        team_id="T1",
        channel_id="C1",
        user_id="U1",
        project="sandbox",
        sql="select city, amount from t",
        state=RunState.SUCCEEDED,
        requested_at=NOON,
        ended_at=NOON + timedelta(seconds=3),
        table=Table(
            columns=("city", "amount"),
            types=("string", "bigint"),
            rows=(("Hangzhou", "1000"), ("Beijing", "20")),
            column_count=2,
            row_count=2,
        ),
    )


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[Table]:
    """The tables whose columns were looked at, once for each time."""
    seen = []
    column_formats = tables.column_formats

    def count(table: Table) -> object:
        seen.append(table)
        return column_formats(table)

    monkeypatch.setattr(tables, "column_formats", count)
    return seen


def test_only_the_table_that_is_sent_is_made(ended: Run, looked_at: list[Table]) -> None:
    best = completion_replies(ended, now=NOON)[0]

    assert best.blocks[1]["type"] == "data_table"
    assert len(looked_at) == 2  # to choose the rows, and to write them


def test_each_plainer_table_is_made_when_it_is_needed(ended: Run, looked_at: list[Table]) -> None:
    replies = completion_replies(ended, now=NOON)
    types = []
    for count, reply in enumerate(replies, start=2):
        types.append(reply.blocks[1]["type"])
        assert len(looked_at) == count

    assert types == ["data_table", "table", "rich_text"]
