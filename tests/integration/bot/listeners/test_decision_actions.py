"""Clicks on open questions as Slack delivers them, honest and forged."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from odps_bot import listeners
from odps_bot.config.rules import Project, Role, Rules
from odps_bot.policy.cost_decision import Reason, digest_of
from odps_bot.runs import Question, RunState
from odps_bot.store.audit import AuditKind

APPROVER, ASKER = "U2", "U1"
RULES = Rules(
    users={ASKER: Role.OPERATOR, APPROVER: Role.OPERATOR, "U3": Role.WRITER},
    default_project=Project(approve=("write",)),
)


@pytest.fixture
def ruled(services: Any) -> Any:
    """The services of a bot that lives by these rules."""
    return replace(services, rules=RULES)


@pytest.fixture
def hear(ruled: Any) -> Any:
    """Return a function that delivers a payload and returns nothing."""
    who = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")
    app = App(
        client=ruled.slack.gateway._client,
        authorize=lambda: who,
        process_before_response=True,
        token_verification_enabled=False,
    )
    listeners.register(app, ruled)

    def act(body: dict[str, Any]) -> None:
        response = app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert (response.status, response.body) == (200, "")

    return act


@pytest.fixture
def run(alice: Any, bot: Any, ruled: Any) -> Any:
    """A run that waits for a second person."""
    alice.types("run insert into t values (1)")
    asked = bot.newest_run()
    now = ruled.clock()
    question = Question(
        kind="approval",
        reasons=(Reason.CLASS,),
        requested_at=now,
        expires_at=now + timedelta(hours=4),
        digest=digest_of(asked),
        is_shown=True,
        approvers=Role.OPERATOR,
    )
    return bot.bring(asked, RunState.AWAITING_DECISION, question=question)


@pytest.fixture
def click(hear: Any, bot: Any) -> Any:
    """Return a function that clicks and returns the private answer, if there is one."""

    def act(action_id: str, value: str, *, user: str = APPROVER, **facts: Any) -> str:
        channel = facts.pop("channel", "C1")
        hear(
            {
                "type": "block_actions",
                "team": {"id": "T1"},
                "user": {"id": user, **facts},
                "container": {"type": "message", "channel_id": channel, "message_ts": "1.2"},
                "channel": {"id": channel},
                "trigger_id": f"{user}.{action_id}.{value}",
                "response_url": "https://hooks.slack.com/actions/1/2/3",
                "actions": [
                    {"type": "button", "action_id": action_id, "block_id": "b", "value": value}
                ],
            }
        )
        booked = dict(entry.split(":") for entry in bot.told())
        if "ephemeral" not in booked:
            return ""
        [message] = bot.services.stores.ephemeral_replies.answer(booked["ephemeral"])
        return str(message.text)

    return act


@pytest.fixture
def submit(hear: Any, bot: Any) -> Any:
    """Return a function that submits the form of a rejection."""

    def act(metadata: str, reason: str | None, *, user: str = APPROVER) -> str:
        hear(
            {
                "type": "view_submission",
                "team": {"id": "T1"},
                "user": {"id": user, "team_id": "T1"},
                "view": {
                    "id": f"V{user}",
                    "type": "modal",
                    "callback_id": "reject_form",
                    "private_metadata": metadata,
                    "state": {"values": {"reason": {"reason": {"value": reason}}}},
                },
            }
        )
        booked = dict(entry.split(":") for entry in bot.told())
        if "ephemeral" not in booked:
            return ""
        [message] = bot.services.stores.ephemeral_replies.answer(booked["ephemeral"])
        return str(message.text)

    return act


def state(bot: Any) -> RunState:
    found: RunState = bot.newest_run().state
    return found


def test_an_honest_click_decides_and_says_nothing_beside_the_card(
    click: Any, run: Any, bot: Any
) -> None:
    assert click("approve_run", f"{run.run_id}:{run.question.digest}") == ""
    assert state(bot) is RunState.QUEUED
    assert bot.newest_run().decision.user_id == APPROVER


def test_what_was_decided_is_in_redis_with_its_job_before_slack_is_answered(
    click: Any, run: Any, bot: Any
) -> None:
    before = len(bot.enqueued_jobs())
    click("approve_run", f"{run.run_id}:{run.question.digest}")

    jobs = bot.enqueued_jobs()[before:]
    assert ("workers.jobs.submit_run.submit_run", {"run_id": run.run_id}) in bot.enqueued_jobs()
    assert jobs


@pytest.mark.parametrize(
    "value",
    [
        "",
        ":",
        "{run_id}",
        "{run_id}:",
        "{run_id}:0000000000000000",
        "{run_id}:{digest}:x",
        "{run_id}:{digest}\n",
        " {run_id}:{digest}",
        "ffffffffffffffffffffffff:{digest}",
        "../{run_id}:{digest}",
        "r1:{digest}",
    ],
)
def test_a_forged_value_decides_nothing(click: Any, run: Any, bot: Any, value: str) -> None:
    forged = value.format(run_id=run.run_id, digest=run.question.digest)
    said = click("approve_run", forged)

    assert "Nothing was" in said
    assert state(bot) is RunState.AWAITING_DECISION


@pytest.mark.parametrize("action_id", ["approve_run", "reject_run", "confirm_cost"])
@pytest.mark.parametrize(
    "facts",
    [
        {"user": "U3"},
        {"user": "U9"},
        {"user": ASKER},
        {"user": "U9", "team_id": "T2"},
        {"user": APPROVER, "channel": "C2"},
    ],
)
def test_the_wrong_person_or_place_is_denied_and_leaves_an_audit_line(
    click: Any, run: Any, bot: Any, facts: dict[str, Any], action_id: str
) -> None:
    said = click(action_id, f"{run.run_id}:{run.question.digest}", **facts)

    assert "Nothing was" in said
    assert state(bot) is RunState.AWAITING_DECISION
    [denial] = [line for line in bot.services.stores.audit.read() if line.kind is AuditKind.DENIAL]
    assert (denial.user_id, denial.run_id) == (facts["user"], run.run_id)


def test_the_button_of_another_kind_of_question_changes_no_right(
    click: Any, run: Any, bot: Any
) -> None:
    click("decline_cost", f"{run.run_id}:{run.question.digest}", user=ASKER)

    assert state(bot) is RunState.AWAITING_DECISION


def test_a_rejection_by_the_form(submit: Any, run: Any, bot: Any) -> None:
    assert "Rejected by" in submit(f"{run.run_id}:{run.question.digest}", "not today")
    assert state(bot) is RunState.REJECTED
    assert bot.newest_run().decision.reason == "not today"


@pytest.mark.parametrize("metadata", ["", "{}", "{run_id}:0000000000000000", "x" * 3_000])
def test_a_form_with_forged_metadata_rejects_nothing(
    submit: Any, run: Any, bot: Any, metadata: str
) -> None:
    forged = metadata.replace("{run_id}", run.run_id)

    assert "Nothing was" in submit(forged, "no")
    assert state(bot) is RunState.AWAITING_DECISION


@pytest.mark.parametrize("user", ["U3", "U9", ASKER])
def test_a_form_from_the_wrong_person_rejects_nothing(
    submit: Any, run: Any, bot: Any, user: str
) -> None:
    assert "Nothing was" in submit(f"{run.run_id}:{run.question.digest}", "no", user=user)
    assert state(bot) is RunState.AWAITING_DECISION


def test_a_rejection_without_a_reason_is_none(submit: Any, run: Any, bot: Any) -> None:
    assert "Give a reason" in submit(f"{run.run_id}:{run.question.digest}", None)
    assert state(bot) is RunState.AWAITING_DECISION


def test_the_same_click_delivered_twice_decides_once(click: Any, run: Any, bot: Any) -> None:
    value = f"{run.run_id}:{run.question.digest}"
    click("approve_run", value)
    again = click("approve_run", value)

    assert again == ""
    decisions = [
        line for line in bot.services.stores.audit.read() if line.kind is AuditKind.DECISION
    ]
    assert len(decisions) == 1
