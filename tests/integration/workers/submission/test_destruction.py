"""What loses data: its requester says yes first, and knows how much it hits."""

from dataclasses import replace
from datetime import timedelta
from time import sleep

import pytest

from odps_bot.commands.approve import approve
from odps_bot.commands.reject import decline
from odps_bot.commands.rerun import rerun
from odps_bot.config.rules import Budgets, Money, Project, Role, Rules
from odps_bot.errors import CommandError, DeniedError
from odps_bot.input.request import Request, Surface
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import forbid, http_error
from odps_bot.store.audit import AuditKind

CHANNEL, ALICE, BOB, DANA, TEAM = "C0DATAENG1", "U0ALICE", "U0BOB", "U0DANA", "T0SANDBOX1"


@pytest.fixture
def ruled(world):
    """Return a function that lets the world live by other rules of its project."""

    def rule(**facts):
        users = {ALICE: Role.ADMIN, BOB: Role.ADMIN, DANA: Role.OPERATOR}
        rules = Rules(contact="Alice", users=users, default_project=Project(**facts))
        world.services = replace(world.services, rules=rules)
        return world

    return rule


def admit(world, run):
    """Let the submit job run, and tell what is to be told."""
    for _ in range(100):
        if (run := world.submit(run)).state is not RunState.QUEUED:
            break
        sleep(0.05)  # The engine that answers an estimate runs by real time.
    world.clock.push(seconds=2)  # A card is not edited within a second of its post.
    for _ in range(3):
        world.make_all_due()
        world.deliver()
    return world.run(run.run_id)


def asked(world, sql):
    return admit(world, world.ask(f"run {sql}"))


def finished(world, run):
    return world.finish(admit(world, run))


def by(user_id):
    return Request(
        team_id=TEAM,
        channel_id=CHANNEL,
        user_id=user_id,
        surface=Surface.ACTION,
        trigger_id=f"click of {user_id}",
    )


def says_yes(world, run, *, by_whom=None):
    return approve(run, run.question.digest, by(by_whom or run.user_id), world.services)


def card(world, run):
    [found] = [m for m in world.slack.messages(CHANNEL) if m["ts"] == run.card_ts]
    return found


def buttons(world, run):
    rows = [b for b in card(world, run)["blocks"] if b["type"] == "actions"]
    return [(e["action_id"], e["text"]["text"]) for row in rows for e in row["elements"]]


def thread(world, run):
    return [message["text"] for message in world.slack.thread(CHANNEL, run.card_ts)]


def table_questions(world):
    return [r for r in world.maxcompute.requests() if r.operation in {"table", "partition"}]


def audit(world, run, kind):
    lines = world.services.stores.audit.read()
    return [line for line in lines if line.run_id == run.run_id and line.kind is kind]


def test_a_drop_asks_its_requester_first_and_says_how_much_it_hits(ruled):
    world = ruled()
    run = asked(world, "drop table customers")

    assert run.state is RunState.AWAITING_DECISION
    assert world.executions(run) == 0
    assert buttons(world, run)[:2] == [
        ("confirm_destruction", "Drop it"),
        ("decline_destruction", "Don't"),
    ]
    [question] = thread(world, run)
    assert f"<@{run.user_id}>, this drops table `customers` in `sandbox`: " in question
    assert " rows, " in question
    assert "I can't undo that." in question
    assert len(table_questions(world)) == 1


def test_what_it_says_is_what_the_table_holds(ruled):
    world = ruled()
    run = asked(world, "truncate table customers")
    [hit] = run.effect.hits

    count = finished(world, world.ask("run select count(*) from customers"))

    assert [[f"{hit.rows}"]] == [list(row) for row in count.table.rows]
    assert hit.size_bytes > 0
    assert f"empties table `customers` in `sandbox`: {hit.rows:,} rows" in thread(world, run)[0]


def test_a_yes_lets_it_run_and_the_audit_trail_says_what_to(ruled):
    world = ruled()
    run = asked(world, "drop table customers")
    assert says_yes(world, run) is None
    run = finished(world, run)

    assert run.state is RunState.SUCCEEDED
    assert world.executions(run) == 1
    assert f"<@{run.user_id}> confirmed it at" in str(card(world, run))
    [line] = audit(world, run, AuditKind.DECISION)
    assert (line.what, line.user_id) == ("approve", run.user_id)
    assert line.detail.startswith(f"destruction of {run.user_id}'s run")
    assert "drop table customers" in line.detail


def test_a_no_submits_nothing(ruled):
    world = ruled()
    run = asked(world, "drop table customers")
    decline(run, run.question.digest, by(run.user_id), world.services)
    run = admit(world, run)

    assert run.state is RunState.CANCELLED
    assert world.executions(run) == 0
    assert "before it was submitted" in str(card(world, run))


def test_nobody_else_can_say_yes(ruled):
    world = ruled()
    run = asked(world, "drop table customers")

    with pytest.raises(DeniedError, match="can confirm it"):
        says_yes(world, run, by_whom=DANA)
    assert world.run(run.run_id).state is RunState.AWAITING_DECISION


def test_permission_is_asked_for_again_at_the_click(ruled):
    world = ruled()
    run = asked(world, "drop table customers")
    rules = Rules(users={run.user_id: Role.RUNNER})
    world.services = replace(world.services, rules=rules)

    with pytest.raises(DeniedError):
        says_yes(world, run)
    assert world.executions(run) == 0


def test_what_nobody_says_yes_to_expires(ruled):
    world = ruled(approval_life=timedelta(hours=1))
    run = asked(world, "drop table customers")
    world.clock.push(hours=1, seconds=1)

    with pytest.raises(CommandError, match="has expired"):
        says_yes(world, run)
    assert admit(world, run).state is RunState.EXPIRED
    assert world.executions(run) == 0


@pytest.mark.parametrize(
    ("sql", "says", "label"),
    [
        (
            "insert overwrite table customers select * from customers",
            "overwrites all of table `customers`",
            "Overwrite it",
        ),
        (
            "update stock set quantity = 0",
            "changes *every* row of table `stock`",
            "Update all rows",
        ),
        (
            "delete from stock where 1 = 1",
            "deletes *every* row of table `stock`",
            "Delete all rows",
        ),
        ("purge table customers", "purges the backups of table `customers`", "Purge it"),
        ("drop view no_such_view", "drops view `no_such_view` in `sandbox`.", "Drop it"),
        ("drop table no_such_table", "finds no such table", "Drop it"),
    ],
)
def test_the_question_and_its_button_name_the_deed(ruled, sql, says, label):
    world = ruled()
    run = asked(world, sql)

    assert says in thread(world, run)[0]
    assert buttons(world, run)[0] == ("confirm_destruction", label)


def test_a_partition_is_asked_about_by_itself(ruled):
    world = ruled()
    run = asked(world, "alter table orders drop partition (ds='20261031')")
    [hit] = run.effect.hits

    assert (
        "drops partition `ds='20261031'` of table `orders` in `sandbox`: " in thread(world, run)[0]
    )
    assert hit.rows > 0
    assert [r.operation for r in table_questions(world)] == ["partition"]


def test_a_script_is_one_question(ruled):
    world = ruled()
    run = asked(world, "drop table customers; drop table if exists stock; drop table a;")

    assert "drops 3 tables (`customers`, `stock`, `a`) in `sandbox`" in thread(world, run)[0]
    assert buttons(world, run)[0] == ("confirm_destruction", "Drop them")


def test_a_hundred_drops_cost_maxcompute_three_questions(ruled):
    world = ruled()
    run = asked(world, "".join(f"drop table t{n};" for n in range(100)))

    assert run.effect.total == 100
    assert "drops 100 tables (`t0`, `t1`, `t2`, `t3`, `t4` and 95 more) in" in thread(world, run)[0]
    assert len(table_questions(world)) == 3


@pytest.mark.parametrize("fault", [http_error(500, "InternalServerError"), forbid()])
def test_maxcompute_that_does_not_say_how_much_holds_nothing_up(ruled, fault):
    world = ruled()
    world.maxcompute.faults.add(fault, operation="table", times=10)
    run = asked(world, "drop table customers")

    assert run.state is RunState.AWAITING_DECISION
    assert (
        "drops table `customers` in `sandbox` (MaxCompute doesn't say how much"
        in (thread(world, run)[0])
    )


def test_a_read_is_never_asked_about(ruled):
    world = ruled()
    run = finished(world, world.ask("run select count(*) from customers"))

    assert run.state is RunState.SUCCEEDED
    assert run.effect is None
    assert table_questions(world) == []


@pytest.mark.parametrize("sql", ["insert into stock select * from stock where 1 = 2"])
def test_a_write_that_keeps_data_runs_at_once(ruled, sql):
    world = ruled()

    assert asked(world, sql).state is not RunState.AWAITING_DECISION
    assert table_questions(world) == []


def test_a_project_can_switch_it_off(ruled):
    world = ruled(destructive="allow")
    run = finished(world, world.ask("run drop table customers"))

    assert run.state is RunState.SUCCEEDED
    assert table_questions(world) == []


def test_the_requester_comes_first_where_its_class_needs_a_second_person(ruled):
    world = ruled(approve=("ddl",))
    run = asked(world, "drop table customers")

    assert run.question.kind == "destruction"
    assert "A second person must approve it afterwards." in thread(world, run)[0]
    says_yes(world, run)
    run = admit(world, run)

    assert run.question.kind == "approval"
    first, second = thread(world, run)
    assert first != second
    assert "This drops table `customers` in `sandbox`: " in second
    assert "*ddl* statements need a second person's approval" in second
    assert f"<@{run.user_id}> confirmed it at" in str(card(world, run))
    with pytest.raises(DeniedError):
        says_yes(world, run)
    says_yes(world, run, by_whom=DANA)
    run = finished(world, run)

    assert run.state is RunState.SUCCEEDED
    assert world.executions(run) == 1


def test_a_rule_can_order_a_second_person_for_what_destroys(ruled):
    world = ruled(destructive="approve")
    run = asked(world, "truncate table customers")
    says_yes(world, run)
    run = admit(world, run)

    assert run.question.kind == "approval"
    assert "In `sandbox`, that needs a second person's approval." in thread(world, run)[-1]
    says_yes(world, run, by_whom=DANA)
    assert finished(world, run).state is RunState.SUCCEEDED
    assert asked(world, "insert into stock select * from stock where 1 = 2").question is None


def test_whoever_may_approve_their_own_statements_is_asked_once(ruled):
    world = ruled(approve=("ddl",), self_approval=True)
    run = asked(world, "drop table customers")

    assert run.question.kind == "approval"
    assert "This drops table `customers`" in thread(world, run)[0]
    says_yes(world, run)
    assert finished(world, run).state is RunState.SUCCEEDED


def test_cost_and_loss_are_one_question(ruled):
    price = Money(amount=1_000_000, currency="CNY")
    world = ruled(price_per_gb=price, automatic_limit=0)
    run = asked(world, "insert overwrite table customers select * from customers")
    [question] = thread(world, run)

    assert "overwrites all of table `customers`" in question
    assert "This would cost about *" in question
    assert "above the limit of *0.00 CNY*" in question
    [yes, _] = buttons(world, run)[:2]
    assert yes[1].startswith("Overwrite it for ≈ ")
    says_yes(world, run)
    assert finished(world, run).state is RunState.SUCCEEDED


def test_a_re_run_of_a_drop_asks_once_on_its_card(ruled):
    world = ruled()
    run = asked(world, "drop table customers")
    says_yes(world, run)
    run = finished(world, run)

    answer = rerun(run, by(run.user_id), world.services)
    again = world.services.stores.runs.recent(TEAM, run.user_id, limit=1)[0]
    again = admit(world, again)

    assert answer is None
    assert again.rerun_of == run.name
    assert again.question.kind == "destruction"
    assert "finds no such table" in thread(world, again)[0]


def test_a_yes_to_what_has_changed_is_refused(ruled):
    world = ruled()
    run = asked(world, "drop table customers")

    with pytest.raises(CommandError, match="has changed since"):
        approve(run, "0" * 16, by(run.user_id), world.services)


def test_a_budget_that_is_used_up_refuses_before_anybody_is_asked(ruled):
    price = Money(amount=1_000_000, currency="CNY")
    world = ruled(price_per_gb=price)
    rules = replace_budget(world.services.rules)
    world.services = replace(world.services, rules=rules)
    run = asked(world, "insert overwrite table customers select * from customers")

    assert run.state is RunState.REFUSED


def replace_budget(rules):
    return Rules(
        users=rules.users, default_project=rules.default_project, budgets=Budgets(person=0)
    )


def test_what_a_second_person_approved_before_an_upgrade_is_asked_about_no_more(ruled):
    world = ruled(approve=("ddl",), destructive="allow")
    run = asked(world, "drop table customers")
    says_yes(world, run, by_whom=DANA)
    ruled(approve=("ddl",))
    run = finished(world, run)

    assert run.state is RunState.SUCCEEDED
    assert (run.effect, run.consent) == (None, None)
    assert world.executions(run) == 1


def test_a_second_person_is_reminded_although_the_requester_was_before(ruled):
    world = ruled(destructive="approve", approvers=Role.ADMIN)
    run = asked(world, "drop table customers")

    def wait_for_reminder(run):
        world.clock.push(hours=3, minutes=1)
        for _ in range(2):
            run = admit(world, run)
        return run, [text for text in thread(world, run) if "still awaits" in text]

    run, reminders = wait_for_reminder(run)
    assert len(reminders) == 1
    says_yes(world, run)
    run = admit(world, run)
    assert run.question.kind == "approval"
    run, reminders = wait_for_reminder(run)

    assert len(reminders) == 2
    assert f"<@{BOB}>" in reminders[1]
