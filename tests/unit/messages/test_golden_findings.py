"""What is said of each finding, held against golden files; foreign text in it is harmless.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes them; the difference is for a review.
"""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.messages.board import BoardRow, BoardView, board_message
from odps_bot.messages.replies.ephemeral import runs_overview
from odps_bot.messages.run.card import run_card
from odps_bot.messages.run.finding_buttons import WorkerLog, read_worker_log
from odps_bot.messages.run.findings import (
    FINDING_EMOJI,
    finding_in_short,
    finding_in_words,
    finding_line,
    finding_reply,
    finding_word,
)
from odps_bot.runs import Run, RunState
from odps_bot.sandbox.slack.block_kit import check_blocks

GOLDEN = Path(__file__).parent / "golden_findings"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=6)

MOST_WORDS = 60
LINE_CHARACTERS = 200

HOSTILE = "`<!here> & <@U1>\u202e*x*"

TAIL = {"workers": 50, "ended": 49, "ended_mean_s": 40, "worker_s": 120}


def a_finding(kind: Kind, remedy: Remedy = Remedy.NOTHING, **facts: object) -> Finding:
    usual = {"kind": kind, "remedy": remedy, "since": NOON, "confidence": Confidence.SURE}
    return Finding(**{**usual, **facts})  # type: ignore[arg-type]


def a_skew(**facts: object) -> Finding:
    usual = {
        "remedy": Remedy.SKEW_JOIN,
        "stage": "J2_1",
        "worker": 49,
        "log_id": "b0YxNDk=",
        "numbers": {**TAIL, "records": 60e6, "ratio": 30, "rest_s": 1080},
        "names": ("a",),
    }
    return a_finding(Kind.SKEW, **{**usual, **facts})


FINDINGS = {
    "slot-of-the-project": a_finding(Kind.WAIT_FRAMEWORK, Remedy.FEWER_JOBS, code=1012),
    "cluster": a_finding(Kind.WAIT_FRAMEWORK, Remedy.WAIT, code=1011),
    "unknown-wait": a_finding(Kind.WAIT_FRAMEWORK, Remedy.WAIT, code=1077),
    "quota": a_finding(
        Kind.WAIT_QUOTA,
        Remedy.OTHER_QUOTA,
        code=1041,
        names=("etl",),
        numbers={
            "queue_position": 7,
            "queue_length": 23,
            "used_cpu": 64_000,
            "usable_cpu": 67_200,
            "requested_cpu": 190_000,
        },
    ),
    "quota-and-no-more": a_finding(Kind.WAIT_QUOTA, Remedy.OTHER_QUOTA, code=1041),
    "no-worker-runs": a_finding(
        Kind.WAIT_QUOTA, Remedy.OTHER_QUOTA, code=1042, numbers={"usual_wait_s": 60}
    ),
    "starved": a_finding(
        Kind.STARVED, Remedy.OTHER_QUOTA, stage="M1", numbers={"running": 10, "wanted": 100}
    ),
    "optimizing": a_finding(Kind.OPTIMIZING, Remedy.SPLIT_STATEMENT, code=1230),
    "compiling": a_finding(Kind.OPTIMIZING, Remedy.WAIT, code=1220),
    "planning": a_finding(
        Kind.PLANNING, Remedy.MERGE_FILES, code=1240, numbers={"usual_s": 12}, names=("logs",)
    ),
    "replication": a_finding(Kind.REPLICATION, Remedy.WAIT, code=1013),
    "skew": a_skew(),
    "skew-and-more-input": a_skew(input_ratio=2.4),
    "skewed-groups": a_skew(
        remedy=Remedy.SKEWED_GROUPS,
        stage="R2_1",
        names=(),
        hints={"odps.sql.groupby.skewindata": "true"},
    ),
    "skew-by-ratio-alone": a_skew(numbers={"ratio": 4.5}, remedy=Remedy.MAP_JOIN),
    "slow-worker": a_finding(
        Kind.SLOW_WORKER, Remedy.READ_LOG, stage="R2_1", worker=49, numbers=TAIL
    ),
    "long-tail": a_finding(
        Kind.LONG_TAIL,
        Remedy.READ_LOG,
        stage="R2_1",
        numbers={**TAIL, "rest_s": 30},
        confidence=Confidence.LIKELY,
    ),
    "expansion": a_finding(
        Kind.EXPANSION,
        Remedy.CHECK_JOIN_KEYS,
        stage="J2_1",
        numbers={"input_records": 7e6, "output_records": 2.8e9, "ratio": 400},
    ),
    "too-few": a_finding(
        Kind.TOO_FEW,
        Remedy.REWRITE_SINGLE,
        stage="R2_1",
        names=("order_by",),
        numbers={"workers": 1, "records": 60e6, "worker_s": 300},
    ),
    "too-many": a_finding(
        Kind.TOO_MANY,
        Remedy.LARGER_SPLITS,
        stage="M1",
        numbers={"workers": 20_000, "ended_mean_s": 5, "mean_bytes": 2 * 1024**2},
        hints={"odps.stage.mapper.split.size": "1024"},
    ),
    "more-input": a_finding(
        Kind.INPUT_GREW,
        Remedy.CHECK_PARTITIONS,
        numbers={"records": 128e6, "usual_records": 64e6, "ratio": 2, "runs": 20},
    ),
    "failing-workers": a_finding(
        Kind.RETRIES,
        Remedy.READ_LOG,
        stage="M1",
        worker=20,
        numbers={"restarts": 3, "attempt": 2},
    ),
    "slow-function": a_finding(
        Kind.SLOW_EVERYWHERE,
        Remedy.REPLACE_UDF,
        stage="M1",
        names=("my_udf",),
        numbers={"records_per_s": 2_000, "workers": 20},
    ),
    "no-progress": a_finding(
        Kind.NO_MOVEMENT,
        Remedy.STOP_AND_RERUN,
        stage="M1",
        worker=7,
        numbers={"running": 1, "records": 1e6, "computes": 0},
    ),
    "no-progress-but-computing": a_finding(
        Kind.NO_MOVEMENT, Remedy.READ_LOG, stage="M1", worker=7, numbers={"computes": 1}
    ),
    "normal-mode": a_finding(Kind.FALLBACK, Remedy.NOTHING),
    "slow-finish": a_finding(Kind.FINISHING, Remedy.FEWER_PARTITIONS),
    "since-yesterday": a_finding(
        Kind.WAIT_FRAMEWORK, Remedy.WAIT, code=1010, since=NOON - timedelta(days=1)
    ),
}


def a_run(**facts: object) -> Run:
    usual = {
        "run_id": "0a1b2c",
        "name": "r42",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "project": "sandbox",
        "sql": "select * from a join b on a.k = b.k",
        "state": RunState.RUNNING,
        "requested_at": NOON,
        "instance_id": "20261122120001123gabcde",
        "card_ts": "1732276800.000100",
        "workspace_url": "https://acme.slack.com",
    }
    return Run(**{**usual, **facts})  # type: ignore[arg-type]


def with_finding(told: Finding, **facts: object) -> Run:
    return a_run(**{"finding": told, "told_finding": told, **facts})


GROUPS = FINDINGS["skewed-groups"]

REPLIES = {
    "found": with_finding(a_skew()),
    "found-with-hint": with_finding(GROUPS),
    "found-short-of-quota": with_finding(FINDINGS["quota"]),
    "found-where-repeating-is-not-safe": with_finding(
        GROUPS, sql="insert into daily select k, count(*) from a group by k"
    ),
    "over": with_finding(a_skew(), finding=None, finding_over_at=LATER),
    "was-wrong": with_finding(
        FINDINGS["long-tail"],
        finding=None,
        state=RunState.SUCCEEDED,
        is_finding_wrong=True,
        finding_over_at=LATER,
    ),
    "was-another": with_finding(
        FINDINGS["slow-worker"],
        finding=a_skew(numbers={"ratio": 30}),
        state=RunState.SUCCEEDED,
        is_finding_wrong=True,
    ),
    "ended": with_finding(a_skew(), state=RunState.SUCCEEDED, ended_at=LATER),
    "ended-in-the-queue": with_finding(FINDINGS["quota"], state=RunState.CANCELLED, ended_at=LATER),
    "stop-requested": with_finding(a_skew(), stop_requested_at=LATER, stop_requested_by="U2"),
}


def check(name: str, made: object) -> None:
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=100)
        path.write_text(text, encoding="utf-8")
    assert made == yaml.safe_load(path.read_text("utf-8"))


CARDS = {
    "skew": with_finding(a_skew(), progress_percent=94),
    "quota": with_finding(FINDINGS["quota"]),
    "hint": with_finding(GROUPS, progress_percent=94),
    "over": with_finding(a_skew(), finding=None, finding_over_at=LATER, progress_percent=94),
    "stopping": with_finding(a_skew(), state=RunState.STOPPING, progress_percent=94),
    "ended": with_finding(a_skew(), state=RunState.SUCCEEDED, ended_at=LATER),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_has_the_line_and_the_log_while_something_holds_the_run_up(name):
    message = run_card(CARDS[name], now=LATER)

    assert check_blocks(message.blocks, surface="message") == []
    assert (finding_word(a_skew()) in finding_in_short(CARDS[name])) is (name in {"skew", "hint"})
    assert ("Worker log" in str(message.blocks)) is (name in {"skew", "hint"})
    assert (FINDING_EMOJI in message.text) is (name in {"skew", "quota", "hint"})
    check(f"card-{name}", {"text": message.text, "blocks": message.blocks})


def test_rows_of_lists_have_it_in_a_word():
    run = CARDS["skew"]
    board = BoardView(now=LATER, project=None, rows=[BoardRow(run=run, is_here=True)], total=1)

    rows = [
        board_message(board, names_people=False).text,
        runs_overview([(run, None)], now=LATER, title="Runs").text,
    ]

    assert all("skewed data" in row for row in rows)


def test_the_buttons_keep_their_ids_over_all_updates():
    ids = {
        (block.get("block_id"), element["action_id"], element["text"]["text"])
        for run in REPLIES.values()
        for block in finding_reply(run, now=LATER).blocks
        for element in block.get("elements", ())
    }

    assert ids == {
        ("buttons", "worker_log", "Worker log"),
        ("buttons", "run_with_hint", "Run with hint"),
        ("buttons", "run_with_quota", "Run with other quota"),
        ("buttons", "stop_run", "Stop"),
    }


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED])
def test_the_reply_of_an_ended_run_promises_no_rest_and_offers_no_stop(state):
    message = finding_reply(with_finding(a_skew(), state=state, ended_at=LATER), now=LATER)

    assert "to go" not in message.text
    labels = [button["text"]["text"] for button in message.blocks[-1].get("elements", ())]
    assert labels == ["Worker log"]


@pytest.mark.parametrize(
    ("attempt", "restarts", "words"),
    [
        (3, 3, "`M1`: worker 20 has been restarted 3 times"),
        (2, 5, "`M1`: worker 20 has been restarted twice, all workers together 5 times"),
    ],
)
def test_restarts_are_counted_once(attempt, restarts, words):
    numbers = {"attempt": attempt, "restarts": restarts}
    finding = a_finding(Kind.RETRIES, stage="M1", worker=20, numbers=numbers)

    assert finding_line(finding, now=LATER) == words


@pytest.mark.parametrize(
    "value",
    [
        "",
        "sandbox",
        "a b c d",
        "sandbox i R2_1 x log",
        "sandbox i R2_1 ² log",
        f"sandbox i R2_1 {'9' * 5_000} log",
        "sandbox  R2_1 1 log",
        "sandbox i R2_1 1 log more",
        f"sandbox i R2_1 1 {'x' * 1_001}",
    ],
)
def test_a_value_that_names_no_log_names_none(value):
    assert read_worker_log(value) is None


def test_a_value_names_the_log_that_it_was_made_of():
    log = WorkerLog(project="p", instance_id="i", log_id="b0Yx/+=", stage="R2_1", worker=49)

    assert read_worker_log(log.encode()) == log


def test_each_finding_is_said_in_a_line_and_whole():
    check(
        "findings",
        {
            name: {
                "word": finding_word(finding),
                "line": finding_line(finding, now=LATER),
                "whole": finding_in_words(finding, now=LATER),
            }
            for name, finding in FINDINGS.items()
        },
    )


def test_a_finding_of_which_nothing_is_known_but_its_kind_is_said_as_well():
    for kind in Kind:
        for remedy in Remedy:
            said = finding_in_words(a_finding(kind, remedy), now=LATER)

            assert "None" not in said
            assert "  " not in said


@pytest.mark.parametrize("name", FINDINGS)
def test_a_finding_has_a_number_a_short_line_and_at_most_60_words(name):
    line, whole = (said(FINDINGS[name], now=LATER) for said in (finding_line, finding_in_words))

    assert re.search(r"\d", line)
    assert len(re.sub(r"<!date[^|]*\|([^>]*)>", r"\1", line)) <= LINE_CHARACTERS
    assert len(whole.split()) <= MOST_WORDS
    assert whole.startswith(line[:10])


@pytest.mark.parametrize("kind", Kind)
def test_names_from_elsewhere_do_nothing_in_slack(kind):
    finding = a_finding(
        kind, Remedy.MERGE_FILES, stage=HOSTILE, names=(HOSTILE,), hints={HOSTILE: HOSTILE}
    )

    said = finding_in_words(finding, now=LATER) + finding_line(finding, now=LATER)

    without_dates = re.sub(r"<!date\^[^>]*>", "", said)
    assert "<" not in without_dates
    assert "\u202e" not in said


@pytest.mark.parametrize("name", REPLIES)
def test_the_reply_says_what_holds_a_run_up_and_what_became_of_it(name):
    message = finding_reply(REPLIES[name], now=LATER)

    assert check_blocks(message.blocks, surface="message") == []
    check(f"reply-{name}", {"text": message.text, "blocks": message.blocks})
