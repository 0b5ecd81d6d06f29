"""How often Redis is asked in the life of a run: a round trip is most of what a job costs."""

import itertools
import traceback
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from redis import Redis
from redis.client import Pipeline

from odps_bot.runs import RunState
from odps_bot.runs.lifecycle.polls import InstanceSnapshot
from odps_bot.store.connections import RedisClock
from workers.delivery.deliver import deliver_all
from workers.polling import poll as polling
from workers.polling.poll import poll
from workers.submission.submit import submit

OURS = ("/odps_bot/", "/workers/")


class RoundTrips:
    """Counts commands and pipelines by the stage of a life; says who sent them."""

    def __init__(self):
        self.stage, self.counts, self.senders = "", Counter(), []

    def add(self):
        self.counts[self.stage] += 1
        frames = [f for f in traceback.extract_stack() if "/tests/" not in f.filename]
        ours = [f for f in frames if any(one in f.filename for one in OURS)]
        names = [f"{Path(f.filename).name}:{f.name}" for f in reversed(ours[-3:])]
        self.senders.append(f"{self.stage}: {' < '.join(names)}")

    @contextmanager
    def of(self, stage):
        self.stage = stage
        yield
        self.stage = ""


@pytest.fixture
def round_trips(monkeypatch):
    """The round trips to Redis from now on."""
    found = RoundTrips()
    execute_command, execute = Redis.execute_command, Pipeline.execute

    def counted_command(self, *arguments, **options):
        if not isinstance(self, Pipeline) and found.stage:
            found.add()
        return execute_command(self, *arguments, **options)

    def counted_pipeline(self, *arguments, **options):
        if found.stage:
            found.add()
        return execute(self, *arguments, **options)

    monkeypatch.setattr(Redis, "execute_command", counted_command)
    monkeypatch.setattr(Pipeline, "execute", counted_pipeline)
    return found


@pytest.fixture
def live(world, round_trips, monkeypatch):
    """Return a function that brings a run to its end by four polls, without RQ."""
    jobs = Mock()
    world.services = replace(world.services, jobs=jobs, clock=RedisClock(world.services.redis))

    def deliver():
        if jobs.deliver.called:
            jobs.deliver.reset_mock()
            with round_trips.of("deliver"):
                deliver_all(world.services)

    lives = itertools.count()

    def live():
        with round_trips.of("accept"):
            run_id = world.say(f"run select {next(lives)} as one")
        deliver()
        with round_trips.of("submit"):
            submit(run_id, world.services)
        deliver()
        for number in range(4):
            with monkeypatch.context() as going_on:
                if number < 3:
                    going_on.setattr(polling, "snapshot_of", lambda *_, **__: InstanceSnapshot())
                with round_trips.of("poll"):
                    poll(run_id, world.services, is_prompted=True)
            deliver()
        return world.run(run_id)

    return live


def test_a_life_takes_at_most_sixty_round_trips(world, live, round_trips):
    live()  # the scripts are loaded
    world.make_all_due()
    deliver_all(world.services)
    world.make_all_due()
    round_trips.counts.clear()
    round_trips.senders.clear()
    run = live()

    assert run.state is RunState.SUCCEEDED
    assert len(world.replies(run)) == 1
    assert world.waiting() == 0
    # What is known of endpoints is read twice a second at most, however many runs there are.
    of_time = [sender for sender in round_trips.senders if "endpoint_health.py" in sender]
    assert round_trips.counts.total() - len(of_time) <= 60, "\n".join(round_trips.senders)
