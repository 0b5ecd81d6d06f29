"""A submission that takes longer than its job may is looked up, and given up at last."""

from datetime import timedelta

import pytest
from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import Client
from odps_bot.runs import RunState
from workers.jobs.submit_run import submit_run


@pytest.fixture
def out_of_time(world, monkeypatch):
    """Have RQ end each job while it asks MaxCompute to run, or to look up, a statement."""

    def take_too_long(*_args, **_options):
        raise JobTimeoutException

    monkeypatch.setattr("workers.jobs.submit_run.get_services", lambda: world.services)
    monkeypatch.setattr(Client, "run_sql", take_too_long)
    monkeypatch.setattr(Client, "find_instance_by_guid", take_too_long)


def test_a_submission_that_rq_ends_is_looked_up_in_a_moment(world, out_of_time):
    run = world.ask("run select 1")
    submit_run(run.run_id)

    assert world.run(run.run_id).state is RunState.SUBMITTING
    registry = world.services.jobs._queues["odps-bot-submit"].scheduled_job_registry
    [job_id] = registry.get_job_ids()
    assert job_id.startswith(f"submit-{run.run_id}-")


def test_one_that_rq_ends_each_time_does_not_stay_so_for_ever(world, out_of_time):
    run = world.ask("run select 1")
    submit_run(run.run_id)
    world.clock.push(
        seconds=(world.services.settings.patience + timedelta(hours=1)).total_seconds()
    )
    submit_run(run.run_id)

    assert world.run(run.run_id).state is RunState.UNKNOWN


def test_a_run_that_was_not_being_sent_is_left_to_the_reconciler(world, monkeypatch):
    def take_too_long(*_args, **_options):
        raise JobTimeoutException

    monkeypatch.setattr("workers.jobs.submit_run.get_services", lambda: world.services)
    monkeypatch.setattr("workers.submission.submit.post_card", take_too_long)
    run = world.ask("run select 1")
    submit_run(run.run_id)

    assert world.run(run.run_id).state is RunState.QUEUED
