"""Every message as it is sent, held against golden files that a person can read.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes them anew; the difference is for a review.
"""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from odps_bot.commands import COMMANDS, Request
from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.maxcompute.errors import api_error
from odps_bot.messages import Message
from odps_bot.messages.modals.modal_place import ModalPlace
from odps_bot.messages.modals.sql_modal import sql_modal_view
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.help import Place, home_address, start_message
from odps_bot.messages.replies.named_run import run_in_place_of_sql, run_to_edit
from odps_bot.messages.replies.other_versions import unknown_button
from odps_bot.messages.replies.rerun_question import rerun_question
from odps_bot.messages.replies.result_files import (
    NO_CHART,
    chart_message,
    csv_comment,
    not_sent,
    picture_comment,
    why_slack_refused_file,
)
from odps_bot.messages.replies.row_actions import run_row_action
from odps_bot.messages.replies.sent_again import sent_again, sent_just_now
from odps_bot.messages.replies.shown_again import result_answer
from odps_bot.messages.replies.statement_file import (
    statement_is_coming,
    statement_message,
    statement_not_sent,
)
from odps_bot.messages.results.charts import ChartPlan, Series, chart_of
from odps_bot.messages.results.zones import Doubt, ShownZone
from odps_bot.messages.run.buttons import edit_button, get_file_button
from odps_bot.messages.run.card import run_card, run_cards
from odps_bot.messages.run.completion import completion_replies
from odps_bot.messages.run.progress import progress_reply
from odps_bot.messages.run.refusals import (
    NOTHING_SUBMITTED,
)
from odps_bot.policy.effective_role import EffectiveRole
from odps_bot.runs import (
    Cost,
    Estimate,
    Milestone,
    MilestoneCode,
    Origin,
    Outcome,
    Program,
    ReasonCode,
    Run,
    RunState,
    Stage,
    SubInstance,
    Table,
)
from odps_bot.runs.fallback import Fallback, FallbackReason
from odps_bot.runs.outcome import Refusal, outcome_of
from odps_bot.runs.run import Missing, UnreadEnd
from odps_bot.sandbox.slack.block_kit import check_blocks
from odps_bot.sandbox.slack.block_kit.validation import check_view
from odps_bot.services import Services
from odps_bot.store.project_locks import ProjectLock

GOLDEN = Path(__file__).parent / "golden"

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=2, seconds=5)

A_LOCK = ProjectLock(project="analytics", reason="Month's end <!here>", user_id="U2", at=NOON)

NOT_FOUND = "ODPS-0130131:[1,15] Table not found - table sandbox.no_such_table cannot be resolved"


def a_table(*rows: tuple[str | None, ...], columns: tuple[str, ...], **facts: Any) -> Table:
    usual = {"row_count": len(rows), "column_count": len(columns)}
    return Table(columns=columns, rows=rows, **{**usual, **facts})


IRIS = a_table(
    ("Iris-setosa", "50", None),
    ("Iris-versicolor", "50", ""),
    ("Iris-virginica", "50", "x"),
    columns=("name", "flowers", "note"),
    types=("string", "bigint", "string"),
)

TYPES = a_table(
    ("20261122", "1234567", "1234567", "-1234.50", "2026-11-22 20:00:00", "NULL", '["a", null]'),
    ("20261123", "9007199254740993", "0", "1.0E-7", None, "北京", '{"k": 1}'),
    ("20261124", None, "-5", None, "2026-11-24 08:30:00", " ", None),
    columns=("ds", "user_id", "amount", "rate", "paid_at", "city", "tags"),
    types=("string", "bigint", "bigint", "double", "datetime", "string", "array"),
)

OTHER_RULES = ShownZone(
    name="Asia/Shanghai",
    doubt=Doubt.DIFFERS,
    example=("1900-01-01 00:00:00", "1900-01-01 00:05:43"),
)


def a_run(**facts: Any) -> Run:
    usual = {
        "run_id": "0a1b2c",
        "name": "r42",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "project": "sandbox",
        "sql": "select name, count(*) as flowers\nfrom pyodps_iris\ngroup by name",
        "state": RunState.QUEUED,
        "requested_at": NOON,
    }
    return Run(**{**usual, **facts})


def a_running_run(**facts: Any) -> Run:
    usual = {
        "state": RunState.RUNNING,
        "instance_id": "20261122120001123gabcde",
        "started_at": NOON + timedelta(seconds=1),
    }
    return a_run(**{**usual, **facts})


def an_ended_run(state: RunState, **facts: Any) -> Run:
    return a_running_run(
        **{"state": state, "ended_at": NOON + timedelta(seconds=75), "stages": STAGES, **facts}
    )


def a_refused_run(state: RunState, why: Outcome) -> Run:
    return a_run(state=state, ended_at=NOON + timedelta(seconds=3), outcome=why)


def failure(words: str) -> Outcome:
    return Outcome(reason=ReasonCode.TASK_FAILED, detail=words)


NO_PLACE = Outcome(reason=ReasonCode.CARD_REFUSED, detail="not_in_channel")
FATE_UNKNOWN = Outcome(reason=ReasonCode.SUBMISSION_UNKNOWN)


def a_stage(name: str, *, done: int, running: int, of: int) -> Stage:
    return Stage(
        name=name,
        status="RUNNING",
        terminated_workers=done,
        running_workers=running,
        total_workers=of,
        progress_percent=100 * done // of,
    )


STAGES = (
    a_stage("M1", done=1200, running=0, of=1200),
    a_stage("J2_1", done=30, running=70, of=100),
    a_stage("R3_2", done=0, running=0, of=1),
)

FLOW = (
    SubInstance(name="split", instance_id="20261122120002123gsplit", status="Success"),
    SubInstance(name="train", instance_id="20261122120003123gtrain", status="Running"),
    SubInstance(name="evaluate", instance_id="", status="Waiting"),
)

ESTIMATE = Estimate(input_bytes=87_000_000_000, complexity=1.5)
COST = Cost(input_bytes=86_912_000_000, cpu_core_s=4_210.5, memory_gb_s=9_000)

BY_CITY = a_table(
    ("Berlin", "12"), ("Hangzhou", "40"), columns=("city", "n"), types=("string", "bigint")
)

NO_STATUS = Refusal(
    reason=ReasonCode.NO_PERMISSION,
    since=NOON + timedelta(minutes=1),
    code="NoPermission",
    message=(
        "ODPS-0420095: Access Denied - Authorization Failed [4019], You have NO privilege"
        " 'odps:Read' on {acs:odps:*:projects/analytics/instances/20261122120001123gabcde}."
    ),
    polls=3,
)

#: Where a card is, and whose an instance is that somebody follows.
CARD: dict[str, Any] = {
    "card_ts": "1732276800.000100",
    "workspace_url": "https://acme.slack.com",
}
WATCHED: dict[str, Any] = {
    "is_foreign": True,
    "tracked_instance_id": "20261122120001123gabcde",
    "owner": "ALIYUN$ann@example.com",
    "origin": Origin(program=Program.DATAWORKS, node="dim_users"),
}

CARDS: dict[str, Callable[[], Run]] = {
    "behind-settings": lambda: a_running_run(
        **CARD,
        sql="set a.b=1;\n-- every day\nset c.d=2;\nselect name -- the key\nfrom pyodps_iris",
        rerun_of="r41",
        rerun_of_url="https://acme.slack.com/archives/C1/p1732276700000100",
    ),
    "interactive": lambda: a_running_run(instance_id="20261122120001123gabcdef_mcqa"),
    "ordinary-as-the-quota-is-full": lambda: a_running_run(
        interactive=True,
        fallback=Fallback(
            reason=FallbackReason.BUSY, detail="ODPS-1830001: Resource not enough (HTTP 400)"
        ),
    ),
    "ordinary-for-an-unknown-reason": lambda: a_running_run(
        interactive=True,
        fallback=Fallback(reason=FallbackReason.REFUSED, detail="ODPS-0420888: <!here> *no*"),
    ),
    "asked": a_run,
    "in-place-of-a-frozen-one": lambda: a_running_run(gone_cards=("1.0",)),
    "submitting": lambda: a_run(state=RunState.SUBMITTING),
    "queued": a_running_run,
    "queued-and-why": lambda: a_running_run(queue_position=3),
    "running": lambda: a_running_run(stages=STAGES, progress_percent=94),
    "running-for-long": lambda: a_running_run(
        stages=STAGES, progress_percent=94, polled_at=NOON + timedelta(minutes=6)
    ),
    "running-many-stages": lambda: a_running_run(
        stages=tuple(a_stage(f"M{n}", done=0, running=1, of=2) for n in range(30))
    ),
    "out-of-reach": lambda: a_running_run(
        stages=STAGES, progress_percent=94, unreachable_since=NOON + timedelta(minutes=1)
    ),
    "status-refused": lambda: a_running_run(
        stages=STAGES, progress_percent=94, refusal=NO_STATUS, unreachable_since=NOON
    ),
    "status-throttled": lambda: a_running_run(
        stages=STAGES,
        progress_percent=94,
        refusal=Refusal(
            reason=ReasonCode.THROTTLED,
            since=NOON,
            code="RequestQuotaExceeded",
            message="The request quota of the project is exceeded.",
        ),
        unreachable_since=NOON,
    ),
    "refused-until-given-up": lambda: an_ended_run(
        RunState.UNKNOWN, refusal=NO_STATUS, outcome=Outcome(reason=ReasonCode.OUT_OF_REACH)
    ),
    "executing-without-stages": lambda: a_running_run(is_executing=True, progress_percent=40),
    "ended-and-nobody-says-how": lambda: a_running_run(
        stages=STAGES,
        unread_end=UnreadEnd(state=RunState.UNKNOWN, ended_at=NOON, since=NOON, polls=2),
    ),
    "not-found": lambda: a_running_run(
        stages=STAGES, progress_percent=94, missing=Missing(since=NOON, polls=2)
    ),
    "ended-with-unread-result": lambda: a_running_run(
        stages=STAGES,
        progress_percent=100,
        unread_end=UnreadEnd(state=RunState.SUCCEEDED, ended_at=NOON, since=NOON, polls=2),
    ),
    "stopping": lambda: a_running_run(
        state=RunState.STOPPING, stages=STAGES, progress_percent=94, stop_requested_by="U2"
    ),
    "succeeded": lambda: an_ended_run(RunState.SUCCEEDED, table=IRIS),
    "succeeded-one-row": lambda: an_ended_run(
        RunState.SUCCEEDED, table=a_table(("1",), columns=("a",))
    ),
    "succeeded-without-table": lambda: an_ended_run(RunState.SUCCEEDED),
    "succeeded-truncated": lambda: an_ended_run(
        RunState.SUCCEEDED,
        table=a_table(("1",), columns=("a",), row_count=10_000, is_truncated=True),
    ),
    "failed": lambda: an_ended_run(RunState.FAILED, outcome=failure(NOT_FOUND)),
    "cancelled": lambda: an_ended_run(RunState.CANCELLED, stop_requested_by="U2"),
    "cancelled-outside-slack": lambda: an_ended_run(RunState.CANCELLED),
    "cancelled-before-submission": lambda: an_ended_run(
        RunState.CANCELLED, stop_requested_by="U2", instance_id=None
    ),
    "refused": lambda: a_refused_run(RunState.REFUSED, NO_PLACE),
    "lost": lambda: a_refused_run(RunState.UNKNOWN, FATE_UNKNOWN),
    "running-with-failed-stage": lambda: a_running_run(
        stages=(
            *STAGES,
            Stage(
                name="M4",
                status="FAILED",
                terminated_workers=1,
                running_workers=0,
                total_workers=3,
                progress_percent=33,
            ),
        ),
        progress_percent=94,
    ),
    "running-400-stages": lambda: a_running_run(
        stages=tuple(a_stage(f"M{n}", done=n % 3, running=1, of=2) for n in range(400)),
        progress_percent=50,
    ),
    "running-flow": lambda: a_running_run(sql="PAI -name train", sub_instances=FLOW),
    "failed-flow": lambda: an_ended_run(
        RunState.FAILED,
        sql="PAI -name train",
        sub_instances=(*FLOW[:1], SubInstance(name="train", instance_id="i2", status="Failed")),
        outcome=failure("train failed"),
    ),
    "repeated-for-others": lambda: a_running_run(
        rerun_of="r41", notify=("U2", "U3"), estimate=ESTIMATE
    ),
    "succeeded-with-cost": lambda: an_ended_run(
        RunState.SUCCEEDED, table=BY_CITY, estimate=ESTIMATE, cost=COST, rerun_of="r41"
    ),
    "edited": lambda: a_run(edited_from="r41"),
    "succeeded-and-sent": lambda: an_ended_run(
        RunState.SUCCEEDED, table=BY_CITY, csv_ts="1.1", chart_ts="1.2"
    ),
    "foreign": lambda: a_running_run(
        sql="-- instance 20261122120001123gabcde",
        tracked_instance_id="20261122120001123gabcde",
        is_foreign=True,
    ),
    "foreign-from-dataworks": lambda: a_running_run(
        tracked_instance_id="20261122120001123gabcde",
        is_foreign=True,
        owner="ALIYUN$etl@example.com",
        origin=Origin(program=Program.DATAWORKS, node="daily <report>"),
        started_at=NOON - timedelta(hours=2),
    ),
    "foreign-from-odpscmd": lambda: an_ended_run(
        RunState.SUCCEEDED,
        tracked_instance_id="20261122120001123gabcde",
        is_foreign=True,
        owner="ALIYUN$etl@example.com",
        origin=Origin(program=Program.ODPSCMD),
    ),
    "long-statement": lambda: a_run(sql="\n".join(f"select {n} union all" for n in range(50))),
}

COMPLETIONS: dict[str, Callable[[], Run]] = {
    "succeeded": lambda: an_ended_run(RunState.SUCCEEDED, table=IRIS),
    "succeeded-no-rows": lambda: an_ended_run(
        RunState.SUCCEEDED, table=a_table(columns=("a", "b"))
    ),
    "succeeded-many-types": lambda: an_ended_run(RunState.SUCCEEDED, table=TYPES),
    "succeeded-and-notifies": lambda: an_ended_run(RunState.SUCCEEDED, notify=("U2", "U1", "U3")),
    "succeeded-without-table": lambda: an_ended_run(RunState.SUCCEEDED),
    "succeeded-with-text": lambda: an_ended_run(RunState.SUCCEEDED, result_text="OK: 3 tables"),
    "succeeded-more-rows": lambda: an_ended_run(
        RunState.SUCCEEDED,
        table=a_table(
            ("1.1", "1.2"),
            ("2.1", "2.2"),
            columns=("a", "b"),
            column_count=2_000,
            row_count=10_000,
            is_truncated=True,
        ),
    ),
    "failed": lambda: an_ended_run(RunState.FAILED, outcome=failure(NOT_FOUND)),
    "failed-behind-settings": lambda: an_ended_run(
        RunState.FAILED,
        sql="set odps.sql.type.system.odps2=true;\nselect name,\n\tcount(*) as n\nfrom 表 join nix",
        outcome=failure(NOT_FOUND.replace("[1,15]", "[4,13]").replace("no_such_table", "nix")),
    ),
    "failed-far-in-a-long-line": lambda: an_ended_run(
        RunState.FAILED,
        sql="select " + ", ".join(f"column_{n}" for n in range(90)) + " from pyodps_iris",
        outcome=failure(
            "ODPS-0130071:[1,503] Semantic analysis exception - column column_43 cannot be resolved"
        ),
    ),
    "failed-and-not-to-be-repeated": lambda: an_ended_run(
        RunState.FAILED,
        sql="insert into sales select cast(amount as bigint) from orders where ds = '20261001'",
        outcome=failure(
            "ODPS-0123091:Illegal type cast - in function cast, value '-' cannot be casted"
            " from String to Bigint"
        ),
    ),
    "failed-but-may-pass": lambda: an_ended_run(
        RunState.FAILED,
        outcome=failure(
            "ODPS-0010000:System internal error - fuxi job failed, caused by:"
            " AllOrNothingResourceWaitTimeout, RequestId: 5583C0893F7EC2D353"
        ),
    ),
    "failed-for-a-right": lambda: an_ended_run(
        RunState.FAILED,
        outcome=failure(
            "ODPS-0130013:Authorization exception - Authorization Failed [4009,4019], You"
            " have NO privilege 'odps:Select' on {acs:odps:*:projects/sandbox/tables/salaries}."
        ),
    ),
    "failed-with-an-unknown-code": lambda: an_ended_run(
        RunState.FAILED, outcome=failure("ODPS-0139999:[0,0] Something new - <!channel>")
    ),
    "failed-without-a-code": lambda: an_ended_run(RunState.FAILED, outcome=failure("It broke.")),
    "failed-without-a-word": lambda: an_ended_run(
        RunState.FAILED, outcome=Outcome(reason=ReasonCode.TASK_FAILED_SILENTLY)
    ),
    "cancelled": lambda: an_ended_run(RunState.CANCELLED, stop_requested_by="U2"),
    "cancelled-outside-slack": lambda: an_ended_run(RunState.CANCELLED),
    "cancelled-before-submission": lambda: an_ended_run(
        RunState.CANCELLED, stop_requested_by="U2", instance_id=None
    ),
    "lost": lambda: a_refused_run(RunState.UNKNOWN, FATE_UNKNOWN),
}

MILESTONES = tuple(
    Milestone(at=NOON + timedelta(seconds=n), **facts)
    for n, facts in enumerate(
        [
            {"code": MilestoneCode.SUBMITTED, "detail": "20261122120001123gabcde"},
            {"code": MilestoneCode.STAGE_STARTED, "detail": "M1", "count": 1_200},
            {"code": MilestoneCode.STAGE_FINISHED, "detail": "M1"},
        ]
    )
)

A_CHART_OF_TWO_SCALES = ChartPlan(
    "bar",
    "city",
    ("Bern", "Lagos"),
    (Series("revenue", (6_422_703.05, 6_421_104.82)),),
    left_out=("orders", "<returns>"),
)

OTHERS: dict[str, Callable[[], Message]] = {
    "chart-bars": lambda: a_chart(("Bern", "5"), ("Lagos", "-7"), columns=("city", "orders")),
    "chart-groups": lambda: a_chart(
        ("20261101", "Bern", "5"),
        ("20261102", "Bern", "7"),
        ("20261101", "<Lagos>", "2"),
        ("20261102", "<Lagos>", "1"),
        columns=("ds", "city", "orders"),
    ),
    "chart-line": lambda: a_chart(
        ("20261102", "1204.5"), ("20261101", "0.25"), columns=("ds", "amount")
    ),
    "chart-of-one-scale": lambda: chart_message(a_run(), A_CHART_OF_TWO_SCALES),
    "chart-picture": lambda: Message(
        picture_comment(a_run(), A_CHART_OF_TWO_SCALES, (("#1", "北京"), ("#2", "<上海>")))
    ),
    "csv": lambda: a_csv_comment(1_204, of=1_204),
    "csv-one-row": lambda: a_csv_comment(1, of=1),
    "csv-first-rows": lambda: a_csv_comment(1_000_000, of=2_345_678),
    "csv-limited": lambda: a_csv_comment(10_000, of=10_000, is_limited=True),
    "csv-first-rows-of-a-limited-result": lambda: a_csv_comment(9_999, of=10_000, is_limited=True),
    "csv-with-times": lambda: a_csv_comment(2, of=2, zone=ShownZone(name="Asia/Shanghai")),
    "csv-of-an-unknown-zone": lambda: a_csv_comment(
        2, of=2, zone=ShownZone(name="UTC", doubt=Doubt.UNKNOWN_NAME, unknown="Mars/Olympus")
    ),
    "csv-of-a-zone-that-was-not-read": lambda: a_csv_comment(
        2, of=2, zone=ShownZone(name="UTC", doubt=Doubt.NOT_READ)
    ),
    "csv-of-an-assumed-zone": lambda: a_csv_comment(
        2, of=2, zone=ShownZone(name="Asia/Shanghai", doubt=Doubt.ASSUMED)
    ),
    "csv-of-a-zone-with-other-rules": lambda: a_csv_comment(2, of=2, zone=OTHER_RULES),
    "csv-with-long-ids": lambda: Message(
        csv_comment(
            an_ended_run(RunState.SUCCEEDED, table=TYPES),
            written=3,
            row_count=3,
            is_limited=False,
            zone=None,
        )
    ),
    "result-no-chart": lambda: not_sent(a_run(), NO_CHART),
    "result-refused": lambda: not_sent(a_run(), why_slack_refused_file("missing_scope")),
    "result-refused-oddly": lambda: not_sent(a_run(), why_slack_refused_file("odd_code")),
    "progress": lambda: progress_reply(a_running_run(milestones=MILESTONES)),
    "progress-of-many": lambda: progress_reply(a_running_run(milestones=MILESTONES * 8)),
    "answer-plain": lambda: ephemeral.offer(ephemeral.STOP, [], now=LATER),
    "answer-problem": lambda: ephemeral.problem("There is no run `r9`."),
    "answer-unknown-button": unknown_button,
    "answer-usage": lambda: ephemeral.problem("Name one ID at a time.", usage="/odps stop [ID]"),
    "answer-refusal": lambda: refused(
        http_status=403,
        code="NoPermission",
        message="ODPS-0420095: Access Denied - Authorization Failed [4019], You have NO privilege"
        " 'odps:CreateInstance' on {acs:odps:*:projects/sandbox}.",
    ),
    "answer-refusal-of-sql": lambda: refused(
        http_status=400,
        code="ParseError",
        message="ODPS-0130161:[1,1] Parse exception - invalid token 'SLEECT'",
    ),
    "answer-refusal-for-now": lambda: refused(
        http_status=503, code="ServiceUnavailable", message="The service is busy."
    ),
    "answer-unexpected": lambda: ephemeral.unexpected("cafe0123", was_submitted=NOTHING_SUBMITTED),
    "answer-runs": lambda: ephemeral.runs_overview(
        [
            (run, run_row_action(run, may_stop=True, may_repeat=True))
            for run in (
                a_running_run(stages=STAGES, progress_percent=94, **CARD),
                a_running_run(name="r41", run_id="r41", **WATCHED),
                an_ended_run(RunState.FAILED, name="r40", run_id="r40", user_id="U2"),
                an_ended_run(RunState.SUCCEEDED, name="r39", run_id="r39", table=IRIS),
                a_run(name="r38", run_id="r38"),
            )
        ],
        now=LATER,
        title="Your and this channel's recent runs (2 active)",
    ),
    "answer-logview-with-token": lambda: ephemeral.logview_link(
        "https://logview.aliyun.com/logview/?h=e&p=sandbox&i=20261122120001123gabcde&token=abc",
        name="r42",
        life_in_words="1 d",
    ),
    "answer-logview-with-login": lambda: ephemeral.logview_link(
        "https://maxcompute.console.aliyun.com/cn-hangzhou/job-insights?p=sandbox",
        name="r42",
        life_in_words=None,
    ),
    "offer-stop": lambda: ephemeral.offer(
        ephemeral.STOP,
        [a_running_run(stages=STAGES, progress_percent=94), a_run(run_id="0a1b2d", name="r41")],
        now=LATER,
    ),
    "offer-logview": lambda: ephemeral.offer(
        ephemeral.LOGVIEW,
        [
            an_ended_run(RunState.SUCCEEDED, run_id=f"0a1b2{n}", name=f"r{n}", table=IRIS)
            for n in range(9)
        ],
        now=LATER,
    ),
    "offer-result": lambda: ephemeral.offer(
        ephemeral.RESULT,
        [
            an_ended_run(RunState.SUCCEEDED, run_id=f"0a1b2{n}", name=f"r{n}", table=IRIS)
            for n in range(2)
        ],
        now=LATER,
    ),
    "offer-rerun": lambda: ephemeral.offer(
        ephemeral.RERUN, [an_ended_run(RunState.FAILED, outcome=failure(NOT_FOUND))], now=LATER
    ),
    "offer-edit": lambda: ephemeral.offer(ephemeral.EDIT, [a_running_run()], now=LATER),
    "named-run": lambda: run_in_place_of_sql(
        an_ended_run(RunState.CANCELLED, sql="select <!channel>\nfrom t"), has_options=True
    ),
    "named-run-that-needs-a-change": lambda: run_in_place_of_sql(
        an_ended_run(RunState.FAILED, outcome=failure(NOT_FOUND)), is_estimate=True
    ),
    "named-run-that-goes-on": lambda: run_in_place_of_sql(a_running_run()),
    "named-run-of-unknown-sql": lambda: run_in_place_of_sql(
        a_running_run(tracked_instance_id="20261122g1", sql="-- instance 20261122g1")
    ),
    "named-run-by-mention": lambda: run_to_edit(an_ended_run(RunState.SUCCEEDED)),
    "statement-file": lambda: statement_message(an_ended_run(RunState.FAILED), is_own=True),
    "statement-file-of-a-colleague": lambda: statement_message(
        an_ended_run(RunState.FAILED), is_own=False
    ),
    "statement-file-refused": lambda: statement_not_sent(
        an_ended_run(RunState.FAILED), code="messages_tab_disabled"
    ),
    "sent-again": lambda: sent_again(
        a_running_run(),
        now=LATER,
        question_id="0d0e0f",
    ),
    "sent-just-now": sent_just_now,
    "rerun-question": lambda: rerun_question(
        an_ended_run(RunState.SUCCEEDED, sql="insert into t values (1)"), ends_alike=False
    ),
    "rerun-question-of-an-overwrite": lambda: rerun_question(
        an_ended_run(RunState.SUCCEEDED, sql="insert overwrite table t select 1"), ends_alike=True
    ),
    "rerun-question-of-a-long-statement": lambda: rerun_question(
        an_ended_run(RunState.SUCCEEDED, sql="insert into t values (1);\n" * 110), ends_alike=False
    ),
    "result-that-was-sent": lambda: result_answer(
        an_ended_run(RunState.SUCCEEDED, table=BY_CITY, csv_ts="1.1"), now=LATER
    )[0],
    "result-of-a-failure": lambda: result_answer(
        an_ended_run(RunState.FAILED, outcome=failure(NOT_FOUND)), now=LATER
    )[0],
    "start": lambda: start(role=Role.ADMIN),
    "start-for-a-viewer": lambda: start(role=Role.VIEWER, active=2),
    "start-for-nobody": lambda: start(role=Role.NONE),
    "start-in-the-thread-of-a-run": lambda: start(active=1, run_name="r42"),
    "help": lambda: help_on(""),
    "help-for-a-viewer": lambda: help_on("", role=Role.VIEWER, locks=[A_LOCK]),
    "help-for-nobody": lambda: help_on("", role=Role.NONE),
    "help-on-what-is-not-allowed": lambda: help_on("run", role=Role.VIEWER),
    **{f"help-{name}": lambda name=name: help_on(name) for name in COMMANDS},
}


def refused(**answer: Any) -> Message:
    why = outcome_of(api_error(**answer, request_id="5583C0893F7EC2D353"))
    return ephemeral.refusal(a_refused_run(RunState.REFUSED, why))


def a_chart(*rows: tuple[str, ...], columns: tuple[str, ...]) -> Message:
    types = (*["string"] * (len(columns) - 1), "double")
    plan = chart_of(a_table(*rows, columns=columns, types=types))
    assert plan is not None
    return chart_message(a_run(), plan)


def a_csv_comment(
    written: int, *, of: int, is_limited: bool = False, zone: ShownZone | None = None
) -> Message:
    return Message(
        csv_comment(a_run(), written=written, row_count=of, is_limited=is_limited, zone=zone)
    )


def start(*, role: Role = Role.ADMIN, active: int = 0, run_name: str = "") -> Message:
    effective = EffectiveRole(personal=role, channel=Channel())
    place = Place(channel_id="C1", user_id="U1", role=effective, projects=("sandbox",), contact="")
    address = home_address("T1", "A1")
    return start_message(place, active=active, run_name=run_name, home_address=address)


def help_on(command: str, *, role: Role = Role.ADMIN, locks: Sequence[ProjectLock] = ()) -> Message:
    request = Request(
        team_id="T1", channel_id="C1", user_id="U1", trigger_id="1", response_url="", text=command
    )
    services = SimpleNamespace(
        settings=SimpleNamespace(projects=("sandbox", "analytics")),
        rules=Rules(default_role=role),
        stores=SimpleNamespace(
            locks=SimpleNamespace(all=lambda: locks),
            memberships=SimpleNamespace(groups_of=lambda *_: ()),
        ),
    )
    answer = COMMANDS["help"].answer(request, cast("Services", services))
    assert answer is not None
    return answer


def completion(run: Run, form: int) -> Message:
    return completion_replies(run, now=LATER)[form]


MESSAGES: dict[str, Callable[[], Message]] = {
    **{f"card-{name}": lambda run=run: run_card(run(), now=LATER) for name, run in CARDS.items()},
    **{
        f"card-{name}-with-plan": lambda run=run: run_cards(run(), now=LATER)[0]
        for name, run in CARDS.items()
        if len(run_cards(run(), now=LATER)) > 1
    },
    **{
        f"result-{form + 1}": lambda form=form: result_answer(
            an_ended_run(RunState.SUCCEEDED, table=BY_CITY), now=LATER
        )[form]
        for form in range(3)
    },
    **{
        f"completion-{name}-{form + 1}": lambda run=run, form=form: completion(run(), form)
        for name, run in COMPLETIONS.items()
        for form in range(len(completion_replies(run(), now=LATER)))
    },
    **OTHERS,
}


class Readable(yaml.SafeDumper):
    """Writes short values on one line, and lines of text as lines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_block(self, block: dict[str, Any]) -> yaml.MappingNode:
        is_short = all(isinstance(v, str) and "\n" not in v for v in block.values())
        is_short = is_short and sum(map(len, block.values())) < 80
        return self.represent_mapping("tag:yaml.org,2002:map", block.items(), flow_style=is_short)

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Readable.add_representer(dict, Readable.represent_block)
Readable.add_representer(str, Readable.represent_text)


WINDOWS: dict[str, Callable[[], dict[str, Any]]] = {
    "window-sql": lambda: sql_modal_view(a_run()).view,
    "window-sql-with-buttons": lambda: (
        sql_modal_view(
            a_run(),
            buttons=[edit_button(a_run()), get_file_button(a_run())],
            place=ModalPlace(channel_id="C1", thread_ts="1.000100"),
        ).view
    ),
    "window-statement-file": lambda: statement_is_coming(a_run()).view,
    "window-sql-in-pieces": lambda: sql_modal_view(a_run(sql="select 1 as 一;\n" * 700)).view,
}


def as_yaml(message: Message | dict[str, Any]) -> str:
    value = message if isinstance(message, dict) else message.as_arguments()
    said = yaml.dump(value, Dumper=Readable, allow_unicode=True, sort_keys=False, width=100)
    assert yaml.safe_load(said) == value
    return said


@pytest.mark.parametrize("name", [*MESSAGES, *WINDOWS])
def test_a_message_is_what_its_golden_file_says(name: str) -> None:
    said = as_yaml({**MESSAGES, **WINDOWS}[name]())
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(said, encoding="utf-8")

    assert said == file.read_text(encoding="utf-8")


def test_no_golden_file_is_without_its_message() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == {*MESSAGES, *WINDOWS}


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_accepts_every_message(name: str) -> None:
    message = MESSAGES[name]()

    assert check_blocks(message.blocks, surface="message") == []
    assert 0 < len(message.text) <= 4_000


@pytest.mark.parametrize("name", WINDOWS)
def test_slack_takes_every_window(name: str) -> None:
    assert check_view(WINDOWS[name]()) == []


@pytest.mark.parametrize("state", RunState)
def test_every_state_has_a_card_that_names_it_in_words(state: RunState) -> None:
    card = run_card(a_run(state=state), now=LATER)

    word = card.blocks[0]["text"]["text"].split("*")[1]
    assert word.isascii()
    assert word[0].isupper()
    assert "r42" in card.text


@pytest.mark.parametrize("state", RunState)
def test_only_what_goes_on_can_be_stopped(state: RunState) -> None:
    card = as_yaml(run_card(a_run(state=state), now=LATER))

    assert ("stop_run" in card) is not (state.is_final or state is RunState.STOPPING)


@pytest.mark.parametrize("name", COMPLETIONS)
def test_every_form_of_a_completion_mentions_the_requester_first(name: str) -> None:
    for form in completion_replies(COMPLETIONS[name](), now=LATER):
        assert form.text.startswith("<@U1> ")


def test_a_completion_mentions_at_most_twenty_people() -> None:
    run = an_ended_run(RunState.FAILED, notify=tuple(f"U{n}" for n in range(2, 60)))

    for form in completion_replies(run, now=LATER):
        assert form.text.count("<@U") == 20


@pytest.mark.parametrize("name", COMPLETIONS)
def test_every_form_of_a_completion_has_its_first_block_in_its_text(name: str) -> None:
    for form in completion_replies(COMPLETIONS[name](), now=LATER):
        for block in form.blocks[:1]:
            assert form.text.startswith(block["text"]["text"])
