"""What is asked before a run is submitted, what was decided, and what was spent."""

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.config.rules import Money, Role
from odps_bot.errors import Denial, DenialCode
from odps_bot.messages import Message
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.spending import usage_answer
from odps_bot.messages.replies.standing_approvals import approvals_list
from odps_bot.messages.run import questions
from odps_bot.messages.run.approval_requests import approval_request, decided_request
from odps_bot.messages.run.card import run_card
from odps_bot.messages.run.completion import completion_by_direct_message, completion_replies
from odps_bot.policy.cost_decision import Reason
from odps_bot.runs import (
    BudgetUse,
    Cost,
    Cover,
    Decision,
    Estimate,
    Outcome,
    Question,
    ReasonCode,
    Run,
    RunState,
)
from odps_bot.sandbox.slack.block_kit import check_blocks
from odps_bot.sandbox.slack.block_kit.validation import check_view
from odps_bot.store.spending import Charge, Sum, Usage
from odps_bot.store.standing_approvals import StandingApproval

GOLDEN = Path(__file__).parent / "golden_decisions"

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=2, seconds=5)
DIGEST = "0123456789abcdef"

#: What our own markup looks like; foreign text has no other.
OUR_MARKUP = re.compile(
    r"<@[UW][A-Z0-9]*>|<!subteam\^S[A-Z0-9]*>|<#[CDG][A-Z0-9]*>|<!date\^\d+\^[^|<>]*\|[^<>]*>"
)


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def cny(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


def a_question(kind: str = "cost", *reasons: Reason, **facts: Any) -> Question:
    usual = {
        "kind": kind,
        "reasons": reasons,
        "requested_at": NOON,
        "expires_at": NOON + timedelta(hours=4),
        "digest": DIGEST,
        "is_shown": True,
        "approvers": Role.OPERATOR if kind == "approval" else None,
    }
    return Question(**{**usual, **facts})


def a_run(**facts: Any) -> Run:
    usual = {
        "run_id": "0a1b2c",
        "name": "r42",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "project": "ads",
        "sql": "insert overwrite table shops\nselect city, sum(amount) from orders group by city",
        "state": RunState.AWAITING_DECISION,
        "requested_at": NOON,
        "card_ts": "1.2",
        "statement_class": "write",
        "price_per_gb": cny("0.3"),
    }
    return Run(**{**usual, **facts})


def a_decision(
    user_id: str = "U2",
    *,
    is_approval: bool = True,
    reason: str = "",
    at: datetime = NOON + timedelta(minutes=1),
) -> Decision:
    return Decision(user_id=user_id, at=at, is_approval=is_approval, digest=DIGEST, reason=reason)


ESTIMATE = Estimate(input_bytes=40 * 2**30, complexity=1.5)
ABOVE_LIMIT = a_question("cost", Reason.ABOVE_LIMIT, limit=cny("3"))
NO_ESTIMATE = a_question("cost", Reason.NO_ESTIMATE)
APPROVAL = a_question("approval", Reason.CLASS)
ABOVE_CAP = a_question("approval", Reason.CLASS, Reason.ABOVE_CAP, limit=cny("10"))


NAMED = a_question(
    "approval", Reason.CLASS, named_approvers=("S1", "U2", "U3", "U4", "U5"), more_approvers=3
)
DAY = timedelta(hours=24)


#: An ID as Slack makes them.
ASKED = "U024BE7LH"


def nobody_can_approve(contact: str, **denial: Any) -> Run:
    usual = {"code": DenialCode.ROLE, "project": "ads", "needed": "admin"}
    why = {"contact": contact, "denial": Denial(**{**usual, **denial})}
    run = a_refused_run(ReasonCode.NO_APPROVER, **why)
    return msgspec.structs.replace(run, user_id=ASKED)


def a_standing_approval(number: int) -> StandingApproval:
    return StandingApproval(
        approval_id=f"0a{number}",
        run=f"r{number}",
        team_id="T1",
        project="ads",
        user_id="U1",
        approver_id="U2",
        channel_id="C1",
        digest="d",
        text="insert into shops values ('…', 0)",
        granted_at=NOON,
        expires_at=NOON + DAY,
        rules="r",
    )


def a_card(**facts: Any) -> Message:
    return run_card(a_run(**facts), now=LATER)


def a_rejected_run(**facts: Any) -> Run:
    return a_run(
        state=RunState.REJECTED,
        ended_at=LATER,
        question=APPROVAL,
        decision=a_decision(is_approval=False, reason="one day at a time, please"),
        **facts,
    )


def an_expired_run() -> Run:
    return a_run(
        state=RunState.EXPIRED,
        ended_at=LATER,
        question=APPROVAL,
        outcome=Outcome(reason=ReasonCode.EXPIRED),
    )


def a_refused_run(reason: ReasonCode, **facts: Any) -> Run:
    why = Outcome(reason=reason, **facts)
    return a_run(state=RunState.REFUSED, ended_at=LATER, outcome=why, estimate=ESTIMATE)


def a_run_that_cannot_be_compiled() -> Run:
    return a_run(
        state=RunState.FAILED,
        ended_at=LATER,
        estimate_id="20261122120000123gabcde",
        outcome=Outcome(
            reason=ReasonCode.COMPILE_ERROR,
            detail="ODPS-0130131:[2,31] Table not found - table ads.orders cannot be resolved",
        ),
    )


def a_charge(name: str, amount: str, **facts: Any) -> Charge:
    usual = {"user_id": "U1", "channel_id": "C1", "project": "ads", "is_over": True}
    return Charge(run_id=name, name=name, amount=cny(amount), **{**usual, **facts})


CHARGES = [
    a_charge("r1", "12.4"),
    a_charge("r2", "0.004"),
    a_charge("r3", "3", is_over=False, project="bi"),
]

IN_DOLLARS = msgspec.structs.replace(a_charge("r9", "0"), amount=usd("1234.5"))

BUDGET = BudgetUse(scope="project", spent=cny("85"), budget=cny("100"))

MESSAGES: dict[str, Callable[[], Message]] = {
    "card-estimating": lambda: a_card(state=RunState.QUEUED, estimate_requested_at=NOON),
    "card-above-the-limit": lambda: a_card(question=ABOVE_LIMIT, estimate=ESTIMATE),
    "card-no-estimate": lambda: a_card(
        question=NO_ESTIMATE, no_estimate=Outcome(reason=ReasonCode.SEVERAL_STATEMENTS)
    ),
    "card-no-counted-input": lambda: a_card(
        question=NO_ESTIMATE, estimate=Estimate(input_bytes=0, complexity=1)
    ),
    "card-failing-estimate": lambda: a_card(
        question=NO_ESTIMATE,
        no_estimate=Outcome(
            reason=ReasonCode.ESTIMATE_FAILED,
            detail="ODPS-0010000:System internal error - external tables have no estimate",
        ),
    ),
    "card-cannot-be-compiled": lambda: run_card(a_run_that_cannot_be_compiled(), now=LATER),
    "completion-cannot-be-compiled": lambda: completion_replies(
        a_run_that_cannot_be_compiled(), now=LATER
    )[0],
    "direct-message-cannot-be-compiled": lambda: completion_by_direct_message(
        a_run_that_cannot_be_compiled(), now=LATER, where="<https://x.slack.com/a|its thread>"
    ),
    "card-succeeded-long-after-approval": lambda: a_card(
        state=RunState.SUCCEEDED,
        question=APPROVAL,
        decision=a_decision(at=NOON + timedelta(hours=3)),
        ended_at=NOON + timedelta(hours=3, seconds=40),
    ),
    "card-needs-approval": lambda: a_card(question=APPROVAL, hints={"odps.a": "1"}),
    "card-names-its-approvers": lambda: a_card(question=NAMED),
    "card-may-be-approved-for-a-day": lambda: a_card(
        question=msgspec.structs.replace(NAMED, standing_hours=24)
    ),
    "card-covered-by-an-approval": lambda: a_card(
        state=RunState.SUCCEEDED,
        ended_at=LATER,
        covered_by=Cover(approver_id="U2", run="r40", until=NOON + timedelta(hours=20)),
    ),
    "card-nobody-can-approve": lambda: run_card(
        nobody_can_approve(f"{ASKED}, S0614TZR7"), now=LATER
    ),
    "card-only-the-requester-could-help": lambda: run_card(nobody_can_approve(ASKED), now=LATER),
    "card-the-channel-lets-nobody-approve": lambda: run_card(
        nobody_can_approve("#data", code=DenialCode.CHANNEL, has="runner"), now=LATER
    ),
    "reply-reminder": lambda: questions.reminder_reply(a_run(question=NAMED)),
    "reply-some-are-asked-directly": lambda: questions.question_reply(
        a_run(question=NAMED), not_mentioned=["U2"]
    ),
    "direct-message-asks": lambda: approval_request(a_run(question=NAMED)),
    "direct-message-asks-about-a-long-one": lambda: approval_request(
        a_run(question=NAMED, sql="select 1 -- " + "x" * 5_000)
    ),
    "direct-message-is-decided": lambda: decided_request(
        a_run(state=RunState.QUEUED, question=NAMED, decision=a_decision("U3"))
    ),
    "approved-for-a-day": lambda: questions.decision_reply(
        a_run(
            question=NAMED,
            decision=msgspec.structs.replace(a_decision(), standing_until=NOON + DAY),
        )
    ),
    "standing-approvals": lambda: approvals_list(
        [a_standing_approval(n) for n in range(2)], first="", is_allowed=True
    ),
    "standing-approvals-none": lambda: approvals_list([], first="", is_allowed=True),
    "standing-approvals-not-allowed": lambda: approvals_list([], first="", is_allowed=False),
    "card-needs-approval-for-class-and-cap": lambda: a_card(question=ABOVE_CAP, estimate=ESTIMATE),
    "card-may-be-approved-by-oneself": lambda: a_card(
        question=a_question("approval", Reason.CLASS, is_self_approval=True)
    ),
    "card-waits-for-its-file": lambda: a_card(
        sql="select 1 -- " + "x" * 5_000,
        question=a_question("approval", Reason.CLASS, is_shown=False),
    ),
    "card-approved": lambda: a_card(
        state=RunState.RUNNING,
        question=APPROVAL,
        decision=a_decision(),
        estimate=ESTIMATE,
        instance_id="20261122120001123gabcde",
        budget_warnings=(BUDGET,),
        is_limit_removed=True,
    ),
    "card-cost-accepted": lambda: a_card(
        state=RunState.SUCCEEDED,
        ended_at=LATER,
        question=ABOVE_LIMIT,
        decision=a_decision("U1"),
        estimate=ESTIMATE,
        cost=Cost(input_bytes=38 * 2**30),
        instance_id="20261122120001123gabcde",
    ),
    "card-cost-declined": lambda: a_card(
        state=RunState.CANCELLED,
        ended_at=LATER,
        stop_requested_by="U1",
        stop_requested_at=LATER,
        question=ABOVE_LIMIT,
        decision=a_decision("U1", is_approval=False),
        estimate=ESTIMATE,
    ),
    "card-rejected": lambda: run_card(a_rejected_run(), now=LATER),
    "card-expired": lambda: run_card(an_expired_run(), now=LATER),
    "reply-above-the-limit": lambda: questions.question_reply(
        a_run(question=ABOVE_LIMIT, estimate=ESTIMATE)
    ),
    "reply-needs-approval": lambda: questions.question_reply(a_run(question=APPROVAL)),
    "reply-file": lambda: Message(questions.file_comment(a_run(question=APPROVAL))),
    "reply-approved": lambda: questions.decision_reply(
        a_run(question=APPROVAL, decision=a_decision())
    ),
    "completion-rejected": lambda: completion_replies(a_rejected_run(), now=LATER)[0],
    "completion-expired": lambda: completion_replies(an_expired_run(), now=LATER)[0],
    "refused-above-cap": lambda: ephemeral.refusal(
        a_refused_run(ReasonCode.ABOVE_CAP, limit=cny("10"))
    ),
    "refused-for-budget": lambda: ephemeral.refusal(
        a_refused_run(ReasonCode.BUDGET_USED_UP, budget=BUDGET, cost=cny("18"))
    ),
    "refused-hidden-characters": lambda: ephemeral.refusal(
        a_refused_run(ReasonCode.NOT_DISPLAYABLE)
    ),
    "refused-no-file": lambda: ephemeral.refusal(a_refused_run(ReasonCode.FILE_REFUSED)),
    "usage": lambda: usage_answer(
        Usage(
            sums=(Sum(amount=cny("16.404"), reserved=cny("3"), runs=4),),
            dearest=(CHARGES[0], CHARGES[2], CHARGES[1]),
            hidden=1,
        ),
        whose="Usage of <#C1>",
        when="today",
        budget=Decimal(50),
    ),
    "usage-nothing": lambda: usage_answer(
        Usage(), whose="Your usage", when="today", budget=Decimal(50)
    ),
    "usage-two-currencies": lambda: usage_answer(
        Usage(
            sums=(
                Sum(amount=cny("12.4"), reserved=cny("0"), runs=1),
                Sum(amount=usd("1234.5"), reserved=usd("0"), runs=1),
            ),
            dearest=(IN_DOLLARS, CHARGES[0]),
        ),
        whose="Your usage",
        when="in the last 7 days",
        budget=None,
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_it_is_said_as_the_golden_file_has_it(name: str) -> None:
    # As JSON it has no parts in common, which YAML would write as references.
    shown = json.loads(json.dumps(MESSAGES[name]().as_arguments()))
    said = yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100)
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said)

    assert said == file.read_text()


def test_every_golden_file_is_of_something_that_is_said() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_takes_it(name: str) -> None:
    message = MESSAGES[name]()

    assert check_blocks(message.blocks, surface="message") == []
    assert len(message.text) <= 4_000


def test_slack_takes_the_form_of_a_rejection() -> None:
    assert check_view(questions.reject_modal(a_run(question=APPROVAL)).view) == []


def test_the_file_shows_statement_and_settings() -> None:
    run = a_run(question=a_question("approval", file_key="0a1b"), hints={"b": "2", "a": "1"})
    name, content = questions.file_of_statement(run)

    assert name == "r42-0a1b.sql"
    assert content.decode() == f"-- with a=1\n-- with b=2\n{run.sql}\n"


def test_a_question_that_is_open_has_buttons_and_a_settled_one_has_none() -> None:
    for state in RunState:
        has_buttons = bool(questions.question_buttons(a_run(state=state, question=APPROVAL)))
        assert has_buttons is (state is RunState.AWAITING_DECISION)


FOREIGN = st.lists(
    st.one_of(
        st.sampled_from(
            ["<!channel>", "<@U2|boss>", "<http://evil|x>", "&lt;", "`", "\n", "\u202e"]
        ),
        st.text(max_size=30),
        st.integers(1, 4_000).map("&".__mul__),
    ),
    max_size=10,
).map("".join)


@given(FOREIGN, FOREIGN, FOREIGN, FOREIGN)
def test_foreign_text_neither_speaks_for_us_nor_breaks_a_question(
    sql: str, why: str, reason: str, value: str
) -> None:
    run = a_run(
        sql=sql,
        question=a_question("approval", *Reason),
        no_estimate=Outcome(reason=ReasonCode.ESTIMATE_FAILED, detail=why),
        hints={"a": value},
    )
    decided = a_run(
        sql=sql,
        state=RunState.REJECTED,
        question=APPROVAL,
        ended_at=LATER,
        decision=a_decision(is_approval=False, reason=reason),
    )
    for message in (
        run_card(run, now=LATER),
        run_card(decided, now=LATER),
        completion_replies(decided, now=LATER)[0],
        questions.question_reply(run),
        questions.decision_reply(decided),
    ):
        assert check_blocks(message.blocks, surface="message") == []
        assert len(message.text) <= 4_000
        for said in (message.text, *mrkdwn_in(message.blocks)):
            assert "<" not in OUR_MARKUP.sub("", said)


def mrkdwn_in(blocks: Any) -> list[str]:
    """Return the texts in which markup works."""
    if isinstance(blocks, list):
        return [text for block in blocks for text in mrkdwn_in(block)]
    if not isinstance(blocks, dict):
        return []
    if blocks.get("type") == "mrkdwn":
        return [blocks["text"]]
    return [text for value in blocks.values() for text in mrkdwn_in(value)]
