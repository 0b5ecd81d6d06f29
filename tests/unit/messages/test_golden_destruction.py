"""What somebody reads before they destroy something."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.config.rules import Money
from odps_bot.messages.home.waiting import waiting_list
from odps_bot.messages.run import questions
from odps_bot.messages.run.card import run_card
from odps_bot.policy.cost_decision import Reason
from odps_bot.runs import Decision, Estimate, Question, Run, RunState
from odps_bot.runs.effect import Effect, Hit
from odps_bot.sandbox.slack.block_kit import check_blocks
from odps_bot.sql.classification import DestructionKind as K

GOLDEN = Path(__file__).parent / "golden_destruction"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOST_WORDS = 60
OUR_MARKUP = re.compile(r"<@[UW][A-Z0-9]*>|<#[CDG][A-Z0-9]*>|<!date\^\d+\^[^|<>]*\|[^<>]*>")

ORDERS = Hit(
    kind=K.DROP,
    noun="table",
    name="orders",
    is_sized=True,
    rows=12_345,
    size_bytes=1_288_490_189,
    is_partitioned=True,
)


def table(kind, name="t", **facts):
    usual = {"noun": "table", "is_sized": True, "rows": 1_000, "size_bytes": 2_048}
    return Hit(kind=kind, name=name, **{**usual, **facts})


def a_run(*hits, total=None, kind="destruction", reasons=(Reason.DESTRUCTIVE,), **facts):
    usual = {
        "run_id": "0a1b2c",
        "name": "r42",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "project": "ads",
        "sql": "drop table orders",
        "state": RunState.AWAITING_DECISION,
        "requested_at": NOON,
        "card_ts": "1.2",
        "statement_class": "ddl",
        "effect": Effect(hits=hits, total=total or len(hits)),
        "question": Question(
            kind=kind,
            reasons=reasons,
            requested_at=NOON,
            expires_at=NOON + timedelta(hours=4),
            digest="0123456789abcdef",
            is_shown=True,
            limit=Money(amount=Decimal(3), currency="CNY"),
        ),
    }
    return Run(**{**usual, **facts})


def yes(at=NOON + timedelta(minutes=1)):
    return Decision(user_id="U1", at=at, is_approval=True, digest="0123456789abcdef")


PRICED = {
    "estimate": Estimate(input_bytes=40 * 2**30, complexity=1.5),
    "price_per_gb": Money(amount=Decimal("0.3"), currency="CNY"),
}
SECOND = (Reason.DESTRUCTIVE, Reason.SECOND_PERSON)

QUESTIONS = {
    "drop-table": a_run(ORDERS),
    "drop-three-tables": a_run(*(table(K.DROP, name) for name in "abc")),
    "drop-many-tables": a_run(*(table(K.DROP, f"t{n}") for n in range(10)), total=1_234),
    "drop-view": a_run(Hit(kind=K.DROP, noun="view", name="v")),
    "drop-role": a_run(Hit(kind=K.DROP, noun="role", name="r")),
    "drop-partition": a_run(table(K.DROP_PARTITION, partition="ds='20261031'")),
    "drop-partitions": a_run(
        Hit(kind=K.DROP_PARTITION, noun="table", name="t", partition="ds<'2'")
    ),
    "drop-column": a_run(table(K.DROP_COLUMN)),
    "truncate": a_run(table(K.TRUNCATE)),
    "overwrite": a_run(table(K.OVERWRITE, "p.t")),
    "overwrite-partitions": a_run(table(K.OVERWRITE_PARTITIONS, is_partitioned=True)),
    "replace": a_run(table(K.REPLACE)),
    "restore": a_run(table(K.RESTORE)),
    "delete": a_run(table(K.DELETE, rows=1)),
    "update": a_run(table(K.UPDATE)),
    "merge": a_run(table(K.DELETE_UNMATCHED)),
    "purge-table": a_run(Hit(kind=K.PURGE, noun="table", name="t")),
    "purge-all": a_run(Hit(kind=K.PURGE, noun="recycle bin")),
    "unproven": a_run(Hit(kind=K.UNPROVEN, noun="drop")),
    "several-kinds": a_run(
        table(K.DROP, "a"), table(K.TRUNCATE, "b"), table(K.DROP, "c"), table(K.DELETE, "d")
    ),
    "not-known": a_run(table(K.DROP, rows=None, size_bytes=None)),
    "only-size-known": a_run(table(K.DROP, rows=None)),
    "some-known": a_run(table(K.DROP, "a"), table(K.DROP, "b", rows=None, size_bytes=None)),
    "not-there": a_run(table(K.DROP, rows=None, size_bytes=None, is_missing=True)),
    "with-cost": a_run(
        table(K.OVERWRITE), reasons=(Reason.DESTRUCTIVE, Reason.ABOVE_LIMIT), **PRICED
    ),
    "second-person-later": a_run(ORDERS, reasons=SECOND),
    "second-person-now": a_run(
        ORDERS,
        kind="approval",
        reasons=(Reason.DESTRUCTIVE, Reason.CLASS),
        consent=yes(),
    ),
    "second-person-by-rule": a_run(
        ORDERS, kind="approval", reasons=(Reason.DESTRUCTIVE,), consent=yes()
    ),
}


def as_read(run):
    """Return what stands on the card, and in the thread."""
    return {
        "thread": questions.question_reply(run).text,
        "buttons": questions.question_buttons(run),
    }


@pytest.mark.parametrize("name", QUESTIONS)
def test_it_is_asked_as_the_golden_file_has_it(name):
    shown = as_read(QUESTIONS[name])
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100))

    assert yaml.safe_load(file.read_text()) == shown


def test_every_golden_file_is_of_a_question():
    assert {file.stem for file in GOLDEN.iterdir()} == set(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_short(name):
    said = questions.question_in_words(QUESTIONS[name])

    assert len(OUR_MARKUP.sub("x", said).split()) <= MOST_WORDS


@pytest.mark.parametrize("name", QUESTIONS)
def test_slack_takes_the_card(name):
    card = run_card(QUESTIONS[name], now=NOON)

    assert check_blocks(card.blocks, surface="message") == []
    assert card.blocks == json.loads(json.dumps(card.blocks))


def test_the_home_says_what_is_lost_beside_the_button_that_does_it():
    run = a_run(table(K.DROP))

    words = waiting_list([run])[2]["text"]["text"]

    assert (
        "This drops table `t` in `ads`: 1,000 rows, 2.0 KB. I can't undo that. This expires"
        in words
    )


def test_the_home_begins_the_question_of_a_price_as_a_sentence():
    run = a_run(kind="cost", reasons=(Reason.ABOVE_LIMIT,), effect=None)

    assert "\nThe cost of this is above the limit" in waiting_list([run])[2]["text"]["text"]


def test_the_button_that_destroys_is_red_and_is_not_the_first_thing_one_would_press():
    yes_button, no_button = questions.question_buttons(QUESTIONS["drop-table"])

    assert yes_button["style"] == "danger"
    assert "style" not in no_button
    assert (yes_button["action_id"], no_button["action_id"]) == (
        "confirm_destruction",
        "decline_destruction",
    )


def test_the_card_keeps_who_has_said_yes():
    run = a_run(ORDERS, state=RunState.QUEUED, decision=yes())

    assert "<@U1> confirmed it at" in str(run_card(run, now=NOON).blocks)
    assert str(run_card(QUESTIONS["second-person-now"], now=NOON).blocks).count("confirmed it") == 1


FOREIGN = st.text(min_size=1, max_size=200) | st.sampled_from(
    ["<!channel>", "`*x*`", "<@U2>", "a" * 4_000, "ds='<!here>'", "&lt;"]
)


@given(st.lists(FOREIGN, min_size=1, max_size=10), FOREIGN, st.sampled_from(list(K)))
def test_foreign_names_neither_speak_for_us_nor_break_a_question(names, partition, kind):
    hits = [table(kind, name, partition=partition) for name in names]
    for run in (a_run(*hits), a_run(*hits, kind="approval", reasons=(Reason.DESTRUCTIVE,))):
        card = run_card(run, now=NOON)

        assert check_blocks(card.blocks, surface="message") == []
        assert "<" not in OUR_MARKUP.sub("", questions.question_reply(run).text)
