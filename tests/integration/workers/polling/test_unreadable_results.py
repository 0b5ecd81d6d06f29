"""A run that has ended is told of, though its result takes longer to read than anybody has time."""

from datetime import timedelta

import pytest
from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import Instance
from odps_bot.messages.run.card import run_card
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import ReasonCode, RunState
from odps_bot.sandbox.maxcompute.faults import http_error, reset_after
from workers.jobs import poll_run as job

LATE = JobTimeoutException("Task exceeded maximum timeout value (60 seconds)")


def raising(error):
    def late(*_arguments, **_names):
        raise error

    return late


def ended(world, statement):
    """Return a run whose instance has ended, which nobody has seen yet."""
    run = world.submit(world.ask(f"run {statement}"))
    instance = world.services.maxcompute.default.get_instance(run.instance_id)
    instance.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
    return run


@pytest.fixture
def worker(world, monkeypatch):
    """Return a function that runs the job of a poll, after some time."""
    monkeypatch.setattr(job, "get_services", lambda: world.services)

    def look(run, **span):
        world.clock.push(**span)
        job.poll_run(run.run_id, is_prompted=True)
        return world.run(run.run_id)

    return look


def test_a_result_that_takes_longer_than_a_job_does_not_hold_up_the_end(world, worker, monkeypatch):
    run = ended(world, "select 1")
    monkeypatch.setattr(Instance, "get_task_results", raising(LATE))
    states = [worker(run, seconds=70).state for _ in range(3)]
    told = world.run(run.run_id)

    assert states == [RunState.RUNNING, RunState.RUNNING, RunState.SUCCEEDED]
    assert told.outcome.reason is ReasonCode.RESULT_UNREADABLE
    assert "result" in outcome_in_words(told)
    world.deliver()
    assert len(world.replies(told)) == 1


def test_a_card_says_that_a_run_has_ended_while_its_result_cannot_be_read(
    world, worker, monkeypatch
):
    run = ended(world, "select 1")
    monkeypatch.setattr(Instance, "get_task_results", raising(LATE))
    worker(run, seconds=5)
    waiting = worker(run, seconds=5)
    text = str(run_card(waiting, now=world.clock()).blocks)

    assert "It has succeeded, but its result can't be read yet." in text


def test_why_a_run_failed_does_not_hold_up_the_end_either(world, worker, monkeypatch):
    run = ended(world, "set sandbox.fail=ODPS-0123144: bad; select 1")
    monkeypatch.setattr(Instance, "get_task_results", raising(LATE))
    for _ in range(3):
        told = worker(run, seconds=70)

    assert told.state is RunState.FAILED
    assert told.outcome.reason is ReasonCode.TASK_FAILED_SILENTLY


def test_a_result_is_read_at_the_second_try(world, worker, monkeypatch):
    run = ended(world, "select 1 as one")
    with monkeypatch.context() as slow:
        slow.setattr(Instance, "get_task_results", raising(LATE))
        worker(run, seconds=70)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    told = worker(run, seconds=70)

    assert (told.state, told.outcome) == (RunState.SUCCEEDED, None)
    assert told.table.rows == (("1",),)


@pytest.mark.parametrize("fault", [http_error(503), reset_after()], ids=["busy", "reset"])
def test_a_short_outage_between_status_and_result_loses_no_result(world, fault):
    run = ended(world, "select 1 as one")
    world.maxcompute.faults.add(fault, operation="result", times=4)
    told = world.follow(run)

    assert (told.state, told.outcome) == (RunState.SUCCEEDED, None)
    assert told.table is not None


def test_a_run_whose_polls_take_longer_than_a_job_is_given_up_at_last(world, worker, monkeypatch):
    run = ended(world, "select 1")
    monkeypatch.setattr(Instance, "get_task_statuses", raising(LATE))
    began = world.clock()
    states = []
    while not world.run(run.run_id).is_final and len(states) < 40:
        states.append(worker(run, hours=1).state)
        assert world.run(run.run_id).next_poll_at is None or states[-1] is RunState.RUNNING

    told = world.run(run.run_id)
    assert (told.state, told.outcome.reason) == (RunState.UNKNOWN, ReasonCode.OUT_OF_REACH)
    assert world.clock() - began < world.services.settings.patience + timedelta(hours=3)
