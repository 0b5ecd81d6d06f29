"""Subscriptions outlive what happens to channels and people, or end with a word."""

from datetime import timedelta

import msgspec
import pytest

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.messages import Message
from odps_bot.messages.alerts import subscriptions as words
from odps_bot.store import keys
from workers.polling.sweep import sweep

PROJECT, CHANNEL, ALICE, TEAM = "sandbox", "C0DATAENG1", "U0ALICE", "T0SANDBOX1"
FAILS = "select * from no_such_table"


@pytest.fixture
def colleague(world):
    client = Client(
        world.maxcompute.endpoint,
        project=PROJECT,
        credentials=StaticCredentials(AccessKey("key", "secret")),
    )
    yield client
    client.close()


@pytest.fixture
def subscribed(world):
    world.say("subscribe sandbox")
    tell(world)
    return world


def tell(world):
    for _ in range(10):
        world.make_all_due()
        world.deliver()


def fail(world, client, sql=FAILS):
    """Let a job fail, and have it told."""
    instance = client.run_sql(sql)
    instance.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
    sweep(PROJECT, world.services)
    tell(world)


def digests(world):
    messages = world.slack.messages(CHANNEL, include_ephemeral=False)
    return [m["text"] for m in messages if ":x:" in m["text"]]


def direct_messages(world):
    """Return what the bot has said to Alice alone, in their conversation."""
    calls = [
        call
        for call in world.slack.traffic()
        if call.get("method") == "chat.postMessage" and ALICE in str(call)
    ]
    return [call for call in calls if "pause_button" in str(call) or "wastebasket" in str(call)]


def subscription(world):
    return world.services.stores.subscriptions.find(PROJECT, TEAM, CHANNEL)


@pytest.mark.parametrize("change", ["rename", "make_private"])
def test_a_channel_that_changes_hears_on(subscribed, colleague, change):
    if change == "rename":
        subscribed.slack.rename(CHANNEL, "another-name")
    else:
        subscribed.slack.make_private(CHANNEL)
    fail(subscribed, colleague)

    assert len(digests(subscribed)) == 1
    assert subscription(subscribed).paused_since is None


def archive(slack):
    slack.archive(CHANNEL)


def kick(slack):
    slack.kick(CHANNEL)


@pytest.mark.parametrize("close", [archive, kick])
def test_where_nothing_can_be_posted_the_owner_is_told_once(subscribed, colleague, close):
    close(subscribed.slack)
    for _ in range(3):
        fail(subscribed, colleague)
        subscribed.clock.push(hours=2)

    assert subscription(subscribed).paused_since is not None
    assert subscription(subscribed).is_owner_notified
    assert len(direct_messages(subscribed)) == 1


def test_the_owner_is_notified_once_though_the_words_change_meanwhile(
    subscribed, colleague, monkeypatch
):
    subscribed.slack.kick(CHANNEL)
    with monkeypatch.context() as dying:
        dying.setattr("workers.delivery.alerts._with_owner_notified", lambda *_, **_more: 1 / 0)
        fail(subscribed, colleague)
    monkeypatch.setattr(words, "paused", lambda _: Message("In new words: :pause_button:"))
    tell(subscribed)

    assert len(direct_messages(subscribed)) == 1


def test_an_owner_whose_account_is_gone_holds_nothing_up(subscribed, colleague):
    subscribed.services.stores.subscriptions.change(
        PROJECT, TEAM, CHANNEL, lambda one: msgspec.structs.replace(one, user_id="U0GONE")
    )
    subscribed.slack.kick(CHANNEL)
    fail(subscribed, colleague)
    assert subscription(subscribed).is_owner_notified

    subscribed.slack.invite(ALICE, CHANNEL)
    subscribed.clock.push(minutes=50)
    tell(subscribed)
    assert digests(subscribed) == []

    subscribed.clock.push(minutes=11)
    tell(subscribed)
    assert len(digests(subscribed)) == 1
    lines = [m["text"] for m in subscribed.slack.messages(CHANNEL, include_ephemeral=False)]
    assert sum("I couldn't post here since" in line for line in lines) == 1
    assert subscription(subscribed).paused_since is None


def test_a_worker_that_died_after_the_first_word_of_a_resumed_channel_leaves_no_pause(
    subscribed, colleague, monkeypatch
):
    subscribed.slack.kick(CHANNEL)
    fail(subscribed, colleague)
    subscribed.slack.invite(ALICE, CHANNEL)
    subscribed.clock.push(hours=1, minutes=1)
    with monkeypatch.context() as dying:
        dying.setattr("workers.delivery.alerts._resume", lambda *_: 1 / 0)
        tell(subscribed)
    assert subscription(subscribed).paused_since is not None

    tell(subscribed)
    assert subscription(subscribed).paused_since is None
    assert len(digests(subscribed)) == 1


def test_once_invited_again_it_goes_on_with_what_happened_meanwhile(subscribed, colleague):
    subscribed.slack.kick(CHANNEL)
    fail(subscribed, colleague)
    fail(subscribed, colleague)
    assert not subscribed.services.redis.exists(keys.pending_events(f"{PROJECT} {TEAM} {CHANNEL}"))
    subscribed.slack.invite(ALICE, CHANNEL)
    subscribed.clock.push(hours=1, minutes=1)
    tell(subscribed)

    (notice,) = digests(subscribed)
    assert "Failed 2 times" in notice
    assert subscription(subscribed).paused_since is None


def test_after_a_fortnight_it_ends_with_a_word_to_its_owner(subscribed, colleague):
    subscribed.slack.archive(CHANNEL)
    fail(subscribed, colleague)
    subscribed.clock.push(days=13, hours=23)
    tell(subscribed)
    assert subscription(subscribed) is not None

    subscribed.clock.push(hours=2)
    tell(subscribed)
    assert subscription(subscribed) is None
    assert len(direct_messages(subscribed)) == 2
    assert subscribed.waiting() == 0


def test_where_the_bot_is_not_a_member_nothing_is_subscribed(world):
    world.slack.kick(CHANNEL)
    world.say("subscribe sandbox")
    tell(world)

    assert subscription(world) is None
    said = [call for call in world.slack.traffic() if "Nothing was subscribed" in str(call)]
    assert said
    assert "/invite @odps" in str(said[0])
    assert world.waiting() == 0


def test_a_refused_change_leaves_the_subscription_as_it_was(subscribed):
    subscribed.slack.kick(CHANNEL)
    subscribed.say("subscribe sandbox all")
    tell(subscribed)

    assert [str(one) for one in subscription(subscribed).wants] == ["failures"]
    assert subscription(subscribed).is_announced


def test_a_deleted_notice_is_told_anew_with_the_next_repeat(subscribed, colleague):
    fail(subscribed, colleague)
    (message,) = [
        m for m in subscribed.slack.messages(CHANNEL, include_ephemeral=False) if ":x:" in m["text"]
    ]
    subscribed.services.slack.gateway._client.chat_delete(channel=CHANNEL, ts=message["ts"])
    subscribed.clock.push(minutes=2)
    fail(subscribed, colleague)
    subscribed.clock.push(minutes=2)
    fail(subscribed, colleague)
    tell(subscribed)

    assert len(digests(subscribed)) == 1


def test_an_alert_that_could_not_be_posted_is_not_taken_for_a_deleted_one(subscribed, colleague):
    faults = subscribed.slack.faults
    faults.add(method="chat.postMessage", kind="error", code="is_inactive", times=1)
    fail(subscribed, colleague)
    assert subscription(subscribed).paused_by == "is_inactive"

    subscribed.clock.push(hours=1, minutes=1)
    tell(subscribed)
    assert len(digests(subscribed)) == 1


def test_unsubscribing_drops_what_waits(subscribed, colleague):
    subscribed.slack.archive(CHANNEL)
    fail(subscribed, colleague)
    subscribed.say("unsubscribe sandbox")
    tell(subscribed)

    assert subscribed.waiting() == 0
    assert subscribed.services.stores.subscriptions.has_any(PROJECT) is False
