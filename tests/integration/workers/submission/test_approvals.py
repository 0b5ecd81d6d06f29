"""A second person: who may decide, on what they were shown, once; and what becomes of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from odps_bot.commands import find_command
from odps_bot.commands.approve import approve
from odps_bot.commands.reject import ask_why, reject
from odps_bot.commands.stop import stop
from odps_bot.config.rules import Project, Role, Rules
from odps_bot.errors import CommandError, DeniedError, UsageError
from odps_bot.input.request import Request, Surface
from odps_bot.messages import Modal
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import Change, ReasonCode, RunState
from odps_bot.sandbox.maxcompute.faults import reset_after
from odps_bot.store.audit import AuditKind
from odps_bot.store.project_locks import ProjectLock

CHANNEL, ALICE, BOB, CAROL, TEAM = "C0DATAENG1", "U0ALICE", "U0BOB", "U0CAROL", "T0SANDBOX1"
DANA = "U0DANA"
CREATE = "create table copied as select * from customers"


@pytest.fixture
def ruled(world):
    """Return a function that lets the world live by other rules of its project."""

    def rule(**facts):
        project = Project(approve=("ddl", "write"), **facts)
        users = {ALICE: Role.OPERATOR, BOB: Role.ADMIN, DANA: Role.OPERATOR, CAROL: Role.WRITER}
        rules = Rules(contact="Alice", users=users, default_project=project)
        world.services = replace(world.services, rules=rules)
        return world

    return rule


def admit(world, run):
    """Let the submit job run, and tell what is to be told."""
    world.submit(run)
    for _ in range(3):
        world.make_all_due()
        world.deliver()
    return world.run(run.run_id)


def asked(world, sql=CREATE):
    return admit(world, world.ask(f"run {sql}"))


def by(user_id, **facts):
    usual = {"team_id": TEAM, "channel_id": CHANNEL, "surface": Surface.ACTION}
    return Request(user_id=user_id, trigger_id=f"click of {user_id}", **{**usual, **facts})


def click_approve(world, run, *, by_whom, **facts):
    return approve(run, run.question.digest, by(by_whom, **facts), world.services)


def says(world, typed, *, by_whom):
    command, rest = find_command(typed)
    request = by(by_whom, surface=Surface.COMMAND, text=rest)
    return command.answer(request, world.services).text


def card(world, run):
    [found] = [m for m in world.slack.messages(CHANNEL) if m["ts"] == run.card_ts]
    return found


def buttons(world, run):
    rows = [b for b in card(world, run)["blocks"] if b["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row["elements"]]


def thread(world, run):
    return world.slack.thread(CHANNEL, run.card_ts)


def executions(world, run):
    return [i for i in world.maxcompute.instances() if i.guid == run.run_id]


def audit(world, run, kind):
    lines = world.services.stores.audit.read()
    return [line for line in lines if line.run_id == run.run_id and line.kind is kind]


def test_a_write_waits_for_a_second_person_and_shows_the_whole_statement(ruled):
    world = ruled()
    run = asked(world)

    assert run.state is RunState.AWAITING_DECISION
    assert executions(world, run) == []
    assert buttons(world, run)[:3] == ["approve_run", "reject_run", "stop_run"]
    assert CREATE in str(card(world, run)["blocks"])
    [question] = thread(world, run)
    assert f"<@{BOB}> or <@{DANA}> can approve or reject it" in question["text"]
    assert f"<@{ALICE}>" not in question["text"]


def test_a_read_needs_nobody(ruled):
    assert asked(ruled(), "select 1").state is RunState.RUNNING


def test_what_was_approved_late_is_looked_for_when_its_submission_gets_no_answer(ruled):
    world = ruled(approval_life=timedelta(hours=48))
    world.clock.push(hours=-30)
    run = asked(world)
    world.clock.push(hours=30)
    click_approve(world, run, by_whom=BOB)
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    world.submit(run)
    world.clock.push(seconds=15)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert len(executions(world, run)) == 1


def test_what_was_approved_runs_once_and_everybody_sees_by_whom(ruled):
    world = ruled()
    run = asked(world)
    assert click_approve(world, run, by_whom=BOB) is None
    run = admit(world, run)
    run = world.follow(run)
    admit(world, run)

    assert run.state is RunState.SUCCEEDED
    assert len(executions(world, run)) == 1
    assert f"Approved by <@{BOB}>" in str(card(world, run))
    assert "approve_run" not in buttons(world, run)
    assert [m for m in thread(world, run) if f"Approved by <@{BOB}>" in m["text"]]
    [line] = audit(world, run, AuditKind.DECISION)
    assert (line.what, line.user_id, line.sql) == ("approve", BOB, CREATE)


def test_whoever_asked_cannot_approve_it(ruled):
    world = ruled()
    run = asked(world)
    with pytest.raises(DeniedError, match="can't approve or reject your own run"):
        click_approve(world, run, by_whom=ALICE)

    assert world.run(run.run_id).state is RunState.AWAITING_DECISION


def test_whoever_asked_can_approve_where_the_project_says_so(ruled):
    world = ruled(self_approval=True)
    run = asked(world)
    click_approve(world, run, by_whom=ALICE)

    assert admit(world, run).state is RunState.RUNNING


@pytest.mark.parametrize(
    "facts", [{"by_whom": CAROL}, {"by_whom": "U0NOBODY"}, {"by_whom": "U0X", "is_external": True}]
)
def test_those_without_the_role_cannot_approve(ruled, facts):
    world = ruled()
    run = asked(world)
    with pytest.raises(DeniedError, match="You need the role \\*operator\\*"):
        click_approve(world, run, **facts)

    assert executions(world, run) == []


def test_the_role_counts_where_the_card_stands(ruled):
    world = ruled()
    run = asked(world)
    rules = world.services.rules
    lower = {
        CHANNEL: msgspec.structs.replace(rules.default_channel, highest_role=Role.WRITER),
        "C0OTHER": rules.default_channel,
    }
    world.services = replace(world.services, rules=msgspec.structs.replace(rules, channels=lower))
    with pytest.raises(DeniedError, match="Yours is \\*writer\\*"):
        click_approve(world, run, by_whom=BOB, channel_id="C0OTHER")


def test_a_role_that_was_taken_away_no_longer_approves(ruled):
    world = ruled()
    run = asked(world)
    rules = msgspec.structs.replace(world.services.rules, users={ALICE: Role.OPERATOR})
    world.services = replace(world.services, rules=rules)
    with pytest.raises(DeniedError):
        click_approve(world, run, by_whom=BOB)


def test_who_asked_must_still_be_allowed_when_it_is_submitted(ruled):
    world = ruled()
    run = asked(world)
    click_approve(world, run, by_whom=BOB)
    rules = msgspec.structs.replace(world.services.rules, users={BOB: Role.ADMIN})
    world.services = replace(world.services, rules=rules)
    run = admit(world, run)

    assert run.state is RunState.REFUSED
    assert executions(world, run) == []


def test_in_a_locked_project_nothing_is_approved(ruled):
    world = ruled()
    run = asked(world)
    world.services.stores.locks.lock(
        ProjectLock(project="sandbox", reason="month's end", user_id=BOB, at=world.clock())
    )
    with pytest.raises(DeniedError, match="month's end"):
        click_approve(world, run, by_whom=BOB)


def test_a_rejection_needs_a_reason_which_the_requester_reads(ruled):
    world = ruled()
    run = asked(world)
    digest = run.question.digest
    assert isinstance(ask_why(run, digest, by(BOB), world.services), Modal)
    with pytest.raises(UsageError):
        reject(run, digest, by(BOB), world.services, reason="  ")
    reject(run, digest, by(BOB), world.services, reason="not on a *Friday* <!channel>")
    run = admit(world, run)

    assert run.state is RunState.REJECTED
    assert executions(world, run) == []
    [told] = [m["text"] for m in thread(world, run) if f"<@{ALICE}>" in m["text"]]
    assert "not on a *Friday* &lt;!channel&gt;" in told
    assert "Nothing was submitted" in told
    assert "approve_run" not in buttons(world, run)
    [line] = audit(world, run, AuditKind.DECISION)
    assert (line.what, line.user_id) == ("reject", BOB)
    assert "not on a *Friday*" in line.detail


def test_who_may_not_decide_does_not_get_the_form_either(ruled):
    world = ruled()
    run = asked(world)
    with pytest.raises(DeniedError):
        ask_why(run, run.question.digest, by(CAROL), world.services)
    with pytest.raises(DeniedError):
        reject(run, run.question.digest, by(CAROL), world.services, reason="no")


def test_of_two_approvers_one_wins_and_the_other_is_told(ruled):
    world = ruled()
    run = asked(world)

    def attempt(user_id):
        try:
            return click_approve(world, run, by_whom=user_id)
        except CommandError as error:
            return str(error)

    with ThreadPoolExecutor(2) as people:
        said = list(people.map(attempt, [BOB, DANA]))

    assert said.count(None) == 1
    [loser] = [text for text in said if text is not None]
    assert "Approved by <@" in loser
    run = world.follow(admit(world, run))
    assert len(executions(world, run)) == 1
    assert len(audit(world, run, AuditKind.DECISION)) == 1


def test_approving_and_rejecting_at_once_has_one_outcome(ruled):
    world = ruled()
    run = asked(world)
    digest = run.question.digest

    def attempt(act):
        try:
            act()
        except CommandError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(2) as people:
        said = list(
            people.map(
                attempt,
                [
                    lambda: approve(run, digest, by(BOB), world.services),
                    lambda: reject(run, digest, by(DANA), world.services, reason="no"),
                ],
            )
        )
    run = admit(world, run)

    assert said.count(None) == 1
    assert (run.state is RunState.REJECTED) is (executions(world, run) == [])


@pytest.mark.parametrize(
    "changed", [{"sql": "drop table customers"}, {"hints": {"a.b": "1"}}, {"project": "other"}]
)
def test_a_record_that_was_changed_needs_a_new_approval(ruled, changed):
    world = ruled()
    run = asked(world)
    world.services.stores.runs.note(run.run_id, **changed)
    with pytest.raises(CommandError, match="has changed since"):
        click_approve(world, world.run(run.run_id), by_whom=BOB)

    assert world.run(run.run_id).state is RunState.AWAITING_DECISION


def test_a_record_that_was_changed_after_its_approval_is_asked_about_again(ruled):
    world = ruled()
    run = asked(world)
    click_approve(world, run, by_whom=BOB)
    world.services.stores.runs.note(run.run_id, sql="drop table customers")
    run = admit(world, run)

    assert run.state is RunState.AWAITING_DECISION
    assert executions(world, run) == []


def test_a_button_that_stands_for_something_else_is_refused(ruled):
    world = ruled()
    run = asked(world)
    with pytest.raises(CommandError, match="has changed since"):
        approve(run, "0" * 16, by(BOB), world.services)


def test_a_repeated_run_needs_an_approval_of_its_own(ruled):
    world = ruled()
    first = asked(world)
    click_approve(world, first, by_whom=BOB)
    second = asked(world)

    assert first.question.digest != second.question.digest
    with pytest.raises(CommandError, match="has changed since"):
        approve(second, first.question.digest, by(BOB), world.services)


def test_the_requester_may_withdraw_and_whoever_comes_later_is_told(ruled):
    world = ruled()
    run = asked(world)
    stop(run, by(ALICE), world.services)
    withdrawn = admit(world, run)

    assert withdrawn.state is RunState.CANCELLED
    with pytest.raises(CommandError, match="Stopped"):
        click_approve(world, withdrawn, by_whom=BOB)
    with pytest.raises(CommandError, match="Stopped"):
        click_approve(world, run, by_whom=BOB)
    assert executions(world, run) == []


def test_nobody_decides_and_it_expires_once_and_is_told(ruled):
    world = ruled()
    run = asked(world)
    world.clock.push(hours=3, minutes=59)
    assert admit(world, run).state is RunState.AWAITING_DECISION
    world.clock.push(minutes=2)
    with pytest.raises(CommandError, match="has expired"):
        click_approve(world, run, by_whom=BOB)
    run = admit(world, run)

    assert run.state is RunState.EXPIRED
    assert [m for m in thread(world, run) if f"<@{ALICE}>" in m["text"]]
    assert "No decision was made in time" in str(card(world, run))
    with pytest.raises(CommandError, match="Expired"):
        click_approve(world, run, by_whom=BOB)


def test_an_open_question_is_due_when_people_are_reminded_and_when_it_expires(ruled):
    world = ruled()
    run = asked(world)
    expires_at = run.question.expires_at
    due_at = world.services.redis.zscore("odps-bot:due", run.run_id)
    assert abs(due_at - (expires_at - timedelta(hours=1)).timestamp()) < 60

    world.clock.push(hours=3, minutes=1)
    for _ in range(2):
        run = admit(world, run)
    [reminder] = [m["text"] for m in thread(world, run) if "still awaits" in m["text"]]
    assert f"<@{BOB}> or <@{DANA}>" in reminder


def test_it_is_decided_by_typing_too(ruled):
    world = ruled()
    first, second = asked(world), asked(world)

    assert "Approved by" in says(world, f"approve {first.name}", by_whom=BOB)
    assert "Rejected by" in says(world, f"reject {second.name} too   dear", by_whom=BOB)
    assert world.run(second.run_id).decision.reason == "too   dear"
    with pytest.raises(UsageError):
        says(world, "approve", by_whom=BOB)
    with pytest.raises(CommandError, match="There is no run"):
        says(world, "approve r99", by_whom=BOB)


LONG = f"create table copied as select * from customers where name <> '{'x' * 3_000}'"


def test_a_long_statement_comes_as_a_file_and_only_then_can_be_approved(ruled):
    world = ruled()
    run = world.ask(f"run {LONG}")
    world.submit(run)
    early = world.run(run.run_id)
    with pytest.raises(CommandError, match="before its whole statement is in the thread"):
        click_approve(world, early, by_whom=BOB)
    run = admit(world, run)

    assert run.question.is_shown
    [shown] = [m for m in thread(world, run) if m.get("files")]
    assert shown["files"][0]["name"].endswith(f"{run.question.file_key}.sql")
    assert "approve_run" in buttons(world, run)
    click_approve(world, run, by_whom=BOB)
    assert admit(world, run).state is RunState.RUNNING


def test_before_its_file_is_there_the_card_offers_no_approval(ruled):
    world = ruled()
    world.slack.faults.add(
        method="files.getUploadURLExternal", kind="error", code="internal_error", times=99
    )
    run = asked(world, LONG)

    assert not run.question.is_shown
    assert "approve_run" not in buttons(world, run)
    assert "stop_run" in buttons(world, run)


def test_what_slack_does_not_take_as_a_file_is_refused(ruled):
    world = ruled()
    world.slack.faults.add(
        method="files.getUploadURLExternal", kind="error", code="missing_scope", times=9
    )
    run = asked(world, LONG)

    assert run.state is RunState.REFUSED
    assert "nobody can read what they are approving" in outcome_in_words(run)
    assert executions(world, run) == []


@pytest.mark.parametrize(
    "hidden",
    ["\u202e", "\u200b", "\u00ad", "\u034f", "\u180e", "\u2028", "\u3164", "\ufe0f", "\U000e0041"],
    ids=ascii,
)
def test_what_cannot_be_seen_cannot_be_approved(ruled, hidden):
    run = asked(ruled(), f"create table copied as select 'x{hidden}' as hidden")

    assert run.state is RunState.REFUSED
    assert run.outcome.reason is ReasonCode.NOT_DISPLAYABLE


def test_settings_beside_the_statement_are_shown_too(ruled):
    world = ruled()
    run = admit(world, world.ask(f"run --hint odps.sql.mapper.split.size=64 {CREATE}"))

    assert "odps.sql.mapper.split.size=64" in str(card(world, run))


def test_a_worker_that_dies_after_the_decision_loses_nothing(ruled):
    world = ruled()
    run = asked(world)
    click_approve(world, run, by_whom=BOB)
    # The job that was booked is lost; the pulse finds the run overdue.
    due_at = world.services.redis.zscore("odps-bot:due", run.run_id)
    seconds, _ = world.services.redis.time()

    assert due_at - seconds <= 10
    assert admit(world, run).state is RunState.RUNNING


def test_deciding_again_what_was_decided_changes_nothing(ruled):
    world = ruled()
    run = asked(world)
    click_approve(world, run, by_whom=BOB)
    admit(world, run)
    with pytest.raises(CommandError, match="Approved by"):
        reject(run, run.question.digest, by(DANA), world.services, reason="no")

    assert world.run(run.run_id).decision.user_id == BOB


def test_a_run_that_moves_on_leaves_the_question_to_nobody(ruled):
    world = ruled()
    run = asked(world)
    world.services.stores.runs.apply(
        run.run_id,
        lambda run: Change(run=msgspec.structs.replace(run, state=RunState.CANCELLED)),
    )
    with pytest.raises(CommandError):
        click_approve(world, run, by_whom=BOB)
