"""A card shows the end of its run, even if an older edit reaches Slack after the last one."""

import threading
import time
from datetime import timedelta

import pytest

from odps_bot.slack.errors import RateLimitedError
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import UPDATE_LIMIT
from workers.delivery.cards import deliver_card

CHANNEL = "C0DATAENG1"
HANG_S = 1.0


def card_text(world, run):
    ts = world.run(run.run_id).card_ts
    return next(m["text"] for m in world.slack.messages(CHANNEL) if m["ts"] == ts)


def wait_until_slack_hangs(world):
    deadline = time.monotonic() + 30
    while any(planned.times for planned in world.slack.faults._planned["chat.update"]):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("kind", [NotificationKind.CARD, NotificationKind.CARD_REFRESH])
def test_an_edit_that_hangs_while_the_run_ends_does_not_have_the_last_word(world, kind):
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()
    world.services.stores.outbox.enqueue(kind, run.run_id)
    world.services.stores.runs.note(run.run_id, polled_at=world.clock())
    world.slack.faults.add(method="chat.update", kind="hang", seconds=HANG_S, times=1)
    hanging = threading.Thread(target=world.deliver)
    hanging.start()
    wait_until_slack_hangs(world)
    world.follow(run)
    world.deliver()
    hanging.join()
    world.make_all_due()
    world.deliver()

    assert card_text(world, run).startswith("Succeeded")
    assert world.waiting() == 0


def test_an_edit_that_may_still_come_is_waited_for(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()
    # As a worker leaves it that is killed while it edits.
    world.services.stores.message_leases.begin_update(run.run_id)
    world.follow(run)
    world.deliver()
    waiting = world.services.stores.outbox.waiting()
    world.services.redis.delete(keys.update_lease(run.run_id))
    world.make_all_due()
    world.deliver()

    assert waiting[NotificationKind.FINAL] == 1
    assert world.waiting() == 0


def test_an_edit_that_timed_out_is_taken_for_one_that_may_still_come(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()
    world.slack.faults.add(method="chat.update", kind="drop_after", times=1)
    world.services.stores.outbox.enqueue(NotificationKind.CARD, run.run_id)
    world.deliver()

    assert world.services.stores.message_leases.update_under_way(run.run_id) is not None


def test_an_update_that_must_wait_does_not_end_that_of_another_worker(world):
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()
    leases = world.services.stores.message_leases
    leases.begin_update(run.run_id)
    world.services.stores.rate_limiter.pause(UPDATE_LIMIT, timedelta(minutes=1))
    with pytest.raises(RateLimitedError):
        deliver_card(run.run_id, world.services)

    assert leases.update_under_way(run.run_id) is not None
