"""What MaxCompute refuses or leaves unanswered while a run goes on."""

import time
from datetime import timedelta

from odps_bot.messages.run.outcomes import milestone_in_words
from odps_bot.runs import RunState, lifecycle
from odps_bot.sandbox.maxcompute.faults import hang, http_error, truncated_xml
from odps_bot.store.job_queue import JOB_TIMEOUT

NO_PERMISSION = "<Error><Code>NoPermission</Code><Message>no writing</Message></Error>"
TOO_LARGE = "<Error><Code>InvalidParameter</Code><Message>too large to render</Message></Error>"


def test_a_stop_that_is_refused_is_told_and_the_run_goes_on(world):
    run = world.submit(world.ask("run set sandbox.duration=300; select 1 as one"))
    world.maxcompute.faults.add(http_error(403, NO_PERMISSION), operation="stop", times=99)
    world.ask_stop(run)
    world.clock.push(hours=25)
    run = world.look(run)
    run = world.look(run)

    assert run.state is RunState.RUNNING
    assert run.unreachable_since is None
    assert any("no writing" in milestone_in_words(milestone) for milestone in run.milestones)


def test_a_failure_without_a_readable_reason_is_a_failure(world):
    run = world.submit(world.ask("run set sandbox.fail=ODPS-0123144: bad; select 1"))
    world.maxcompute.faults.add(http_error(400, TOO_LARGE), operation="result", times=99)
    run = world.follow(run)

    assert run.state is RunState.FAILED


def test_a_result_that_was_cut_on_its_way_is_asked_for_again(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.maxcompute.faults.add(truncated_xml(), operation="result", times=1)
    run = world.follow(run)

    assert run.state is RunState.SUCCEEDED
    assert run.table is not None


def test_a_result_that_stays_unreadable_does_not_hold_up_the_end(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.maxcompute.faults.add(truncated_xml(), operation="result", times=99)
    # A poll that still sees it running is none of those that cannot read its result.
    instance = world.services.maxcompute.default.get_instance(run.instance_id)
    instance.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
    run = world.follow(run)

    assert run.state is RunState.SUCCEEDED
    assert run.table is None
    assert run.polls <= 3


def test_a_silent_maxcompute_is_noticed_within_one_job(world):
    run = world.submit(world.ask("run set sandbox.stuck=true; select 1"))
    world.maxcompute.faults.add(hang(timedelta(seconds=1)), times=99)
    started = time.monotonic()
    run = world.look(run)
    took = time.monotonic() - started

    assert run.unreachable_since is not None
    assert took < 10


def test_a_job_ends_before_its_lease_does():
    assert JOB_TIMEOUT < lifecycle.LEASE
