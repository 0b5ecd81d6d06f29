"""Who is asked to approve, where they see it, and what happens where there is nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest

from odps_bot.config.rules import Channel, Project, Role, Rules
from odps_bot.errors import DeniedError
from odps_bot.input import find_run
from odps_bot.input.request import Request, Surface
from odps_bot.interactions.show_sql import show_sql
from odps_bot.listeners.actions import ACTIONS
from odps_bot.messages.run.questions import decision_value
from odps_bot.runs import ReasonCode, RunState
from odps_bot.store.preferences import ApprovalNotice
from workers.delivery.approvers import MOST_ASKED_DIRECTLY
from workers.delivery.home import home_of

pytestmark = pytest.mark.usefixtures("notes")

CHANNEL, ALICE, BOB, CAROL, TEAM = "C0DATAENG1", "U0ALICE", "U0BOB", "U0CAROL", "T0SANDBOX1"
PLATFORM = "S0DATAPLAT"
WRITE = "insert into notes values ({})"


@pytest.fixture
def ruled(world):
    """Return a function that lets the world live by rules under which Alice may write."""
    numbers = iter(range(100))

    def rule(*, users=None, groups=None, members=(), default=Role.RUNNER, rules=None, **facts):
        world.services = replace(
            world.services,
            rules=Rules(
                contact=f"{ALICE}, {PLATFORM}",
                users={ALICE: Role.ADMIN, **(users or {})},
                groups=groups or {},
                default_role=default,
                default_project=Project(approve=("write", "ddl"), **facts),
                **(rules or {}),
            ),
        )
        if members is not None:
            world.services.stores.memberships.remember(PLATFORM, members)
        world.numbers = numbers
        return world

    return rule


def asked(world, sql=WRITE):
    return world.submit_estimated(world.ask(f"run {sql.format(next(world.numbers))}"))


def thread(world, run):
    return [m["text"] for m in world.slack.thread(CHANNEL, run.card_ts)]


def card(world, run):
    [found] = [m for m in world.slack.messages(CHANNEL) if m["ts"] == run.card_ts]
    return found


def click(world, action_id, run, *, by, **facts):
    usual = {"team_id": TEAM, "channel_id": "", "surface": Surface.HOME}
    request = Request(user_id=by, trigger_id=f"{action_id} {by}", **{**usual, **facts})
    return ACTIONS[action_id].handle(decision_value(run), request, world.services)


def direct_messages(world, user_id):
    channel = world.services.slack.gateway.direct_message_with(user_id)
    return [m for m in world.slack.messages(channel) if m.get("bot_id")]


def test_a_group_of_the_rules_is_mentioned_rather_than_its_members(ruled):
    world = ruled(groups={PLATFORM: Role.OPERATOR}, members=[ALICE, BOB, CAROL])
    run = asked(world)

    [question] = [text for text in thread(world, run) if "can approve" in text]
    assert f"<!subteam^{PLATFORM}> can approve or reject it" in question
    assert f"<!subteam^{PLATFORM}>" in str(card(world, run))
    assert not any(f"<@{who}>" in question for who in (ALICE, BOB, CAROL))


def test_people_whom_the_project_names_approve_whatever_their_role(ruled):
    world = ruled(users={BOB: Role.VIEWER, CAROL: Role.ADMIN}, approver_ids=(BOB,))
    run = asked(world)

    assert run.question.named_approvers == (BOB,)
    with pytest.raises(DeniedError, match=f"Only <@{BOB}> can decide"):
        click(world, "approve_run", run, by=CAROL, channel_id=CHANNEL, surface=Surface.ACTION)
    click(world, "approve_run", run, by=BOB, channel_id=CHANNEL, surface=Surface.ACTION)
    assert world.run(run.run_id).decision.user_id == BOB


def test_of_many_a_few_are_named(ruled):
    world = ruled(users={f"U0MANY{number}": Role.ADMIN for number in range(9)})
    run = asked(world)

    [question] = [text for text in thread(world, run) if "can approve" in text]
    assert question.count("<@U0MANY") == 5
    assert "and 4 more can approve" in question


def test_where_anyone_can_nobody_is_mentioned(ruled):
    run = asked(world := ruled(default=Role.OPERATOR))

    [question] = [text for text in thread(world, run) if "can approve" in text]
    assert "Anyone with the role *operator* or higher here, except the requester," in question
    assert "<@" not in question


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"groups": {PLATFORM: Role.OPERATOR}, "members": [ALICE]},
        {"groups": {PLATFORM: Role.ADMIN}, "members": [BOB], "users": {BOB: Role.VIEWER}},
        {"approver_ids": (ALICE,)},
    ],
)
def test_where_nobody_else_can_approve_it_is_refused_at_once(ruled, facts):
    run = asked(world := ruled(**facts))

    assert (run.state, run.outcome.reason) == (RunState.REFUSED, ReasonCode.NO_APPROVER)
    said = card(world, run)["text"]
    assert "this needs the approval of another person" in said
    assert "Nothing was submitted" in said
    assert f"Ask <!subteam^{PLATFORM}> for help" in said
    assert f"<@{ALICE}>" not in said
    assert not any("can approve" in text for text in thread(world, run))


def test_a_channel_in_which_nobody_can_approve_is_named_as_the_reason(ruled):
    limited = {"channels": {CHANNEL: Channel(highest_role=Role.WRITER)}}
    run = asked(world := ruled(users={BOB: Role.ADMIN}, rules=limited))

    assert run.state is RunState.REFUSED
    assert "this channel is limited to writer" in card(world, run)["text"]
    assert "Use another channel" in card(world, run)["text"]


def test_a_group_that_slack_has_not_told_of_refuses_nobody(ruled):
    run = asked(ruled(groups={PLATFORM: Role.OPERATOR}, members=None))

    assert run.state is RunState.AWAITING_DECISION
    assert run.question.named_approvers == (PLATFORM,)


def test_an_approver_decides_from_home_in_another_place_than_the_card(ruled):
    world = ruled(users={BOB: Role.OPERATOR})
    run = asked(world)
    world.services.stores.homes.open(TEAM, BOB, now=world.clock())
    opened = world.services.stores.homes.get(TEAM, BOB)
    home = home_of(TEAM, BOB, opened, world.services)
    assert [one.run_id for one in home.waiting] == [run.run_id]
    assert home.approvals is ApprovalNotice.THREAD
    assert home_of(TEAM, CAROL, opened, world.services).waiting == []
    assert home_of(TEAM, ALICE, opened, world.services).waiting == []

    assert click(world, "approve_run", run, by=BOB) is None
    assert world.run(run.run_id).decision.user_id == BOB
    assert home_of(TEAM, BOB, opened, world.services).waiting == []
    assert f"home:{TEAM} {BOB}" in outbox_after_approvers(world)


def outbox_after_approvers(world):
    from workers.delivery.approvers import deliver_approvers  # noqa: PLC0415

    for run in world.services.stores.runs.recent(TEAM, ALICE, limit=9):
        deliver_approvers(run.run_id, world.services)
    return [entry.decode() for entry in world.services.redis.zrange("odps-bot:outbox:home", 0, -1)]


@pytest.mark.parametrize("who", [CAROL, "U0NOBODY"])
def test_who_is_not_asked_neither_reads_nor_decides_elsewhere(ruled, who):
    world = ruled(users={BOB: Role.OPERATOR})
    run = asked(world)
    with pytest.raises(DeniedError):
        click(world, "approve_run", run, by=who)
    with pytest.raises(DeniedError):
        ACTIONS["show_sql"].handle(
            run.run_id,
            Request(team_id=TEAM, channel_id="", user_id=who, surface=Surface.HOME),
            world.services,
        )
    assert world.run(run.run_id).state is RunState.AWAITING_DECISION


def test_what_anyone_can_approve_is_approved_in_its_channel_only(ruled):
    world = ruled(default=Role.OPERATOR)
    run = asked(world)
    with pytest.raises(DeniedError):
        click(world, "approve_run", run, by=CAROL)


def test_whoever_prefers_it_is_asked_directly_and_sees_there_what_was_decided(ruled):
    world = ruled(users={BOB: Role.OPERATOR, CAROL: Role.OPERATOR})
    world.services.stores.preferences.choose_approvals(TEAM, BOB, ApprovalNotice.DIRECT)
    run = asked(world)

    [question] = [text for text in thread(world, run) if "can approve" in text]
    assert f"<@{CAROL}> and 1 more can approve" in question
    [message] = direct_messages(world, BOB)
    assert run.sql in str(message["blocks"])
    assert "approve_run" in str(message["blocks"])
    assert direct_messages(world, CAROL) == []

    click(world, "approve_run", run, by=CAROL, channel_id=CHANNEL, surface=Surface.ACTION)
    world.tell(run)
    [message] = direct_messages(world, BOB)
    assert f"Approved by <@{CAROL}>" in message["text"]
    assert "approve_run" not in str(message["blocks"])


def test_of_very_many_those_are_asked_directly_whom_the_thread_does_not_mention(ruled):
    members = [f"U0AA{number:02}" for number in range(MOST_ASKED_DIRECTLY)]
    world = ruled(users={BOB: Role.OPERATOR}, groups={PLATFORM: Role.OPERATOR}, members=members)
    for user_id in (*members, BOB):
        world.services.stores.preferences.choose_approvals(TEAM, user_id, ApprovalNotice.DIRECT)
    run = asked(world)

    assert not any(f"<@{BOB}>" in text for text in thread(world, run))
    assert len(direct_messages(world, BOB)) == 1


def test_a_decision_in_a_direct_message_counts(ruled):
    world = ruled(users={BOB: Role.OPERATOR})
    world.services.stores.preferences.choose_approvals(TEAM, BOB, ApprovalNotice.DIRECT)
    run = asked(world)
    click(world, "approve_run", run, by=BOB, channel_id="D0BOB", surface=Surface.ACTION)

    assert world.run(run.run_id).decision.user_id == BOB


def test_a_long_statement_is_read_before_it_is_approved_from_elsewhere(ruled):
    world = ruled(users={BOB: Role.OPERATOR})
    run = asked(world, f"insert into notes select length('{'x' * 3_000}') -- {{}}")
    request = Request(
        team_id=TEAM, channel_id="", user_id=BOB, trigger_id="t", surface=Surface.HOME
    )
    found = find_run.decidable_run(run.run_id, request, world.services)

    assert run.question.is_shown
    assert "x" * 2_000 in str(show_sql(found, request, world.services).view)


def test_withdrawn_and_expired_questions_leave_no_buttons_behind(ruled):
    world = ruled(users={BOB: Role.OPERATOR}, approval_life=timedelta(minutes=20))
    world.services.stores.preferences.choose_approvals(TEAM, BOB, ApprovalNotice.DIRECT)
    first, second = asked(world), asked(world)
    world.ask_stop(first)
    world.tell(first)
    world.clock.push(minutes=21)
    world.submit(second)
    world.tell(second)

    states = [message["text"] for message in direct_messages(world, BOB)]
    assert not any("approve_run" in str(m["blocks"]) for m in direct_messages(world, BOB))
    assert sum("Stopped" in text for text in states) == 1
    assert sum("Expired" in text for text in states) == 1
