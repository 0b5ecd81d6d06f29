"""Somebody thinks in a button's dialog while the message is updated: what they confirm counts."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from odps_bot.config.rules import Role
from odps_bot.policy.cost_decision import Reason, digest_of
from odps_bot.runs import (
    Change,
    Milestone,
    MilestoneCode,
    Question,
    Run,
    RunState,
    Stage,
    Table,
    lifecycle,
)
from odps_bot.sandbox.slack.interactive_elements import interactive_elements
from odps_bot.store.project_locks import ProjectLock
from workers.delivery.cards import deliver_card
from workers.delivery.completion import deliver_completion
from workers.delivery.home import deliver_home

ALICE, BOB = "U0ALICE", "U0BOB"
CHANNEL, TEAM = "C0DATAENG1", "T0SANDBOX1"
INSTANCE = "20261122120001123gabcde"
NOW = datetime.now(UTC)

TABLE = Table(columns=("a",), rows=(("1",),), column_count=1, row_count=1, types=("bigint",))
RUNNING = {"state": RunState.RUNNING, "instance_id": INSTANCE, "started_at": NOW}
SUCCEEDED = {**RUNNING, "state": RunState.SUCCEEDED, "ended_at": NOW, "table": TABLE}


def change(desk: Any, run: Run, **facts: Any) -> Run:
    runs = desk.services.stores.runs
    if "instance_id" in facts:
        runs.apply(run.run_id, partial(lifecycle.begin_submission, now=NOW))
        runs.apply(run.run_id, partial(lifecycle.submitted, instance_id=INSTANCE, now=NOW))
    changed = runs.apply(run.run_id, lambda run: Change(run=msgspec.structs.replace(run, **facts)))
    assert changed is not None
    return changed


def ask(desk: Any, sql: str = "select 1", **facts: Any) -> Run:
    """Let Alice ask for a run whose card is posted and shows these facts."""
    desk.slack.say(ALICE, CHANNEL, f"/odps run {sql}")
    run = desk.newest_run()
    deliver_card(run.run_id, desk.services)
    return update(desk, run, **facts)


def update(desk: Any, run: Run, **facts: Any) -> Run:
    run = change(desk, run, **facts)
    deliver_card(run.run_id, desk.services)
    return run


def ask_for_approval(desk: Any) -> Run:
    """Let Alice ask for a run that somebody else must approve, by buttons on its card."""
    run = ask(desk, "insert into t values (1)")
    question = Question(
        kind="approval",
        reasons=(Reason.CLASS,),
        requested_at=NOW,
        expires_at=NOW + timedelta(hours=4),
        digest=digest_of(run),
        is_shown=True,
        approvers=Role.OPERATOR,
    )
    return update(desk, run, state=RunState.AWAITING_DECISION, question=question)


def ids_of(desk: Any, ts: str) -> dict[str, str]:
    """Return the block ids of what can be clicked in a message, by action id."""
    [message] = [m for m in desk.slack.messages(CHANNEL) if m["ts"] == ts]
    elements = interactive_elements(message["blocks"])
    return {element["action_id"]: block["block_id"] for block, element in elements}


def confirm(desk: Any, run: Run, action_id: str, seen: dict[str, str], user: str = ALICE) -> None:
    """Confirm the dialog of a button as it stood in the card that was seen."""
    delivery = desk.slack.click(user, CHANNEL, run.card_ts, action_id, seen[action_id])
    assert delivery.ok, delivery


def test_a_stop_is_heard_although_the_card_went_on_meanwhile(desk: Any) -> None:
    run = ask(desk)
    seen = ids_of(desk, run.card_ts)
    update(desk, run, **RUNNING, progress_percent=10)
    stage = Stage(
        name="M1",
        status="RUNNING",
        terminated_workers=1,
        running_workers=1,
        total_workers=2,
        progress_percent=50,
    )
    update(
        desk,
        run,
        stages=(stage,),
        milestones=(Milestone(at=NOW, code=MilestoneCode.STAGE_STARTED, detail="M1", count=1),),
    )

    confirm(desk, run, "stop_run", seen)

    assert desk.services.stores.runs.get(run.run_id).state is RunState.STOPPING


def test_an_approval_is_heard_although_the_card_was_updated_meanwhile(desk: Any) -> None:
    run = ask_for_approval(desk)
    seen = ids_of(desk, run.card_ts)
    update(desk, run, notify=(BOB,))

    confirm(desk, run, "approve_run", seen, user=BOB)

    assert desk.services.stores.runs.get(run.run_id).decision.user_id == BOB


@pytest.mark.parametrize("action_id", ["reject_run", "stop_run", "show_sql", "notify_me"])
def test_all_buttons_of_an_open_question_outlive_updates(desk: Any, action_id: str) -> None:
    run = ask_for_approval(desk)
    seen = ids_of(desk, run.card_ts)
    update(desk, run, notify=(BOB,))

    confirm(desk, run, action_id, seen, user=BOB)


@pytest.mark.parametrize("action_id", ["run_again", "send_csv", "show_logview", "show_sql"])
def test_all_buttons_of_a_run_that_is_over_outlive_updates(desk: Any, action_id: str) -> None:
    run = ask(desk, **SUCCEEDED)
    seen = ids_of(desk, run.card_ts)
    update(desk, run, is_limit_removed=True)
    deliver_completion(run.run_id, desk.services)

    confirm(desk, run, action_id, seen)


def test_a_stop_in_the_home_is_heard_although_it_was_published_anew(desk: Any) -> None:
    run = ask(desk, **RUNNING)
    desk.slack.open_home(ALICE)
    desk.slack.wait_until(lambda: desk.services.stores.homes.get(TEAM, ALICE))
    about = f"{TEAM} {ALICE}"
    deliver_home(about, desk.services)
    home = desk.slack.open_home(ALICE)
    seen = {
        element["action_id"]: block["block_id"]
        for block, element in interactive_elements(home["blocks"])
    }
    change(desk, run, progress_percent=50)
    lock = ProjectLock(project="sandbox", reason="month end", user_id=BOB, at=NOW)
    desk.services.stores.locks.lock(lock)
    desk.services.stores.homes.free_turn(TEAM, ALICE)
    deliver_home(about, desk.services)
    home = desk.slack.open_home(ALICE)
    assert "month end" in str(home["blocks"])

    delivery = desk.slack.click_in_view(ALICE, home["id"], "stop_run", seen["stop_run"])

    assert delivery.ok, delivery
    assert desk.services.stores.runs.get(run.run_id).state is RunState.STOPPING
