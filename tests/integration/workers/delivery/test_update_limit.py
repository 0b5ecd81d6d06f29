"""When Slack's edits are used up, last edits of cards wait where they are, and replies do not."""

from datetime import timedelta

import pytest

from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import UPDATE_LIMIT


@pytest.fixture
def ended(world):
    """A run that has ended, whose last card and reply wait to be told."""
    run = world.submit(world.ask("run select 1 as one"))
    return world.follow(run)


def test_the_last_edit_waits_in_its_place_and_the_reply_is_posted(world, ended):
    outbox = keys.outbox(NotificationKind.FINAL)
    place = world.services.redis.zrange(outbox, 0, -1, withscores=True)
    world.services.stores.rate_limiter.pause(UPDATE_LIMIT, timedelta(minutes=1))
    world.deliver()

    assert len(world.replies(ended)) == 1
    assert world.services.redis.zrange(outbox, 0, -1, withscores=True) == place


def test_the_last_edit_is_made_when_there_are_edits_again(world, ended):
    world.services.stores.rate_limiter.pause(UPDATE_LIMIT, timedelta(minutes=1))
    world.deliver()
    world.make_all_due()
    world.deliver()

    assert world.services.stores.outbox.waiting()[NotificationKind.FINAL] == 0


def test_the_last_edits_are_left_to_cards_that_are_final(world, ended):
    running = world.submit(world.ask("run select 2 as two"))
    world.services.stores.outbox.enqueue(NotificationKind.CARD, running.run_id)
    world.services.stores.rate_limiter.pause(UPDATE_LIMIT, timedelta(0))  # leaves one
    world.deliver()

    outbox = keys.outbox(NotificationKind.CARD)
    assert world.services.stores.outbox.waiting()[NotificationKind.FINAL] == 0
    assert world.services.redis.zscore(outbox, f"card:{running.run_id}") is not None
