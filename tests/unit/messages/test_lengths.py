"""How much a message shows of what is long: rows, lines and letters, as people count them."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from odps_bot.alerts.digests import Group, InstanceEvent, Outcome, Post
from odps_bot.alerts.subscriptions import Subscription
from odps_bot.config.rules import Channel, Role
from odps_bot.errors import Denial, DenialCode
from odps_bot.maxcompute.errors import api_error
from odps_bot.messages import denials
from odps_bot.messages.alerts import subscriptions
from odps_bot.messages.alerts.alert import alert_message
from odps_bot.messages.blocks import section
from odps_bot.messages.failures import explain, own_words
from odps_bot.messages.home.run_lists import ListedRun, home_page, run_list
from odps_bot.messages.modals.run_modal import ModalContext, RunModal, run_modal_view
from odps_bot.messages.modals.sql_modal import sql_modal_view
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.estimates import cost_answer
from odps_bot.messages.replies.list_choice import read_page_value
from odps_bot.messages.replies.lists import PAGE_ROWS, Job, JobPage, job_list
from odps_bot.messages.replies.rerun_question import rerun_question
from odps_bot.messages.replies.xflow_steps import Step, xflow_tree
from odps_bot.messages.results.tables import data_table, monospace_table, shown_part
from odps_bot.messages.run import questions
from odps_bot.messages.run.card import run_card
from odps_bot.messages.run.completion import completion_by_direct_message
from odps_bot.messages.run.progress import progress_reply
from odps_bot.messages.run.refusals import why_maxcompute_refused
from odps_bot.messages.run.resource_usage import usage_in_words
from odps_bot.messages.run.stages import paragraph, plan
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import (
    Cost,
    Estimate,
    Milestone,
    MilestoneCode,
    Run,
    RunState,
    Stage,
    Table,
)
from odps_bot.runs.run import Decision, Question
from odps_bot.store.homes import HomeList
from odps_bot.store.project_locks import ProjectLock

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONG = "x" * 100_000

MakeRun = Callable[..., Run]


def longest(shown: object) -> int:
    """Return how many letters of `LONG` are shown at most in one place, with the ellipsis."""
    found = re.findall("x+…?", json.dumps(shown, ensure_ascii=False))
    return max(map(len, found), default=0)


def in_text_and_blocks(message: Any) -> tuple[int, int]:
    return longest(message.text), longest(message.blocks)


def texts_of(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["text"]["text"] for block in blocks if block["type"] == "section"]


def a_page(*jobs: Job) -> JobPage:
    return JobPage(title="Jobs", jobs=jobs, first=1, total=len(jobs))


def a_job(**facts: Any) -> Job:
    return Job(**{"name": "r1", "state": "Running", "emoji": ":x:", **facts})


@pytest.mark.parametrize(
    ("facts", "letters"),
    [
        ({"name": LONG}, 64),
        ({"state": LONG}, 64),
        ({"progress": LONG}, 64),
        ({"owner": LONG}, 60),
        ({"sql": LONG}, 80),
    ],
)
def test_a_list_of_jobs_cuts_every_word(facts: Mapping[str, str], letters: int) -> None:
    (rows,) = job_list(a_page(a_job(**facts)))

    assert in_text_and_blocks(rows) == (letters, letters)


def test_a_page_of_jobs_fits_into_a_message_with_a_block_for_each() -> None:
    jobs = [a_job(name=f"r{n}", link=f"<https://a/{LONG[:90]}|r{n}>") for n in range(PAGE_ROWS)]
    (rows,) = job_list(a_page(*jobs))

    assert len([text for text in texts_of(rows.blocks) if "Running" in text]) == PAGE_ROWS
    assert len(rows.blocks) <= 50
    assert len(rows.text) <= 3_900


def test_the_number_of_a_page_has_four_digits_at_most() -> None:
    assert read_page_value("mine running 9999") is not None
    assert read_page_value("mine running 10000") is None


def test_a_section_holds_three_thousand_letters() -> None:
    assert longest(section(LONG)) == 3_000


def test_an_overview_offers_ten_runs_of_which_it_shows_80_letters_of_sql(make_run: MakeRun) -> None:
    runs = [make_run(run_id=f"run{n}", name=f"r{n}", sql=LONG) for n in range(60)]

    offer = ephemeral.offer(ephemeral.STOP, runs, now=NOON)
    overview = ephemeral.runs_overview([(run, None) for run in runs], now=NOON, title="Runs")

    buttons = [block for block in offer.blocks if block.get("accessory")]
    assert len(buttons) == 10
    assert "and 50 more" in json.dumps(offer.blocks)
    assert in_text_and_blocks(offer) == (80, 80)
    assert 3_500 < len(overview.text) <= 3_900


@pytest.mark.parametrize(("lines", "shown"), [(8, 8), (9, 8), (100, 8)])
def test_a_card_shows_eight_lines(make_run: MakeRun, lines: int, shown: int) -> None:
    run = make_run(state=RunState.RUNNING, sql="\n".join(["select 1"] * lines))

    assert json.dumps(run_card(run, now=NOON).blocks).count("select 1") == shown


def test_a_card_shows_600_letters_of_a_line_and_its_text_120(make_run: MakeRun) -> None:
    card = run_card(make_run(state=RunState.RUNNING, sql=LONG), now=NOON)

    assert in_text_and_blocks(card) == (120, 601)


def test_a_direct_message_shows_120_letters_of_the_statement(make_run: MakeRun) -> None:
    run = make_run(state=RunState.SUCCEEDED, sql=LONG)

    message = completion_by_direct_message(run, now=NOON, where="here")

    assert longest(message.text) == 120


def test_an_estimate_shows_600_letters_of_the_statement() -> None:
    estimate = Estimate(input_bytes=1, complexity=1.0, udf_count=0)

    answer = cost_answer(estimate, project="p", sql=LONG, price=None, interaction_id="ask1")

    assert longest(answer.blocks) == 600


def test_a_denial_shows_300_letters_of_what_was_not_understood_and_of_a_locks_reason() -> None:
    lock = ProjectLock(project="p", reason=LONG, user_id="U1", at=NOON)
    denial = Denial(
        permission=Permission.WRITE, needed=Role.WRITER, has=Role.RUNNER, code=DenialCode.ROLE
    )

    denied = denials.denied(denial, channel=Channel(), contact="#data", unproven=LONG)

    assert longest(denials.lock_line(lock)) == 300
    assert longest(denied) == 300


def test_a_private_question_shows_2500_letters_of_the_statement(make_run: MakeRun) -> None:
    message = rerun_question(make_run(sql=LONG), ends_alike=False)

    assert in_text_and_blocks(message) == (2_500, 2_500)
    assert "Showing the first 2,500 of 100,000 characters." in json.dumps(message.blocks)
    assert "this expires in 30 minutes" in json.dumps(message.blocks)


@pytest.mark.parametrize(("letters", "fits"), [(2_500, True), (2_501, False)])
def test_a_statement_is_decided_on_a_card_that_shows_all_of_it(
    make_run: MakeRun, letters: int, fits: bool
) -> None:
    assert questions.fits_on_card(make_run(sql="x" * letters)) is fits


def test_a_rejection_takes_500_letters_of_a_reason_and_shows_300(make_run: MakeRun) -> None:
    decision = Decision(user_id="U2", at=NOON, is_approval=False, digest="d", reason=LONG)
    question = Question(
        kind="approval",
        reasons=("class",),
        requested_at=NOON,
        expires_at=NOON + timedelta(hours=1),
        digest="d",
        is_shown=True,
    )
    run = make_run(state=RunState.REJECTED, question=question, decision=decision)
    asked = questions.reject_modal(run).view

    assert longest(questions.decision_in_words(run)) == 300
    assert asked["blocks"][0]["element"]["max_length"] == 500


@pytest.mark.parametrize(
    ("lines", "shown_lines"), [(12, 12), (13, 12), (200, 12)], ids=["12", "13", "200"]
)
def test_an_error_is_shown_with_twelve_lines(lines: int, shown_lines: int) -> None:
    shown = own_words("\n".join(["it failed"] * lines))

    assert len(shown.splitlines()) == shown_lines
    assert shown.endswith("…") is (lines > shown_lines)


def test_an_error_is_shown_with_1500_letters_and_a_refusal_with_600() -> None:
    refused = why_maxcompute_refused(api_error(f"no {LONG}", http_status=400))

    assert len(own_words(LONG)) == 1_500
    assert 590 <= longest(refused) <= 600


@pytest.mark.parametrize(("before", "is_read"), [(7_900, True), (8_000, False)])
def test_eight_thousand_letters_of_an_error_are_read(before: int, is_read: bool) -> None:
    error = " " * before + "ODPS-0130131:[1,15] Table not found - table a.b cannot be resolved"

    assert (explain(error, sql="").code == "ODPS-0130131") is is_read


def test_a_form_shows_1500_letters_of_a_statement_that_is_too_long_for_its_field() -> None:
    fields = {"projects": ("p",), "project": "p"}

    draft = ModalContext(draft_id="d1")

    long = run_modal_view(RunModal(**fields, sql="x" * 3_001, context=draft)).view  # type: ignore[arg-type]
    short = run_modal_view(RunModal(**fields, sql="x" * 3_000)).view  # type: ignore[arg-type]

    assert longest(long) == 1_500
    assert longest(short) == 3_000
    assert '"max_length": 3000' in json.dumps(short)


def test_a_form_offers_100_projects_ten_priorities_and_twenty_people() -> None:
    names = tuple(f"p{n:03}" for n in range(150))
    people = tuple(f"U{n}" for n in range(30))

    view = run_modal_view(RunModal(projects=names, project="p149", notify=people)).view
    inputs = {block["block_id"]: block.get("element", {}) for block in view["blocks"][1:]}

    elements = json.dumps(view)
    assert len(re.findall(r'"value": "p\d{3}"', elements)) == 100 + 1
    assert '"max_selected_items": 20' in elements
    assert len(re.findall(r'"U\d+"', elements)) == 20
    assert [option["value"] for option in inputs["priority"]["options"]] == list("0123456789")
    assert inputs["quota"]["max_length"] == 100


def test_a_home_shows_five_runs_a_page_and_150_letters_of_each(make_run: MakeRun) -> None:
    run = make_run(state=RunState.RUNNING, sql=LONG, queue_status=LONG)
    page = home_page([ListedRun(run=run)] * 12, number=0)

    shown = run_list(HomeList.RUNNING, page, NOON)

    assert (len(page.runs), page.pages) == (5, 3)
    assert longest(shown) == 150


def test_a_window_shows_pieces_of_3000_letters_as_long_as_slack_takes_them(
    make_run: MakeRun,
) -> None:
    view = sql_modal_view(make_run(sql="x" * 500_000)).view
    wide = sql_modal_view(make_run(sql="花" * 500_000, name="r" * 100)).view

    pieces = re.findall("x{9,}", json.dumps(view))
    assert set(map(len, pieces)) == {3_000}
    assert 75 <= len(pieces) <= 80
    assert 220_000 < len(json.dumps(wide)) <= 245_000
    assert len(wide["title"]["text"]) == 24


def test_a_window_has_97_pieces_at_most(make_run: MakeRun) -> None:
    line = "x" * 1_600 + "\n"

    modal = sql_modal_view(make_run(sql=line * 400))

    assert len(modal.view["blocks"]) == 1 + 97 + 1
    plainer = modal.make_plainer()["blocks"]
    assert len(plainer) == 1 + 97 + 1
    assert {block["type"] for block in plainer} == {"section"}
    assert "of 640,399 characters" in plainer[-1]["text"]["text"]


def a_table(*rows: tuple[str, ...], columns: tuple[str, ...]) -> Table:
    return Table(columns=columns, rows=rows, column_count=len(columns), row_count=len(rows))


def test_a_table_shows_twenty_rows_and_columns_of_200_letters() -> None:
    table = a_table(*[("1",) * 30] * 50, columns=tuple(f"c{n}" for n in range(30)))

    shown = shown_part(table)

    assert (len(shown.rows), len(shown.columns)) == (20, 20)
    assert longest(shown_part(a_table((LONG,), columns=("a",))).rows) == 200
    assert data_table(shown, caption="x")["page_size"] == 10


def test_a_table_has_9000_letters_at_most_and_2800_in_fixed_width() -> None:
    table = a_table(*[("x" * 100,) * 9] * 20, columns=("a",) * 9)

    drawn = monospace_table(shown_part(table), caption="")
    text = drawn["elements"][0]["elements"][0]["text"]

    assert len(shown_part(table).rows) == 9  # of 900 letters each, less what the head takes
    assert 2_400 < len(text) <= 2_800
    assert longest(text) == 40


def a_run_of_stages(make_run: MakeRun, *names: str) -> Run:
    stages = tuple(
        Stage(
            name=name,
            status="RUNNING",
            terminated_workers=0,
            running_workers=1,
            total_workers=2,
            progress_percent=0,
        )
        for name in names
    )
    return make_run(state=RunState.RUNNING, stages=stages)


def test_a_plan_shows_thirty_stages_and_a_paragraph_eight(make_run: MakeRun) -> None:
    run = a_run_of_stages(make_run, *(f"M{n}" for n in range(50)))

    block, text = plan(run), paragraph(run)

    assert block is not None
    assert text is not None
    assert len(block["tasks"]) == 30
    assert text["text"]["text"].count("\n") == 8
    assert "and 42 more" in text["text"]["text"]


def test_the_name_of_a_stage_has_60_letters_of_its_first_thousand(make_run: MakeRun) -> None:
    hidden, visible = " " * 1_000 + "x", " " * 999 + "x"

    assert longest(plan(a_run_of_stages(make_run, LONG))) == 60
    assert longest(plan(a_run_of_stages(make_run, hidden))) == 0
    assert longest(plan(a_run_of_stages(make_run, visible))) == 1


def test_the_thread_shows_the_newest_fifteen_milestones(make_run: MakeRun) -> None:
    milestones = tuple(
        Milestone(at=NOON, code=MilestoneCode.STAGE_FINISHED, detail=f"M{n}") for n in range(30)
    )

    shown = json.dumps(progress_reply(make_run(milestones=milestones)).blocks)

    assert shown.count("finished") == 15
    assert "M14 " not in shown
    assert "M15 " in shown


def test_an_xflow_shows_forty_steps_with_80_letters_of_a_name() -> None:
    steps = [Step(name=LONG, depth=0, instance_id=f"i{n}") for n in range(60)]

    tree = xflow_tree(steps, name="flow", project="p", status="Running")

    assert sum("accessory" in block for block in tree.blocks) == 40
    assert "and 20 more steps" in json.dumps(tree.blocks)
    assert longest(tree.blocks) == 80
    assert 3_400 < len(tree.text) <= 3_500


@pytest.mark.parametrize(
    ("core_s", "said"), [(5.9, ""), (6, "Used 0.1 core-minutes"), (60, "Used 1.0 core-minutes")]
)
def test_used_minutes_are_told_from_six_seconds_on(
    make_run: MakeRun, core_s: float, said: str
) -> None:
    assert usage_in_words(make_run(cost=Cost(cpu_core_s=core_s))) == said


def a_group(number: int = 1, **facts: Any) -> Group:
    usual = {"outcome": Outcome.FAILED, "instance_id": "i1", "at": NOON, "fingerprint": "f"}
    event = InstanceEvent(**{**usual, "took": timedelta(seconds=5), **facts})
    ids = ("i1",)
    return Group(
        key=f"k{number}", latest=event, first_at=NOON, count=1, instance_ids=ids, opened_at=NOON
    )


@pytest.mark.parametrize(
    ("facts", "letters"), [({"error": LONG}, 700), ({"sql": LONG}, 300), ({"owner": LONG}, 80)]
)
def test_an_alert_shows_the_beginning_of_what_is_long(
    facts: Mapping[str, str], letters: int
) -> None:
    message = alert_message(Post(post_id="p", groups=(a_group(**facts),)), project="p")

    assert longest(message.blocks) == letters


def test_a_digest_shows_fifteen_groups_and_its_text_is_one_message() -> None:
    ids = ("20261122120001123gabcde",) * 5
    groups = tuple(
        msgspec.structs.replace(a_group(number, owner=LONG, error=LONG), instance_ids=ids)
        for number in range(30)
    )

    message = alert_message(Post(post_id="p", groups=groups), project="p")

    assert len([block for block in message.blocks if block.get("accessory")]) == 15
    assert "and 15 more jobs" in json.dumps(message.blocks)
    assert 3_800 < len(message.text) <= 3_900


def test_a_subscription_names_owners_with_80_letters() -> None:
    subscription = Subscription(
        team_id="T1", channel_id="C1", project="p", user_id="U1", created_at=NOON, owners=(LONG,)
    )

    assert longest(subscriptions.subject(subscription)) == 80
