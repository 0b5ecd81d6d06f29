"""What comes from outside can neither speak for us nor break a message."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.messages import Message
from odps_bot.messages.modals.sql_modal import sql_modal_view
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.estimates import cost_answer, no_estimate
from odps_bot.messages.replies.instances import InstanceStanding, instance_status
from odps_bot.messages.replies.lists import Job, JobPage, job_list
from odps_bot.messages.replies.rerun_question import rerun_question
from odps_bot.messages.replies.shown_again import result_answer
from odps_bot.messages.replies.xflow_steps import Step, xflow_tree
from odps_bot.messages.run.card import run_card, run_cards
from odps_bot.messages.run.completion import completion_replies
from odps_bot.messages.run.progress import progress_reply
from odps_bot.runs import (
    Estimate,
    Milestone,
    MilestoneCode,
    Outcome,
    ReasonCode,
    Run,
    RunState,
    Stage,
    SubInstance,
    Table,
)
from odps_bot.runs.outcome import Refusal
from odps_bot.sandbox.slack.block_kit import check_blocks
from odps_bot.sandbox.slack.block_kit.validation import check_view

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)

#: The only markup of Slack in our messages: people, channels, times, Logview links.
OUR_MARKUP = re.compile(
    r"<@U[0-9]>|<#C[0-9]>|<!date\^\d+\^[^<>|]+\|[^<>|]+>|<https://logview\.example/[^<>|]*\|[^<>]*>"
)
BARE_AMPERSAND = re.compile("&(?!(?:amp|lt|gt);)")

ATTACKS = [
    "<!channel>",
    "<!here|x>",
    "<@U2|boss>",
    "<http://evil.example|Logview>",
    "&lt;!channel&gt;",
    "&",
    "<",
    "`",
    "```",
    "*bold*",
    "\u202e",
    "\u200b",
    "\u0301",
    "\x00",
    "\n",
    "\ud83d",
    "\U0001f468\u200d\U0001f469",
]
FOREIGN = st.lists(
    st.one_of(
        st.sampled_from(ATTACKS), st.text(max_size=20), st.integers(1, 4_000).map("&".__mul__)
    ),
    max_size=12,
).map("".join)


def a_run(text: str, state: RunState, **facts: Any) -> Run:
    """Return a run with `text` wherever text comes from outside."""
    stages = (
        Stage(
            name=text,
            status=text,
            terminated_workers=0,
            running_workers=1,
            total_workers=2,
            progress_percent=0,
        ),
    )
    refusal = Refusal(reason=ReasonCode.NO_PERMISSION, since=NOON, code=text, message=text)
    usual = {
        "run_id": "0a1b2c",
        "name": "r42",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "project": "sandbox",
        "sql": text,
        "state": state,
        "refusal": refusal,
        "requested_at": NOON,
        "instance_id": "20261122120001123gabcde",
        "stages": stages * 8,
        "stop_requested_by": "U2",
        "queue_status": text,
        "unreachable_since": NOON,
        "milestones": (Milestone(at=NOON, code=MilestoneCode.STAGE_FINISHED, detail=text),) * 30,
        "result_text": text,
        "outcome": Outcome(reason=ReasonCode.TASK_FAILED, detail=text),
    }
    return Run(**{**usual, **facts})


def a_table(*rows: tuple[str | None, ...], columns: tuple[str, ...]) -> Table:
    return Table(columns=columns, rows=rows, row_count=len(rows), column_count=len(columns))


def all_messages(run: Run) -> list[Message]:
    ten = [Run(**{**fields(run), "run_id": f"{run.run_id}{number}"}) for number in range(10)]
    return [
        *run_cards(run, now=LATER),
        run_card(Run(**{**fields(run), "stages": ()}), now=LATER),
        *run_cards(Run(**{**fields(run), "sub_instances": flow_of(run.sql)}), now=LATER),
        rerun_question(run, ends_alike=False),
        *(result_answer(run, now=LATER) if run.is_final else ()),
        ephemeral.offer(ephemeral.RERUN, [run], now=LATER),
        progress_reply(run),
        *(completion_replies(run, now=LATER) if run.is_final else ()),
        ephemeral.refusal(run),
        ephemeral.runs_overview([(one, None) for one in ten], now=LATER, title="Runs"),
        ephemeral.offer(ephemeral.STOP, ten, now=LATER),
        ephemeral.offer(ephemeral.LOGVIEW, [run], now=LATER),
        *answers_about(run.sql),
    ]


def answers_about(text: str) -> list[Message]:
    """Return the answers of which MaxCompute, or its user, could have written a part."""
    estimate = Estimate(input_bytes=1, complexity=1.0)
    effective_role = InstanceStanding(
        project="sandbox",
        instance_id="20261122120001123gabcde",
        status="running",
        is_over=False,
        owner=text,
        waits=text,
    )
    job = Job(name=text, state=text, emoji=":x:", owner=text, sql=text)
    return [
        cost_answer(estimate, project="sandbox", sql=text, price=None, interaction_id="0a1b2c"),
        no_estimate(text, project="sandbox"),
        instance_status(effective_role),
        *job_list(JobPage(title="Jobs", jobs=[job] * 20, first=1, total=20)),
        xflow_tree(
            [Step(name=text, depth=0, status=text)] * 60, name="r1", project="p", status=text
        ),
    ]


def flow_of(text: str) -> tuple[SubInstance, ...]:
    return (SubInstance(name=text, instance_id=text, status=text),) * 60


def fields(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in run.__struct_fields__}


def mrkdwn_of(message: Message) -> Iterator[str]:
    yield message.text
    for block in message.blocks:
        for value in (block.get("text"), *block.get("elements", ())):
            if isinstance(value, dict) and value.get("type") == "mrkdwn":
                yield value["text"]


def assert_sound(message: Message) -> None:
    assert check_blocks(message.blocks, surface="message") == []
    assert 0 < len(message.text) <= 4_000
    str(message.as_arguments()).encode()
    for text in mrkdwn_of(message):
        assert not set(OUR_MARKUP.sub("", text)) & set("<>")
        assert not BARE_AMPERSAND.search(text)


@given(text=FOREIGN, state=st.sampled_from(RunState))
def test_foreign_text_can_neither_mention_nor_link_nor_break_a_message(
    text: str, state: RunState
) -> None:
    for message in all_messages(a_run(text, state)):
        assert_sound(message)


@given(
    cells=st.lists(st.one_of(FOREIGN, st.none()), min_size=1, max_size=5),
    columns=st.lists(FOREIGN, min_size=1, max_size=5),
)
def test_foreign_tables_can_neither_mention_nor_link_nor_break_a_message(
    cells: list[str | None], columns: list[str]
) -> None:
    row = tuple(cells[n % len(cells)] for n in range(len(columns)))
    run = a_run("select", RunState.SUCCEEDED, table=a_table(row, row, columns=tuple(columns)))

    for message in completion_replies(run, now=LATER):
        assert_sound(message)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 1_000_000, id="1 MB in a word"),
        pytest.param("<!channel> & " * 100_000, id="1 MB of what must be escaped"),
        pytest.param("\n" * 100_000, id="nothing but lines"),
        pytest.param("\u200b" * 100_000, id="nothing to see"),
        pytest.param("e" + "\u0301" * 100_000, id="one letter"),
        pytest.param("", id="nothing"),
        pytest.param("   ", id="blanks"),
    ],
)
@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.SUCCEEDED, RunState.FAILED])
def test_messages_keep_slacks_limits_whatever_comes(text: str, state: RunState) -> None:
    for message in all_messages(a_run(text, state)):
        assert_sound(message)


@given(text=FOREIGN.map(lambda text: text * 40))
def test_a_window_shows_any_statement(text: str) -> None:
    view = sql_modal_view(a_run(text, RunState.RUNNING)).view

    assert check_view(view) == []


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("x" * 1_000_000, id="1 MB in a word"),
        pytest.param("一" * 300_000, id="no ASCII at all"),
        pytest.param("select 1;\n" * 100_000, id="many lines"),
        pytest.param("<!channel> & `" * 2_000, id="hostile"),
        pytest.param("\n" * 50_000 + "x", id="nothing but lines"),
    ],
)
def test_a_window_keeps_slacks_limits_and_says_what_is_missing(sql: str) -> None:
    view = sql_modal_view(a_run(sql, RunState.RUNNING)).view

    shown = "".join(
        block["elements"][0]["elements"][0]["text"]
        for block in view["blocks"]
        if block["type"] == "rich_text"
    )
    is_cut = len(shown) < len(sql.strip())
    assert check_view(view) == []
    assert len(json.dumps(view)) < 250_000
    assert sql.strip().startswith(shown)
    assert ("Slack's limit" in str(view["blocks"][-1])) is is_cut


def test_long_names_of_stages_do_not_hide_who_asked_to_stop() -> None:
    card = run_card(a_run("&" * 5_000, RunState.STOPPING), now=LATER)

    assert "Stop requested by <@U2>." in "".join(mrkdwn_of(card))


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(a_table(("x" * 10_000_000,), columns=("a",)), id="a cell of 10 MB"),
        pytest.param(a_table(("1",) * 2_000, columns=("c",) * 2_000), id="2,000 columns"),
        pytest.param(a_table(*[("1",)] * 10_000, columns=("a",)), id="10,000 rows"),
        pytest.param(
            a_table(*[("x" * 500,) * 20] * 20, columns=("n" * 500,) * 20), id="all of it long"
        ),
        pytest.param(a_table(("",) * 3, (None,) * 3, columns=("", " ", "\u200b")), id="empty"),
        pytest.param(a_table(("a\nb\tc", "`|"), columns=("x\ny", "z")), id="lines in cells"),
        pytest.param(a_table(("\u202eevil", "שלום"), columns=("a", "b")), id="right to left"),
        pytest.param(a_table(columns=("a",)), id="no rows"),
        pytest.param(a_table(columns=()), id="no columns"),
    ],
)
def test_tables_keep_slacks_limits_whatever_comes(table: Table) -> None:
    run = a_run("select", RunState.SUCCEEDED, table=table, result_text=None, outcome=None)

    for message in completion_replies(run, now=LATER):
        assert_sound(message)
