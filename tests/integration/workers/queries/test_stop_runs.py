"""Several runs are stopped by a worker, which may die in the middle, and answered once."""

from functools import partial
from typing import Any

import pytest

from odps_bot.input.request import Request, Surface
from odps_bot.interactions import stop_runs
from odps_bot.runs import Outcome, ReasonCode, RunState, lifecycle
from workers.queries import stop_runs as worker

ALICE, CHANNEL, TEAM = "U0ALICE", "C0DATAENG1", "T0SANDBOX1"

SLOW = "set sandbox.stuck=true; select count(*) from customers where {0} = {0}"


def confirm(world: Any, *, channel: str = CHANNEL) -> None:
    """Ask for a preview and say yes, where an ephemeral message is the answer."""
    who = {"team_id": TEAM, "channel_id": channel, "user_id": ALICE}
    shown = stop_runs.preview("mine", Request(**who, trigger_id="asked"), world.services)
    value = shown.blocks[-1]["elements"][0]["value"]
    click = Request(**who, trigger_id="clicked", surface=Surface.ACTION)
    assert stop_runs.confirm(value, click, world.services) is None


def answers(world: Any) -> list[str]:
    return [m["text"] for m in world.slack.ephemerals(ALICE) if "stopped" in m["text"]]


def deliver(world: Any) -> None:
    for _ in range(4):
        world.make_all_due()
        world.deliver()


@pytest.fixture
def runs(world: Any) -> list[Any]:
    """Two that run in MaxCompute, one that waits for a worker."""
    running = [world.submit(world.ask(f"run {SLOW.format(number)}")) for number in range(2)]
    return [*running, world.ask(f"run {SLOW.format(2)}")]


def test_the_stops_reach_maxcompute_and_the_person_reads_it_once(
    world: Any, runs: list[Any]
) -> None:
    confirm(world)
    deliver(world)

    ended = [world.follow(run) for run in runs]

    assert [run.state for run in ended] == [RunState.CANCELLED] * 3
    assert {run.stop_requested_by for run in ended} == {ALICE}
    [said] = answers(world)
    assert said.startswith(":octagonal_sign: *3 runs stopped*: 1 before it was submitted; 2 are")


def test_a_worker_that_dies_in_the_middle_is_followed_by_the_next_one(
    world: Any, runs: list[Any], short_leases: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, stopped = worker._stop, []

    def dies(run: Any, *others: Any) -> None:
        if len(stopped) == 1:
            raise SystemExit
        stopped.append(run)
        stop(run, *others)

    monkeypatch.setattr(worker, "_stop", dies)
    confirm(world)
    world.make_all_due()
    with pytest.raises(SystemExit):
        world.deliver()
    monkeypatch.setattr(worker, "_stop", stop)
    deliver(world)

    assert all(world.run(run.run_id).stop_requested_by == ALICE for run in runs)
    [said] = answers(world)
    assert said.startswith(":octagonal_sign: *3 runs stopped*")


def test_what_maxcompute_refuses_to_stop_is_not_stopped_again_and_again(
    world: Any, runs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, asked = worker._stop, []

    def is_refused_at_once(run: Any, *others: Any) -> None:
        asked.append(run.name)
        stop(run, *others)
        sent, why = world.run(run.run_id), Outcome(reason=ReasonCode.NO_PERMISSION, detail="no")
        refuse = partial(lifecycle.stop_refused, sent=sent, why=why, now=world.clock())
        world.services.stores.runs.apply(run.run_id, refuse)

    monkeypatch.setattr(worker, "_stop", is_refused_at_once)
    monkeypatch.setattr(worker, "STEP", 1)
    confirm(world)
    deliver(world)

    assert sorted(asked) == sorted(run.name for run in runs)
    assert len(answers(world)) == 1
