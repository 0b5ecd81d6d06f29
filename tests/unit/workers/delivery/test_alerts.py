"""What a channel that has subscribed is told, and what happens where we may not speak."""

from datetime import timedelta

import pytest

from odps_bot.alerts.digests import InstanceEvent, Outcome
from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.slack.errors import MessageGoneError, PlaceError, RateLimitedError
from workers.delivery.alerts import deliver_alert

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = timedelta(0)
REFUSED = PlaceError("chat.postMessage", "is_archived")


@pytest.fixture
def happen(services):
    """Return a function that lets an instance fail."""

    def happen(subscription, name="i1", fingerprint="f1"):
        event = InstanceEvent(
            outcome=Outcome.FAILED, instance_id=name, at=services.clock(), fingerprint=fingerprint
        )
        services.stores.digests.add(subscription.id, event)

    return happen


def posts(services):
    return [
        (places[0].channel_id, renderings[0].text)
        for _, renderings, places, _ in services.slack.gateway.posts
    ]


def deliver_until_done(subscription, services, *, rounds=9):
    """Deliver as the outbox does; return the delay at which it stops."""
    for _ in range(rounds):
        delay = deliver_alert(subscription.id, services)
        if delay != NOW:
            return delay
    raise AssertionError("it never ends")


def test_a_failure_is_posted_once(services, subscribe, happen):
    channel = subscribe()
    happen(channel)

    assert deliver_until_done(channel, services) is None
    assert [place for place, _ in posts(services)] == ["C9"]
    assert deliver_until_done(channel, services) is None
    assert len(posts(services)) == 1


def test_repeats_update_the_message_after_ten_seconds_and_leave_ten_updates(
    services, subscribe, happen
):
    channel = subscribe()
    happen(channel)
    deliver_until_done(channel, services)
    happen(channel, "i2")

    assert deliver_until_done(channel, services) == timedelta(seconds=10)
    services.clock.push(timedelta(seconds=10))
    assert deliver_until_done(channel, services) is None
    [(place, ts, _, reserve)] = services.slack.gateway.updates
    assert (place, ts, reserve) == ("C9", "1.0", 10)


def test_something_else_is_posted_a_minute_later(services, subscribe, happen):
    channel = subscribe()
    happen(channel)
    deliver_until_done(channel, services)
    happen(channel, "i2", fingerprint="f2")

    assert deliver_until_done(channel, services) == timedelta(minutes=1)


def test_a_message_that_was_deleted_is_posted_anew_with_the_next_repeat(
    services, subscribe, happen
):
    channel = subscribe()
    happen(channel)
    deliver_until_done(channel, services)
    services.clock.push(timedelta(minutes=2))
    happen(channel, "i2")
    services.slack.gateway.errors = [MessageGoneError("chat.update", "message_not_found")]
    deliver_until_done(channel, services)
    happen(channel, "i3")
    deliver_until_done(channel, services)

    assert len(posts(services)) == 2


def test_what_slack_puts_off_is_kept(services, subscribe, happen):
    channel = subscribe()
    happen(channel)
    services.slack.gateway.errors = [RateLimitedError("chat.postMessage", "ratelimited")]

    with pytest.raises(RateLimitedError):
        deliver_alert(channel.id, services)
    assert deliver_until_done(channel, services) is None
    assert len(posts(services)) == 1


@pytest.mark.parametrize(
    "rules",
    [
        Rules(default_channel=Channel(highest_role=Role.VIEWER)),
        Rules(default_channel=Channel(projects=("ads",))),
    ],
)
def test_a_channel_that_may_no_longer_hear_of_it_hears_nothing(services, subscribe, happen, rules):
    services.rules = rules
    channel = subscribe()
    happen(channel)

    assert deliver_until_done(channel, services) is None
    assert posts(services) == []
    assert services.stores.digests.forgotten == [channel.id]


class TestAnAnnouncement:
    def test_is_said_in_the_channel_and_answered_to_the_person(self, services, subscribe):
        channel = subscribe(is_announced=False, interaction_id="i1")

        assert deliver_until_done(channel, services) is None
        assert posts(services)[0][0] == "C9"
        assert services.stores.subscriptions.get(channel.id).is_announced
        assert "i1" in services.stores.ephemeral_replies.given

    def test_that_is_refused_is_no_subscription(self, services, subscribe):
        channel = subscribe(is_announced=False, interaction_id="i1")
        services.slack.gateway.errors = [REFUSED]

        assert deliver_until_done(channel, services) is None
        assert services.stores.subscriptions.get(channel.id) is None
        assert "Nothing was subscribed" in services.stores.ephemeral_replies.given["i1"][0].text

    def test_that_is_refused_restores_what_it_would_replace(self, services, subscribe):
        before = subscribe(user_id="U8")
        channel = subscribe(is_announced=False, interaction_id="i1", replaces=before)
        services.slack.gateway.errors = [REFUSED]
        deliver_until_done(channel, services)

        assert services.stores.subscriptions.get(channel.id) == before


class TestAPause:
    @pytest.fixture
    def paused(self, services, subscribe, happen):
        """A subscription that Slack has just refused to serve; its owner was told."""
        channel = subscribe()
        happen(channel)
        services.slack.gateway.errors = [REFUSED]
        assert deliver_until_done(channel, services) == HOUR
        return channel

    def test_is_told_to_the_owner(self, paused, services, noon):
        kept = services.stores.subscriptions.get(paused.id)

        assert (kept.paused_since, kept.paused_by, kept.is_owner_notified) == (
            noon,
            "is_archived",
            True,
        )
        assert [place for place, _ in posts(services)] == ["U9"]

    @pytest.mark.parametrize(("minutes", "is_tried"), [(59, False), (60, True)])
    def test_is_tried_again_every_hour(self, paused, services, minutes, is_tried):
        services.clock.push(timedelta(minutes=minutes))
        delay = deliver_until_done(paused, services)

        assert delay == (None if is_tried else timedelta(minutes=60 - minutes))
        assert ([place for place, _ in posts(services)] == ["U9", "C9"]) is is_tried
        assert (services.stores.subscriptions.get(paused.id).paused_since is None) is is_tried

    @pytest.mark.parametrize(("days", "is_removed"), [(13, False), (14, True)])
    def test_ends_the_subscription_after_a_fortnight(self, paused, services, days, is_removed):
        services.clock.push(days * DAY)
        services.slack.gateway.errors = [] if is_removed else [REFUSED]
        delay = deliver_until_done(paused, services)

        assert delay == (None if is_removed else HOUR)
        assert (services.stores.subscriptions.get(paused.id) is None) is is_removed
        if is_removed:
            assert "removed" in posts(services)[-1][1]

    def test_that_the_owner_could_not_be_told_is_told_to_the_channel(
        self, services, subscribe, happen
    ):
        channel = subscribe()
        happen(channel)
        gone = PlaceError("chat.postMessage", "user_disabled")
        services.slack.gateway.errors = [REFUSED, gone]
        assert deliver_until_done(channel, services) == HOUR
        assert services.stores.subscriptions.get(channel.id).is_owner_gone
        services.clock.push(HOUR)
        deliver_until_done(channel, services)

        assert [place for place, _ in posts(services)] == ["C9", "C9"]
        assert "I couldn't reach <@U9>" in posts(services)[1][1]
