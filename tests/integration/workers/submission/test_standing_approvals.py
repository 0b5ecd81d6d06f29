"""An approval that stands: for what, for whom, for how long, and what ends it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from odps_bot.commands import find_command
from odps_bot.config.rules import Money, Project, Role, Rules
from odps_bot.errors import CommandError, DeniedError
from odps_bot.input.request import Request, Surface
from odps_bot.listeners.actions import ACTIONS
from odps_bot.messages.run.questions import decision_value
from odps_bot.policy.standing_approvals import LONGEST, shape_of
from odps_bot.runs import RunState
from odps_bot.store.audit import AuditKind

pytestmark = pytest.mark.usefixtures("notes")

CHANNEL, ALICE, BOB, CAROL, TEAM = "C0DATAENG1", "U0ALICE", "U0BOB", "U0CAROL", "T0SANDBOX1"
DAY = timedelta(hours=24)


@pytest.fixture
def company(world):
    """Alice writes, Bob and Carol may approve, and approvals may stand for a day."""
    project = Project(approve=("write", "ddl"), approvers=Role.ADMIN, standing_approval_life=DAY)
    users = {ALICE: Role.OPERATOR, BOB: Role.ADMIN, CAROL: Role.ADMIN}
    world.services = replace(world.services, rules=Rules(users=users, default_project=project))
    return world


def change_rules(world, **facts):
    rules = msgspec.structs.replace(world.services.rules, **facts)
    world.services = replace(world.services, rules=rules)


def asked(world, sql):
    return world.submit_estimated(world.ask(f"run {sql}"))


def by(user_id, **facts):
    usual = {"team_id": TEAM, "channel_id": CHANNEL, "surface": Surface.ACTION}
    return Request(user_id=user_id, trigger_id=f"of {user_id}", **{**usual, **facts})


def approve_for(world, run, *, by_whom=BOB):
    value = decision_value(run)
    return ACTIONS["approve_for"].handle(value, by(by_whom), world.services)


def says(world, typed, *, by_whom):
    command, rest = find_command(typed)
    return command.answer(by(by_whom, surface=Surface.COMMAND, text=rest), world.services)


def standing(world, sql="insert into notes values (1)"):
    """Return a run that was approved for a day."""
    run = asked(world, sql)
    approve_for(world, run)
    return world.submit(run)


def card(world, run):
    [found] = [m for m in world.slack.messages(CHANNEL) if m["ts"] == run.card_ts]
    return str(found)


def audited(world):
    lines = world.services.stores.audit.read()
    return [line.what for line in lines if line.kind is AuditKind.DECISION]


def test_other_values_need_no_second_click_and_the_card_says_why(company):
    standing(company)
    run = asked(company, "insert into notes values (2)")

    assert run.state is RunState.RUNNING
    company.tell(company.follow(run))
    assert f"Covered by <@{BOB}>'s approval of *r1* until" in card(company, run)
    assert audited(company) == ["approve", "standing_approval_granted", "standing_approval_used"]


@pytest.mark.parametrize(
    "other",
    [
        "insert into notes2 values (1)",
        "insert into notes values (1), (2)",
        "insert into notes values (1 + 1)",
        "insert into notes select 1",
        "insert overwrite table notes values (1)",
        "set odps.sql.type.system.odps2=true; insert into notes values (1)",
        "--priority 3 insert into notes values (1)",
        "delete from notes where a = 1",
    ],
)
def test_anything_but_other_values_is_asked_about(company, other):
    standing(company)

    assert asked(company, other).state is RunState.AWAITING_DECISION


@pytest.mark.parametrize(
    "sql",
    [
        "create table copied as select * from customers",
        "drop table customers",
        "alter table orders drop partition (ds='20260101')",
        "update notes set a = 2 where a = 1",
        "delete from notes where a = 1",
        "insert overwrite table notes select 1",
    ],
)
def test_what_is_more_than_an_insert_offers_no_such_button(company, sql):
    run = asked(company, sql)

    assert run.question is not None
    assert "approve_for" not in card(company, run)
    if run.question.kind == "approval":
        with pytest.raises(CommandError, match="can only be approved by itself"):
            approve_for(company, run)


def test_it_is_off_unless_the_rules_allow_it(company):
    project = msgspec.structs.replace(
        company.services.rules.default_project, standing_approval_life=None
    )
    change_rules(company, default_project=project)
    run = asked(company, "insert into notes values (1)")

    assert "approve_for" not in card(company, run)
    with pytest.raises(CommandError):
        approve_for(company, run)


def test_it_holds_no_longer_than_its_button_said(company):
    run = asked(company, "insert into notes values (1)")
    project = company.services.rules.default_project
    longer = msgspec.structs.replace(project, standing_approval_life=7 * DAY)
    change_rules(company, default_project=longer)
    approve_for(company, run)

    [held] = company.services.stores.standing_approvals.of_project(
        run.project, now=run.requested_at
    )
    assert held.expires_at - held.granted_at <= DAY


def test_where_it_was_not_offered_no_click_gives_it(company):
    project = company.services.rules.default_project
    never = msgspec.structs.replace(project, standing_approval_life=None)
    change_rules(company, default_project=never)
    run = asked(company, "insert into notes values (1)")
    change_rules(company, default_project=project)

    with pytest.raises(CommandError, match="can only be approved by itself"):
        approve_for(company, run)


def test_a_statement_that_takes_long_to_read_is_approved_by_itself(company):
    values = ", ".join(f"({number})" for number in range(LONGEST // 6))
    run = asked(company, "insert into notes values (1)")
    long = msgspec.structs.replace(run, sql=f"insert into notes values {values}")

    assert len(long.sql) > LONGEST
    assert shape_of(run, company.services.rules) is not None
    assert shape_of(long, company.services.rules) is None


def test_it_is_the_requesters_own(company):
    standing(company)
    change_rules(company, users={**company.services.rules.users})
    request = by(CAROL, surface=Surface.COMMAND, text="insert into notes values (2)")
    command, _ = find_command("run x")
    command.answer(request, company.services)
    run = company.submit(company.run(request.interaction_id))

    assert run.state is RunState.AWAITING_DECISION


@pytest.mark.parametrize(
    "changed",
    [
        {"users": {ALICE: Role.OPERATOR, BOB: Role.WRITER, CAROL: Role.ADMIN}},
        {"default_role": Role.VIEWER},
        {"default_project": Project(approve=("write",), standing_approval_life=DAY)},
    ],
)
def test_a_changed_rule_ends_it(company, changed):
    standing(company)
    change_rules(company, **changed)

    assert asked(company, "insert into notes values (2)").state is RunState.AWAITING_DECISION


def test_a_lock_ends_it_for_good(company):
    standing(company)
    assert "1 standing approval ended" in says(company, "lock sandbox audit", by_whom=BOB).text
    says(company, "unlock sandbox", by_whom=BOB)

    assert asked(company, "insert into notes values (2)").state is RunState.AWAITING_DECISION
    assert "standing_approval_ended" in audited(company)


def test_it_ends_when_its_time_is_over(company):
    standing(company)
    company.clock.push(hours=24)

    assert asked(company, "insert into notes values (2)").state is RunState.AWAITING_DECISION


def test_its_statement_is_not_shown_in_other_channels_to_those_who_are_not_named(company):
    change_rules(company, default_role=Role.ADMIN)
    run = standing(company)
    stranger, elsewhere = "U0ERIN", "C0MARKETING"
    command, _ = find_command("approvals")
    there = by(stranger, surface=Surface.COMMAND, text="", channel_id=elsewhere)

    assert "notes" not in str(command.answer(there, company.services))
    with pytest.raises(DeniedError):
        ACTIONS["revoke_approval"].handle(f"sandbox {run.run_id}", there, company.services)
    assert "insert into notes" in str(says(company, "approvals", by_whom=stranger).blocks)


@pytest.mark.parametrize("who", [ALICE, BOB, CAROL])
def test_it_is_listed_and_revoked_by_all_whom_it_concerns(company, who):
    run = standing(company)
    listed = says(company, "approvals", by_whom=who)
    assert "insert into notes values (0)" in str(listed.blocks)
    value = f"sandbox {run.run_id}"

    answer = ACTIONS["revoke_approval"].handle(value, by(who), company.services)
    assert "need approval again" in answer.text
    assert asked(company, "insert into notes values (2)").state is RunState.AWAITING_DECISION
    assert "standing_approval_revoked" in audited(company)


def test_others_neither_see_nor_end_it(company):
    run = standing(company)
    assert "insert" not in says(company, "approvals", by_whom="U0ERIN").text
    with pytest.raises(DeniedError, match="can end it"):
        ACTIONS["revoke_approval"].handle(f"sandbox {run.run_id}", by("U0ERIN"), company.services)

    assert asked(company, "insert into notes values (2)").state is RunState.RUNNING


def test_a_forged_value_ends_nothing(company):
    standing(company)
    for value in ("", " ", "sandbox", "sandbox x", "x y z"):
        ACTIONS["revoke_approval"].handle(value, by(BOB), company.services)

    assert asked(company, "insert into notes values (2)").state is RunState.RUNNING


def test_a_cost_above_the_cap_is_asked_about_all_the_same(company):
    sql = "insert into notes select length(name) from customers where name <> '{}'"
    standing(company, sql.format("a"))
    dear = msgspec.structs.replace(
        company.services.rules.default_project,
        price_per_gb=Money(amount=Decimal(10**9), currency="CNY"),
        cap=Decimal(1),
        above_cap="approve",
    )
    change_rules(company, default_project=dear)
    first = asked(company, sql.format("b"))
    approve_for(company, first)
    second = asked(company, sql.format("c"))

    assert second.state is RunState.AWAITING_DECISION
    assert second.question.reasons == ("above cap",)


def test_nobody_gives_it_to_themselves(company):
    project = msgspec.structs.replace(company.services.rules.default_project, self_approval=True)
    users = {**company.services.rules.users, ALICE: Role.ADMIN}
    change_rules(company, default_project=project, users=users)
    run = asked(company, "insert into notes values (1)")
    with pytest.raises(CommandError, match="can only be approved by itself"):
        approve_for(company, run, by_whom=ALICE)
