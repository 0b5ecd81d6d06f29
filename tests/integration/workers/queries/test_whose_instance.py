"""An instance belongs to a run by many ids; none of them shows somebody else's private run."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from odps_bot.commands import find_command
from odps_bot.config.rules import Budgets, Money, Project, Role, Rules
from odps_bot.errors import CommandError, DeniedError
from odps_bot.input.request import Request
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import InstanceSnapshot, Run, RunState
from odps_bot.sandbox.maxcompute.faults import refuse, reset_after
from odps_bot.store import keys
from workers.delivery.deliver import deliver_all
from workers.polling import poll
from workers.polling.sweep import sweep
from workers.queries.inquiry import answer_inquiry
from workers.submission.submit import submit

TEAM, ALICE, BOB = "T0SANDBOX1", "U0ALICE", "U0BOB"
PRIVATE, CHANNEL = "D0PRIVATE1", "C0DATAENG1"
SECRET = "salary_of_the_board"
SELECT = f"select 'SECRET' as {SECRET} from customers"
FLOW = f"PAI -name Normalize -DinputTableName=pyodps_iris -DoutputTableName={SECRET}"

#: A PAI command needs the highest role.
RULES = Rules(default_role=Role.OPERATOR, users={ALICE: Role.ADMIN})

COMMANDS = tuple(
    f"{verb} {{}}"
    for verb in ("status", "logview", "xflow", "why", "watch", "result", "rerun", "stop")
)


class Person:
    """Somebody who types commands in a place, and gets all that comes of them."""

    def __init__(self, world: Any, user_id: str, channel_id: str) -> None:
        self.world, self.user_id, self.channel_id = world, user_id, channel_id

    def ask(self, text: str) -> str:
        """Let the bot hear a command; return the id of what was asked."""
        self.world.asked += 1
        command, rest = find_command(text)
        request = Request(
            team_id=TEAM,
            channel_id=self.channel_id,
            user_id=self.user_id,
            trigger_id=f"{self.world.asked}.{id(self)}",
            text=rest,
        )
        self.told = command.answer(request, self.world.services)
        return request.interaction_id

    def begins(self, text: str) -> Run:
        """Return the run that was asked for, submitted as far as its card lets it."""
        run_id = self.ask(text)
        if text.startswith("watch "):
            self.world.answer(run_id)
        self.world.services.stores.runs.note(run_id, card_ts="1.0")
        submit(run_id, self.world.services)
        return self.world.run(run_id)

    def sees(self, text: str) -> str:
        """Return all that comes of a command: at once, from a worker, and on a card."""
        services = self.world.services
        try:
            interaction_id = self.ask(text)
        except CommandError as error:
            return str(error)
        shown = [str(self.told)]
        if inquiry := services.stores.ephemeral_replies.inquiry(interaction_id):
            answer = answer_inquiry(interaction_id, inquiry, services)
            shown += [str(answer)]
        if services.stores.runs.get(interaction_id):
            services.stores.runs.note(interaction_id, card_ts="1.0")
            submit(interaction_id, services)
            shown += [str(self.world.run(interaction_id))]
        return "\n".join(shown)


@pytest.fixture
def world(world: Any) -> Any:
    world.services = replace(world.services, rules=RULES)
    return world


@pytest.fixture
def alice(world: Any) -> Person:
    """Alice, who works in a direct message."""
    return Person(world, ALICE, PRIVATE)


@pytest.fixture
def bob(world: Any) -> Person:
    """Bob, who sees the team's channel, and knows an id."""
    return Person(world, BOB, CHANNEL)


def run_of(alice: Person) -> str:
    run = alice.begins(f"run set sandbox.stuck=true; {SELECT}")
    assert run.instance_id
    return run.instance_id


def with_unknown_fate(alice: Person) -> str:
    """Return the id of an instance that MaxCompute has, while nobody knows whether it has."""
    alice.world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = alice.begins(f"run {SELECT}")
    assert (run.state, run.instance_id) == (RunState.SUBMITTING, None)
    [instance] = alice.world.maxcompute.instances()
    return str(instance.id)


def estimate_of_a_run(alice: Person) -> str:
    world = alice.world
    priced = Project(price_per_gb=Money(amount=Decimal(1), currency="CNY"))
    budgets = Budgets(person=Decimal(100))
    rules = structs.replace(world.services.rules, default_project=priced, budgets=budgets)
    world.services = replace(world.services, rules=rules)
    run = alice.begins(f"run {SELECT}")
    for _ in range(50):
        if (run := world.run(run.run_id)).estimate_id:
            return str(run.estimate_id)
        submit(run.run_id, world.services)
    raise AssertionError(run)


def estimate_asked_for(alice: Person) -> str:
    alice.world.answer(alice.ask(f"cost {SELECT}"))
    [instance] = alice.world.maxcompute.instances()
    return str(instance.id)


def step_of_a_flow(alice: Person) -> str:
    """Return a step that no poll has seen yet."""
    run = alice.begins(f"xflow {FLOW}")
    client = alice.world.services.maxcompute.of("sandbox", Purpose.QUERY)
    flow = client.get_instance(run.instance_id or "", project="sandbox")
    flow.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
    [*_, last] = client.xflows.get_actions(flow)
    return last.instance_id


def step_of_a_flow_inside(alice: Person) -> str:
    run = alice.begins(f"xflow {FLOW}")
    client = alice.world.services.maxcompute.of("sandbox", Purpose.QUERY)
    flow = client.get_instance(run.instance_id or "", project="sandbox")
    flow.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
    (name, inner), *_ = client.xflows.get_sub_instances(flow)
    assert name == "Figures_1"
    return inner.id


def step_of_a_flow_that_is_over(alice: Person) -> str:
    step = step_of_a_flow_inside(alice)
    [run] = alice.world.services.stores.runs.recent(TEAM, ALICE, limit=1)
    assert alice.world.follow(run).is_final
    assert alice.world.services.stores.owners.open_flows("sandbox") == []
    return step


IDS = (
    run_of,
    with_unknown_fate,
    estimate_of_a_run,
    estimate_asked_for,
    step_of_a_flow,
    step_of_a_flow_inside,
    step_of_a_flow_that_is_over,
)


def is_shown(world: Any, shown: str, instance_id: str) -> bool:
    is_followed = any(
        run.instance_id == instance_id
        for run in world.services.stores.runs.recent(TEAM, BOB, limit=99)
    )
    # Statement, result, and a link that opens both.
    return SECRET in shown or "SECRET" in shown or "token=" in shown or is_followed


@pytest.mark.parametrize("begin", IDS)
def test_no_id_of_a_private_run_shows_it_to_somebody_else(
    alice: Person, bob: Person, begin: Callable[[Person], str]
) -> None:
    world, instance_id = alice.world, begin(alice)

    link = f"{world.maxcompute.endpoint}/../logview/?h={world.maxcompute.endpoint}"
    for typed in (instance_id, f"{link}&p=sandbox&i={instance_id}"):
        for command in COMMANDS:
            shown = bob.sees(command.format(typed))
            assert not is_shown(world, shown, instance_id), (command, shown)


@pytest.mark.parametrize("begin", IDS[1:])
@pytest.mark.parametrize("command", ["status {}", "logview {}", "watch {}", "why {}"])
def test_whose_run_it_is_sees_all_of_its_ids(
    alice: Person, begin: Callable[[Person], str], command: str
) -> None:
    instance_id = begin(alice)
    shown = alice.sees(command.format(instance_id))

    assert "belongs to" not in shown
    assert "denied" not in shown
    assert instance_id in shown


def test_a_step_is_said_to_belong_to_its_run_as_the_flow_is(alice: Person, bob: Person) -> None:
    step = step_of_a_flow(alice)

    shown = bob.sees(f"status {step}")
    assert f"Run *r1* belongs to <@{ALICE}>. Ask them." in shown
    # From now on it is recorded, so that nothing is asked.
    with pytest.raises(DeniedError, match=r"Run \*r1\* belongs to"):
        bob.ask(f"status {step}")


@pytest.mark.parametrize("begin", IDS)
@pytest.mark.parametrize("command", ["status {}", "logview {}", "watch {}", "why {}"])
def test_when_redis_was_emptied_nobody_can_tell_so_only_an_admin_sees_it(
    alice: Person, bob: Person, begin: Callable[[Person], str], command: str
) -> None:
    world, instance_id = alice.world, begin(alice)
    world.services.redis.flushall()

    shown = bob.sees(command.format(instance_id))
    assert not is_shown(world, shown, instance_id)
    assert "admin" in shown

    world.services = replace(world.services, rules=Rules(default_role=Role.ADMIN))
    assert instance_id in bob.sees(command.format(instance_id))


def test_why_a_job_is_not_followed_is_said_without_talk_of_a_submission(
    alice: Person, bob: Person
) -> None:
    world, step = alice.world, step_of_a_flow(alice)
    world.services.redis.flushall()
    bob.sees(f"watch {step}")
    [run] = world.services.stores.runs.recent(TEAM, BOB, limit=1)

    assert outcome_in_words(run) == (
        "This job can't be followed here: needs admin to see a job without a known requester; the"
        " person has operator. Nothing was changed. Ask your administrator for help."
    )
    denials = [line for line in world.services.stores.audit.read() if line.kind == "denial"]
    assert [line.what for line in denials] == ["watch"]


def test_an_index_that_was_lost_alone_shows_nothing(alice: Person, bob: Person) -> None:
    estimate = estimate_of_a_run(alice)
    for key in alice.world.services.redis.scan_iter(keys.instance_owner("*")):
        alice.world.services.redis.delete(key)

    assert not is_shown(alice.world, bob.sees(f"watch {estimate}"), estimate)
    assert "admin" in bob.sees(f"status {estimate}")


def test_a_damaged_record_shows_nothing(alice: Person, bob: Person) -> None:
    instance_id = with_unknown_fate(alice)
    [run] = alice.world.services.stores.runs.recent(TEAM, ALICE, limit=1)
    alice.world.services.redis.hset(keys.run(run.run_id), "record", "{")

    assert not is_shown(alice.world, bob.sees(f"watch {instance_id}"), instance_id)
    assert "admin" in bob.sees(f"status {instance_id}")


def test_what_was_started_elsewhere_is_shown_to_everybody(
    alice: Person, bob: Person, somebody_else: Any
) -> None:
    bob.world.services.stores.owners.since(bob.world.clock() - timedelta(minutes=1))
    alice.begins(f"xflow {FLOW}")
    instance = somebody_else.run_sql("set sandbox.stuck=true; select 1")

    assert "running" in bob.sees(f"status {instance.id}")
    assert "select 1" in bob.sees(f"watch {instance.id}")


def test_a_flow_whose_steps_are_gone_hides_no_job_that_began_after_it(
    alice: Person, bob: Person, somebody_else: Any
) -> None:
    world = alice.world
    world.services.stores.owners.since(world.clock() - timedelta(hours=3))
    gone = refuse(404, "NoSuchObject", "The instance is not kept.")
    world.maxcompute.faults.add(gone, operation="xresult", times=100)
    flow = world.follow(alice.begins(f"xflow {FLOW}"))
    assert flow.is_final
    ended_at = world.clock() - timedelta(hours=1)
    world.services.stores.runs.note(flow.run_id, ended_at=ended_at)
    instance = somebody_else.run_sql("set sandbox.stuck=true; select 1")

    assert "running" in bob.sees(f"status {instance.id}")


def test_a_flow_that_maxcompute_has_refused_is_looked_at_no_more(
    alice: Person, bob: Person, somebody_else: Any
) -> None:
    world = alice.world
    world.services.stores.owners.since(world.clock() - timedelta(hours=3))
    world.maxcompute.faults.add(refuse(400, "ODPS-0420031", "Invalid XML."), operation="submit")
    assert alice.begins(f"xflow {FLOW}").state is RunState.REFUSED
    instance = somebody_else.run_sql("set sandbox.stuck=true; select 1")

    assert "running" in bob.sees(f"status {instance.id}")
    assert world.services.stores.owners.open_flows("sandbox") == []


def test_the_steps_of_a_flow_that_is_followed_again_are_known_while_it_goes_on(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = alice.world
    flow = alice.begins(f"xflow {FLOW}")
    world.services.redis.flushall()
    run = alice.begins(f"watch {flow.instance_id}")
    monkeypatch.setattr(poll, "snapshot_of", lambda *_, **__: InstanceSnapshot())
    world.look(run)

    [open_flow] = world.services.stores.owners.open_flows("sandbox")
    assert open_flow.run_id == run.run_id


@pytest.mark.parametrize("begin", IDS)
def test_no_alert_in_another_channel_quotes_it(
    alice: Person, bob: Person, begin: Callable[[Person], str]
) -> None:
    world = alice.world
    bob.ask("subscribe sandbox all")
    deliver_all(world.services)
    begin(alice)

    for _ in range(3):
        world.clock.push(seconds=70)
        sweep("sandbox", world.services)
        world.make_all_due()
        deliver_all(world.services)
    said = [m["text"] for m in world.slack.messages(CHANNEL, include_ephemeral=False)]

    assert not any(SECRET in text for text in said)


def test_an_alert_of_a_private_runs_failure_has_its_code_and_title_only(
    alice: Person, bob: Person
) -> None:
    world = alice.world
    bob.ask("subscribe sandbox")
    deliver_all(world.services)
    alice.world.follow(alice.begins(f"run select * from {SECRET}"))

    sweep("sandbox", world.services)
    world.make_all_due()
    deliver_all(world.services)
    messages = world.slack.messages(CHANNEL, include_ephemeral=False)

    [alert] = [m for m in messages if "Failed" in m["text"]]
    assert "`ODPS-0130131`. Error text and SQL are hidden" in alert["text"]
    assert SECRET not in str(alert)
