"""What keeps everything going, and everything within bounds."""

from datetime import timedelta

from rq import Queue

from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.store import keys
from odps_bot.store.job_queue import QUEUES, SERIALIZER
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery import deliver
from workers.delivery.senders import SENDERS
from workers.runtime import reconciler
from workers.runtime.rq_worker import bot_worker


def make_overdue(world):
    for run_id in world.services.redis.zrange(keys.deadlines(), 0, -1):
        world.services.redis.zadd(keys.deadlines(), {run_id: 0})


def empty_queues(world):
    for name in QUEUES:
        Queue(name, connection=world.services.redis, serializer=SERIALIZER).empty()


def reconcile_once(world):
    world.services.redis.delete(keys.reconciler_turn())
    reconciler.reconcile_once(world.services)


def test_a_run_whose_job_was_lost_is_booked_again(world):
    world.ask("run select 1")
    empty_queues(world)
    make_overdue(world)
    reconcile_once(world)

    assert world.services.jobs.waiting_runs() == 1


def test_jobs_that_nobody_works_on_do_not_pile_up(world):
    for _ in range(30):
        world.ask("run select 1")
    for _ in range(20):
        make_overdue(world)
        reconcile_once(world)

    assert world.services.jobs.waiting_runs() <= 100


def test_the_record_of_a_damaged_run_is_set_aside(world):
    run = world.ask("run select 1")
    world.services.redis.hset(keys.run(run.run_id), "record", "{damaged")
    make_overdue(world)
    reconcile_once(world)

    assert world.services.redis.zcard(keys.deadlines()) == 0


def test_a_delivery_ends_with_its_round_and_leaves_the_rest(world, monkeypatch):
    told = []

    def tell_slowly(about, services):
        told.append(about)
        world.clock.push(seconds=4)

    # Of cards that go on, fewer are claimed at once than senders are free: updates are kept back.
    monkeypatch.setitem(deliver.HANDLERS, NotificationKind.FINAL, tell_slowly)
    for number in range(20):
        world.services.stores.outbox.enqueue(NotificationKind.FINAL, f"run{number}")
    world.deliver()
    assert len(told) == SENDERS

    world.deliver()
    assert sorted(told) == sorted(f"run{number}" for number in range(20))


def test_a_busy_queue_does_not_starve_the_others(world, monkeypatch):
    run = world.ask("run select 1")
    done = []

    def deliver_again():
        done.append("deliver")
        world.services.jobs.deliver()

    def submit(run_id):
        done.append(run_id)

    monkeypatch.setattr("workers.jobs.deliver.deliver", deliver_again)

    monkeypatch.setattr("workers.jobs.submit_run.submit_run", submit)
    world.services.jobs.deliver()
    stopping = GracefulShutdown(within=timedelta(hours=1))
    worker = bot_worker(world.services, stopping, redis=world.services.redis)
    worker.run_waiting(most=6)

    assert run.run_id in done
