"""Sweeps whose lists are slow: one sweeper at a time, and channels hear of what happens."""

from datetime import timedelta

import pytest
from rq.timeouts import JobTimeoutException

from odps_bot.history import past_run
from odps_bot.maxcompute import Client, ServerError, listing
from odps_bot.store import keys
from workers.polling import instance_activity, project_activity, sweep_lease
from workers.polling.sweep import sweep

PROJECT = "sandbox"
STUCK = "run set sandbox.stuck=true; select count(*) from customers"
FAILS = "select * from no_such_table"
CHANNEL = "C0DATAENG1"


@pytest.fixture
def subscribed(world):
    world.say("subscribe sandbox")
    for _ in range(6):
        world.make_all_due()
        world.deliver()
    return world


def fail(client):
    instance = client.run_sql(FAILS)
    instance.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)


def heard(world):
    """Return what the channel was told of failures."""
    for _ in range(4):
        world.make_all_due()
        world.deliver()
    messages = world.slack.messages(CHANNEL, include_ephemeral=False)
    return [m["text"] for m in messages if "no_such_table" in m["text"]]


@pytest.fixture
def on_request(monkeypatch):
    """Return a function that has something happen while each page of a list is asked for."""

    def on_request(happen):
        for name in ("list_instance_pages", "list_queueing_info_pages"):
            pages = getattr(Client, name)

            def slow(self, *, pages=pages, **options):
                for page in pages(self, **options):
                    happen()
                    yield page

            monkeypatch.setattr(Client, name, slow)

    return on_request


def test_failures_are_heard_of_where_each_list_takes_longer_than_the_lease(
    subscribed, somebody_else, on_request
):
    fail(somebody_else)
    subscribed.submit(subscribed.ask(STUCK))

    def take_long():
        subscribed.clock.push(seconds=9)
        subscribed.services.redis.delete(keys.sweep_lease(PROJECT))

    on_request(take_long)
    sweep(PROJECT, subscribed.services)

    assert len(heard(subscribed)) == 1


def test_a_slow_list_has_one_sweeper(world, on_request):
    world.submit(world.ask(STUCK))
    others = []

    def another_one_comes():
        lease = sweep_lease.SweepLease(PROJECT, world.services.stores.sweeps)
        others.append(lease.begin())

    on_request(another_one_comes)
    sweep(PROJECT, world.services)

    assert others == [False, False]
    assert world.services.stores.sweeps.begin(PROJECT, "the next one")


def test_a_sweeper_that_was_overtaken_ends(subscribed, somebody_else, on_request):
    fail(somebody_else)
    subscribed.submit(subscribed.ask(STUCK))
    on_request(lambda: subscribed.services.redis.set(keys.sweep_lease(PROJECT), "another one"))
    sweep(PROJECT, subscribed.services)

    assert not subscribed.services.stores.sweeps.are_trusted(PROJECT)
    assert subscribed.services.redis.get(keys.sweep_lease(PROJECT)) == b"another one"
    assert heard(subscribed) == []


def test_a_list_that_takes_several_jobs_is_read_to_its_end(
    subscribed, somebody_else, monkeypatch, on_request
):
    """As after a weekend without workers: each page takes as long as a sweep has for lists."""
    for _ in range(3):
        fail(somebody_else)
    monkeypatch.setitem(listing.list_pages.__kwdefaults__, "page_size", 1)
    on_request(lambda: subscribed.clock.push(seconds=25))
    processed, is_open = [], []
    for _ in range(3):
        sweep(PROJECT, subscribed.services)
        processed.append(subscribed.services.redis.zcard(keys.processed_instances(PROJECT)))
        is_open.append(subscribed.services.stores.observations.scan(PROJECT) is not None)

    assert processed == [1, 2, 3]
    assert is_open == [True, True, False]
    assert len(heard(subscribed)) == 1


@pytest.mark.parametrize(
    "error", [JobTimeoutException("60 seconds"), ServerError("busy", http_status=503)]
)
def test_a_list_of_ended_instances_that_fails_holds_up_no_alert(
    subscribed, somebody_else, monkeypatch, error
):
    """What was found is announced, however the list goes on."""
    running = somebody_else.run_sql("set sandbox.stuck=true; select 1")
    sweep(PROJECT, subscribed.services)
    fail(somebody_else)
    sweep(PROJECT, subscribed.services)
    running.stop()
    enqueue = project_activity._enqueue

    def enqueue_and_fail(project, ended, *arguments, **names):
        enqueue(project, ended, *arguments, **names)
        if ended:
            raise error

    monkeypatch.setattr(project_activity, "_enqueue", enqueue_and_fail)
    sweep(PROJECT, subscribed.services)

    assert len(heard(subscribed)) == 1


def test_a_success_counts_once_although_a_sweep_dies(world, somebody_else, monkeypatch):
    world.say("subscribe sandbox all")
    for _ in range(6):
        world.make_all_due()
        world.deliver()
    monkeypatch.setattr(instance_activity, "SHORTEST_S", 0)
    monkeypatch.setattr(past_run, "SHORTEST_S", 0)
    query = somebody_else.run_sql("select count(*) from customers")
    query.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
    with monkeypatch.context() as dying:

        def die(*_arguments):
            raise SystemExit

        dying.setattr(type(world.services.stores.observations), "remove_ended", die)
        for _ in range(3):
            with pytest.raises(SystemExit):
                sweep(PROJECT, world.services)
    sweep(PROJECT, world.services)

    [history] = world.services.redis.scan_iter(keys.past_runs("*", "*"))
    assert world.services.redis.llen(history) == 1
