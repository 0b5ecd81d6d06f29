"""Stories of 0802ac0 that are not over when the recording is made; new code must finish them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from ended_stories import BY_NAME, DEAR, SPLIT
from recording_world import ALICE, BOB, CAROL, World
from workers.answer_inquiry import answer_inquiry
from workers.deliver import deliver_all

from odps_bot.commands.approve import approve
from odps_bot.commands.stop import stop
from odps_bot.runs import Run, RunState
from odps_bot.sandbox.maxcompute import http_error, reset_after, reset_before

Stories = dict[RunState, tuple[Callable[[World], Run], ...]]

LONG_S = 36_000
LONG_SQL = (
    "create table long_one as select '" + "a statement that no card can show " * 90 + "' as text"
)


def running(world: World, typed: str, *, by: str = ALICE, **pace: float) -> Run:
    """Return a run that is submitted, and whose card is posted."""
    with world.tempo.of(**{"running_s": LONG_S, **pace}):
        run = world.submit(world.ask(typed, by=by))
        world.deliver()
    return world.run(run.run_id)


# -- running ---------------------------------------------------------------------------------


def running_with_progress(world: World) -> Run:
    run = running(world, f"run {BY_NAME} limit 3", running_s=80)
    return _looked_and_told(world, run)


def running_in_the_queue(world: World) -> Run:
    run = running(world, "run --project analytics select 11 as eleven", queued_s=LONG_S)
    return _looked_and_told(world, run)


def running_out_of_reach(world: World) -> Run:
    run = running(world, "run --project analytics select 12 as twelve")
    world.maxcompute.faults.add(http_error(503), operation="taskstatus", times=99)
    world.look(run)
    world.clock.push(minutes=6)
    run = world.look(run)
    world.maxcompute.faults.clear()
    world.deliver()
    return run


def running_elsewhere(world: World) -> Run:
    with world.tempo.of(running_s=LONG_S):
        instance = world.colleague.run_sql("select 42 + 1 as answer")
        run = world.submit(world.ask(f"watch --project analytics {instance.id}"))
    world.deliver()
    return run


def running_xflow(world: World) -> Run:
    split = SPLIT.replace("_half", "_part")
    run = running(world, f"xflow --project analytics {split}", by=BOB)
    return _looked_and_told(world, run)


def running_untold(world: World) -> Run:
    """Its card shows that it was asked for; nothing was told since."""
    return world.look(_running_untold(world, "select 13 as thirteen"))


def stopping_not_sent(world: World) -> Run:
    run = _running_untold(world, "select 14 as fourteen")
    world.say(f"stop {run.name}")
    return run


def stopping_sent(world: World) -> Run:
    run = _running_untold(world, "select 15 as fifteen")
    world.say(f"stop {run.name}", by=BOB)
    return world.look(run)


def _running_untold(world: World, sql: str) -> Run:
    with world.tempo.of(running_s=LONG_S, stopping_s=LONG_S):
        return world.submit(world.ask(f"run --project analytics {sql}"))


def _looked_and_told(world: World, run: Run) -> Run:
    run = world.look(run)
    world.deliver()
    return run


# -- submitting ------------------------------------------------------------------------------


def submitting_taken(world: World) -> Run:
    """MaxCompute has taken it, and nobody knows."""
    return _submitted_in_vain(world, "select 16 as sixteen", is_taken=True)


def submitting_stopped(world: World) -> Run:
    with world.tempo.of(running_s=LONG_S):
        run = _submitted_in_vain(world, "select 17 as seventeen", is_taken=True)
    stop(run, world.click(by=ALICE), world.services)
    return run


def submitting_read_not_taken(world: World) -> Run:
    return _submitted_in_vain(world, "select 18 as eighteen", is_taken=False)


def submitting_write_not_taken(world: World) -> Run:
    return _submitted_in_vain(world, "create table not_taken (a bigint)", is_taken=False)


def _submitted_in_vain(world: World, sql: str, *, is_taken: bool) -> Run:
    fault = reset_after() if is_taken else reset_before()
    world.maxcompute.faults.add(fault, operation="submit")
    return world.submit(world.ask(f"run --project analytics {sql}"))


# -- asked and undecided ---------------------------------------------------------------------


def asked(world: World) -> Run:
    return world.ask("run --project analytics select 19 as nineteen")


def asked_by_mention(world: World) -> Run:
    said = world.slack.say(CAROL, "data-eng", "<@U0ODPSBOT> run select 20")
    return world.ask(
        "run --project analytics select 20", by=CAROL, response_url="", thread_ts=said.ts
    )


def asked_with_lost_card(world: World) -> Run:
    """Slack has the card, and nobody knows."""
    run = world.ask("run --project analytics select 21 as twenty_one")
    world.slack.faults.add(method="chat.postMessage", kind="drop_after")
    world.submit_once(run)
    return run


def asked_and_estimated(world: World) -> Run:
    """Its estimate is under way."""
    run = world.ask(f"run {BY_NAME} limit 5")
    with world.tempo.of(running_s=LONG_S, queued_s=LONG_S):
        world.submit_once(run)
        world.submit_once(run)
    assert world.run(run.run_id).estimate_id is not None, world.run(run.run_id)
    return run


def asked_and_approved(world: World) -> Run:
    run = world.submit(world.ask("run create table approved_late as select * from customers"))
    approve(run, run.question.digest, world.click(by=BOB), world.services)
    return run


def undecided_by_cost(world: World) -> Run:
    return _decided_on_later(world, f"{DEAR} limit 7")


def undecided_write(world: World) -> Run:
    return _decided_on_later(world, "create table undecided as select * from customers")


def undecided_to_be_rejected(world: World) -> Run:
    return _decided_on_later(world, "drop table if exists customers_before")


def undecided_until_too_late(world: World) -> Run:
    return _decided_on_later(world, "drop table if exists customers_long_before")


def undecided_long(world: World) -> Run:
    """The statement is a file in the thread."""
    run = _decided_on_later(world, LONG_SQL)
    assert run.question.is_shown
    return run


def undecided_unshown(world: World) -> Run:
    """The file with the statement is not there yet, so nobody can decide."""
    run = world.submit(world.ask(f"run {LONG_SQL.replace('long_one', 'longer_one')}"))
    assert not run.question.is_shown
    return run


def _decided_on_later(world: World, sql: str) -> Run:
    run = world.submit(world.ask(f"run {sql}"))
    world.deliver()
    return world.run(run.run_id)


# -- over, and not told ----------------------------------------------------------------------


def succeeded_untold(world: World) -> Run:
    run = world.submit(world.ask(f"run {BY_NAME} limit 1"))
    return world.follow(run)


def failed_untold(world: World) -> Run:
    run = world.submit(world.ask("run --project analytics select * from nowhere_at_all"))
    return world.follow(run)


def failed_with_lost_completion(world: World) -> Run:
    """Slack has the completion, and nobody knows."""
    run = world.submit(world.ask("run --project analytics select * from nowhere_else"))
    world.deliver()
    world.follow(run)
    world.make_all_due()
    # The final card is an edit, so that the completion is the only post.
    world.slack.faults.add(method="chat.postMessage", kind="drop_after")
    deliver_all(world.services)
    return run


def cancelled_untold(world: World) -> Run:
    run = world.ask("run --project analytics select 23 as twenty_three")
    world.say(f"stop {run.name}", by=BOB)
    return run


def refused_untold(world: World) -> Run:
    world.maxcompute.faults.add(http_error(400, "a web server's page"), operation="submit")
    return world.submit(world.ask("run --project analytics select 22 as twenty_two"))


def lost_untold(world: World) -> Run:
    run = _submitted_in_vain(world, "create table lost_late (a bigint)", is_taken=False)
    for _ in range(12):
        world.submit_once(run)
        world.clock.push(seconds=15)
    return run


def cost_inquiry(world: World) -> str:
    """Return the id of a question after the cost, whose estimate is under way."""
    request, _ = world.say(f"cost {DEAR} limit 8")
    with world.tempo.of(running_s=LONG_S, queued_s=LONG_S):
        inquiry = world.services.private_answers.inquiry(request.ask_id)
        found = answer_inquiry(request.ask_id, inquiry, world.services)
    assert isinstance(found, timedelta)
    return request.ask_id


def begin_told(world: World) -> Iterator[tuple[str, Run, RunState]]:
    """Begin the stories of which everything is told so far; they may let time pass."""
    yield from _begun(world, _TOLD)


def begin_mistold(world: World) -> Iterator[tuple[str, Run, RunState]]:
    """Begin those of which Slack shows more than is known; nothing may be delivered behind them."""
    yield from _begun(world, _MISTOLD)


def begin_untold(world: World) -> Iterator[tuple[str, Run, RunState]]:
    """Begin those of which something waits in the outbox; nothing may be delivered behind them."""
    yield from _begun(world, _UNTOLD)


def _begun(world: World, stories: Stories) -> Iterator[tuple[str, Run, RunState]]:
    for state, some in stories.items():
        for story in some:
            run = story(world)
            yield story.__name__, world.run(run.run_id), state


_TOLD: Stories = {
    RunState.RUNNING: (
        running_with_progress,
        running_in_the_queue,
        running_elsewhere,
        running_xflow,
    ),
    RunState.UNDECIDED: (
        undecided_by_cost,
        undecided_write,
        undecided_to_be_rejected,
        undecided_until_too_late,
        undecided_long,
    ),
}
#: Whatever is delivered behind it finds out that Slack has its completion.
_MISTOLD: Stories = {
    RunState.RUNNING: (running_out_of_reach,),
    RunState.FAILED: (failed_with_lost_completion,),
}
_UNTOLD: Stories = {
    RunState.FAILED: (failed_untold,),
    RunState.LOST: (lost_untold,),
    RunState.SUCCEEDED: (succeeded_untold,),
    RunState.REFUSED: (refused_untold,),
    RunState.CANCELLED: (cancelled_untold,),
    RunState.RUNNING: (running_untold,),
    RunState.STOPPING: (stopping_sent, stopping_not_sent),
    RunState.UNDECIDED: (undecided_unshown,),
    RunState.SUBMITTING: (
        submitting_taken,
        submitting_stopped,
        submitting_read_not_taken,
        submitting_write_not_taken,
    ),
    RunState.ASKED: (
        asked_and_approved,
        asked_and_estimated,
        asked_with_lost_card,
        asked_by_mention,
        asked,
    ),
}
