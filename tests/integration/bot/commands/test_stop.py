"""`/odps stop`: asked for by whoever may, carried out by the workers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from odps_bot.errors import CommandError
from odps_bot.messages import Message
from odps_bot.runs import RunState
from odps_bot.store import keys
from odps_bot.store.job_queue import POLL_RUN

INSTANCE_ID = "20261122120001123gabcde"

MakePerson = Callable[..., Any]


def buttons(answer: Message) -> list[str]:
    return [block["accessory"]["value"] for block in answer.blocks if "accessory" in block]


def test_a_run_that_is_not_submitted_yet_is_cancelled_at_once(alice: Any, bot: Any) -> None:
    alice.types("run select 1")

    shown = alice.reads("stop r1")

    assert "stopped before it was submitted" in shown
    assert bot.newest_run().state is RunState.CANCELLED
    run_id = bot.newest_run().run_id
    assert bot.told() == [f"completion:{run_id}", f"final:{run_id}"]
    assert bot.redis.zcard(keys.deadlines()) == 0


def test_a_run_being_submitted_is_stopped_as_soon_as_its_instance_is_known(
    alice: Any, bot: Any
) -> None:
    alice.types("run select 1")
    bot.bring(bot.newest_run(), RunState.SUBMITTING)

    shown = alice.reads("stop r1")

    run = bot.newest_run()
    assert "Stopping run *r1*" in shown
    assert (run.state, run.stop_requested_by) == (RunState.SUBMITTING, "U1")


def test_a_running_run_is_stopping_and_looked_at_now(
    alice: Any, person: MakePerson, bot: Any
) -> None:
    alice.types("run select 1")
    bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)

    before_s, _ = bot.redis.time()
    shown = person(user_id="U2").reads(f"stop {INSTANCE_ID}")
    after_s, _ = bot.redis.time()

    run = bot.newest_run()
    assert "Stopping run *r1*" in shown
    assert (run.state, run.stop_requested_by) == (RunState.STOPPING, "U2")
    assert (POLL_RUN, {"run_id": run.run_id, "is_prompted": True}) in bot.enqueued_jobs()
    assert bot.told() == [f"card:{run.run_id}"]
    [(_, due_at)] = bot.redis.zrange(keys.deadlines(), 0, -1, withscores=True)
    assert before_s + 5 <= due_at <= after_s + 6  # should the look be lost


def test_a_second_stop_says_who_was_first(alice: Any, person: MakePerson, bot: Any) -> None:
    alice.types("run select 1")
    bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)
    person(user_id="U2").types("stop r1")

    shown = alice.reads("stop r1")

    assert shown == "<@U2> already requested to stop run *r1*."
    assert bot.newest_run().stop_requested_by == "U2"


def test_a_run_that_has_ended_cannot_be_stopped(alice: Any, bot: Any, clock: Any) -> None:
    alice.types("run select 1")
    clock.push(timedelta(seconds=75))
    bot.bring(bot.newest_run(), RunState.SUCCEEDED, ended_at=clock.now)
    clock.push(timedelta(hours=1))

    shown = alice.reads("stop r1")

    assert "already ended" in shown
    assert "1 m 15 s" in shown
    assert bot.newest_run().state is RunState.SUCCEEDED


def test_an_instance_that_is_not_followed_is_taken_up_first(alice: Any) -> None:
    with pytest.raises(CommandError, match=f"`/odps watch {INSTANCE_ID}` starts following it"):
        alice.types(f"stop {INSTANCE_ID}")


def test_stop_without_an_id_offers_what_can_be_stopped(
    alice: Any, person: MakePerson, bot: Any
) -> None:
    alice.types("run select 'running'")
    running = bot.newest_run("U1")
    bob = person(user_id="U2")
    bob.types("run select 'ended'")
    bot.bring(bot.newest_run("U2"), RunState.FAILED)
    bob.types("run select 'stopping'")
    bot.bring(
        bot.newest_run("U2"),
        RunState.STOPPING,
        stop_requested_at=bot.services.clock(),
    )

    answer = alice.types("stop")

    assert buttons(answer) == [running.run_id]


def test_stop_offers_old_runs_that_still_go_on(alice: Any, bot: Any) -> None:
    alice.types("run select 'old and running'")
    old = bot.bring(bot.newest_run(), RunState.RUNNING)
    for _ in range(25):
        alice.types("run select 'ended'")
        bot.bring(bot.newest_run(), RunState.SUCCEEDED)

    assert buttons(alice.types("stop")) == [old.run_id]


def test_stop_offers_ten_runs_and_says_how_many_more(alice: Any) -> None:
    for number in range(12):
        alice.types(f"run select {number}")

    answer = alice.types("stop")

    assert len(buttons(answer)) == 10
    assert "and 2 more" in str(answer.blocks[-1])


def test_stop_without_anything_running_says_so(alice: Any) -> None:
    assert alice.reads("stop") == "There are no active runs here that you can stop."
