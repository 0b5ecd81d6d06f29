"""Stories of 0802ac0 that are over when the recording is made: every way in which a run can end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import msgspec
from odps_bot.policy.costs import METERING_LIMIT
from odps_bot.rules import Role, Rules
from recording_world import ALICE, BOB, DANA, SHARED_CHANNEL, World

from odps_bot.commands.approve import approve
from odps_bot.commands.reject import decline
from odps_bot.runs import Run, RunState
from odps_bot.sandbox.maxcompute import http_error, reset_before

BY_NAME = "select name, count(*) as flowers from pyodps_iris group by name order by name"
DEAR = "select city, sum(amount) from orders where ds >= '20261001' group by city"
FAILS = "select * from no_such_table"
SPLIT = (
    "PAI -name Split -project algo_public -DinputTableName=sandbox.pyodps_iris"
    " -Doutput1TableName=first_half -Doutput2TableName=second_half"
)
NO_PERMISSION = (
    "<Error><Code>NoPermission</Code>"
    "<Message>You have NO privilege 'odps:CreateInstance' on {acs:odps:*:projects/analytics}."
    "</Message></Error>"
)
NO_INSTANCE = "<Error><Code>NoSuchInstance</Code><Message>Instance not found.</Message></Error>"


def ended(world: World) -> Iterator[tuple[str, Run, RunState]]:
    """Let every story happen and be told; yield its name, its run, and how that must have ended."""
    for state, stories in _STORIES.items():
        for story in stories:
            run = story(world)
            world.deliver()
            yield story.__name__, world.run(run.run_id), state


@contextmanager
def ruled(world: World, change: Callable[[Rules], Rules]) -> Iterator[None]:
    """Let other rules hold for a while."""
    before = world.services
    world.services = replace(before, rules=change(before.rules))
    try:
        yield
    finally:
        world.services = before


def succeeded_with_table(world: World) -> Run:
    return world.told(world.ask(f"run --notify <@{BOB}> --priority 5 {BY_NAME}"))


def succeeded_without_table(world: World) -> Run:
    return world.told(world.ask("run --project analytics create table of_alice (a bigint)"))


def succeeded_unreadably(world: World) -> Run:
    run = world.submit(world.ask("run --project analytics select 2 as two"))
    world.deliver()
    world.maxcompute.faults.add(http_error(400, "too large"), operation="result", times=9)
    run = world.follow(run)
    world.maxcompute.faults.clear()
    return run


def succeeded_after_approval(world: World) -> Run:
    run = world.submit(world.ask("run create table approved as select * from customers"))
    world.deliver()
    approve(run, run.question.digest, world.click(by=BOB), world.services)
    return world.told(run)


def succeeded_although_dear(world: World) -> Run:
    run = world.submit(world.ask(f"run {DEAR}"))
    world.deliver()
    approve(run, run.question.digest, world.click(by=ALICE), world.services)
    return world.told(run)


def succeeded_in_a_thread(world: World) -> Run:
    said = world.slack.say(ALICE, "data-eng", "How many flowers?")
    return world.told(world.ask(f"run {BY_NAME}", thread_ts=said.ts, response_url=""))


def succeeded_for_a_stranger(world: World) -> Run:
    who = {"by": DANA, "channel_id": SHARED_CHANNEL, "is_stranger": True}
    return world.told(world.ask("run --project analytics select 24 as twenty_four", **who))


def succeeded_without_own_limit(world: World) -> Run:
    return world.told(world.ask(f"run --hint {METERING_LIMIT}=7 {BY_NAME} limit 2"))


def succeeded_xflow(world: World) -> Run:
    return world.told(world.ask(f"xflow --project analytics {SPLIT}", by=BOB))


def succeeded_elsewhere(world: World) -> Run:
    instance = world.colleague.run_sql("select 41 + 1 as answer")
    return world.told(world.ask(f"watch --project analytics {instance.id}"))


def failed(world: World) -> Run:
    return world.told(world.ask(f"run --project analytics {FAILS}"))


def failed_again(world: World) -> Run:
    before = next(r for r in world.services.runs.recent("T0SANDBOX1", ALICE, limit=1))
    world.clock.push(minutes=1)
    request, _ = world.say(f"rerun {before.name}")
    return world.told(world.run(request.ask_id))


def failed_without_reason(world: World) -> Run:
    run = world.submit(world.ask(f"run --project analytics {FAILS}_2"))
    world.deliver()
    world.maxcompute.faults.add(http_error(400, "no"), operation="result", times=9)
    run = world.follow(run)
    world.maxcompute.faults.clear()
    return run


def cancelled(world: World) -> Run:
    with world.tempo.of(running_s=36_000):
        run = world.submit(world.ask("run --project analytics select 3 as three"))
        world.deliver()
        world.look(run)
        world.deliver()
    world.say(f"stop {run.name}", by=BOB)
    return world.follow(run)


def cancelled_before_submission(world: World) -> Run:
    run = world.ask("run --project analytics select 4 as four")
    world.say(f"stop {run.name}")
    return run


def declined(world: World) -> Run:
    run = world.submit(world.ask(f"run {DEAR} limit 5"))
    world.deliver()
    decline(run, run.question.digest, world.click(by=ALICE), world.services)
    return run


def refused_by_rule(world: World) -> Run:
    run = world.ask("run --project analytics select 5 as five")
    with ruled(world, lambda rules: msgspec.structs.replace(rules, users={ALICE: Role.VIEWER})):
        return world.submit(run)


def refused_above_cap(world: World) -> Run:
    run = world.ask(f"run {DEAR} limit 6")

    def cheaper(rules: Rules) -> Rules:
        project = msgspec.structs.replace(rules.project("sandbox"), cap=Decimal(10))
        return msgspec.structs.replace(rules, projects=rules.projects | {"sandbox": project})

    with ruled(world, cheaper):
        return world.submit(run)


def refused_by_maxcompute(world: World) -> Run:
    fault = http_error(403, NO_PERMISSION, content_type="application/xml")
    world.maxcompute.faults.add(fault, operation="submit")
    return world.submit(world.ask("run --project analytics select 7 as seven"))


def refused_by_slack(world: World) -> Run:
    run = world.ask("run --project analytics select 8 as eight")
    world.slack.faults.add(method="chat.postMessage", kind="error", code="is_archived")
    return world.submit(run)


def rejected(world: World) -> Run:
    run = world.submit(world.ask("run drop table if exists customers_old"))
    world.deliver()
    world.say(f"reject {run.name} the month's report <reads> it & needs it", by=BOB)
    return run


def expired(world: World) -> Run:
    run = world.submit(world.ask("run drop table if exists customers_older"))
    world.deliver()
    world.clock.push(hours=4.1)
    world.submit_once(run)
    return world.run(run.run_id)


def lost_before_submission(world: World) -> Run:
    """A write whose POST got no answer, and that was never found."""
    run = world.ask("run --project analytics create table lost_one as select 1 as one")
    world.maxcompute.faults.add(reset_before(), operation="submit")
    for _ in range(12):
        world.submit_once(run)
        world.clock.push(seconds=100)
    return world.run(run.run_id)


def lost_and_gone(world: World) -> Run:
    with world.tempo.of(running_s=36_000):
        run = world.submit(world.ask("run --project analytics select 9 as nine"))
    world.deliver()
    fault = http_error(404, NO_INSTANCE, content_type="application/xml")
    world.maxcompute.faults.add(fault, operation="taskstatus", times=3)
    run = world.look(run)
    world.maxcompute.faults.clear()
    return run


def lost_out_of_reach(world: World) -> Run:
    with world.tempo.of(running_s=360_000):
        run = world.submit(world.ask("run --project analytics select 10 as ten"))
    world.deliver()
    world.maxcompute.faults.add(http_error(503), operation="taskstatus", times=99)
    world.look(run)
    world.clock.push(minutes=10)
    world.look(run)
    world.deliver()
    world.clock.push(hours=25)
    run = world.look(run)
    world.maxcompute.faults.clear()
    return run


_STORIES: dict[RunState, tuple[Callable[[World], Run], ...]] = {
    RunState.LOST: (lost_out_of_reach, lost_and_gone, lost_before_submission),
    RunState.EXPIRED: (expired,),
    RunState.REJECTED: (rejected,),
    RunState.REFUSED: (
        refused_by_rule,
        refused_above_cap,
        refused_by_maxcompute,
        refused_by_slack,
    ),
    RunState.CANCELLED: (cancelled, cancelled_before_submission, declined),
    RunState.FAILED: (failed, failed_again, failed_without_reason),
    RunState.SUCCEEDED: (
        succeeded_with_table,
        succeeded_without_table,
        succeeded_unreadably,
        succeeded_after_approval,
        succeeded_although_dear,
        succeeded_in_a_thread,
        succeeded_for_a_stranger,
        succeeded_without_own_limit,
        succeeded_xflow,
        succeeded_elsewhere,
    ),
}
