"""A channel or person that does not respond in time is left alone for a while; others are not."""

from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from redis.exceptions import RedisError
from slack_sdk import WebClient

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.api.response_urls import FOREIGN
from odps_bot.slack.errors import (
    NO_RESPONSE,
    TIMED_OUT,
    PlaceError,
    RateLimitedError,
    SlackError,
    UnreachableError,
)
from odps_bot.slack.gateway import SlackGateway
from odps_bot.slack.posts import Place, PostId
from odps_bot.slack.response_urls import BREAKER
from odps_bot.slack.time_limit import time_limit
from odps_bot.slack.unsupported_blocks import UnsupportedBlocks
from odps_bot.store import keys
from odps_bot.store.audit import AuditTrail
from odps_bot.store.endpoint_health import FAILURES
from odps_bot.store.message_leases import MessageLeases
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import RateLimiter
from odps_bot.store.receivers import Receivers

CHANNEL, OTHER, ALICE = "C0DATAENG1", "C0ANALYTIC", "U0ALICE"
CARD = PostId(kind=NotificationKind.CARD, subject_id="0a1b2c")
END = PostId(kind=NotificationKind.COMPLETION, subject_id="0a1b2c")
HELLO = [Message("hello")]
SECOND = timedelta(seconds=1)

#: What the sandbox's delay is longer than.
TIMEOUT_S = 0.2


@pytest.fixture
def slack():
    with SlackSandbox(limits_enabled=False) as server:
        yield server


@pytest.fixture
def gateway(redis, slack, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    client = WebClient(
        token=slack.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=TIMEOUT_S
    )
    return SlackGateway(
        client,
        client,
        leases=MessageLeases(redis),
        rate_limiter=RateLimiter(redis),
        receivers=Receivers(redis),
        audit=AuditTrail(redis, keep=100),
        unsupported_blocks=UnsupportedBlocks(redis),
    )


def let_the_pause_end(redis):
    redis.hdel(keys.receiver(CHANNEL), "until", "slot:0")


def test_a_channel_that_hangs_is_left_alone_and_others_are_not(gateway, slack):
    ts = gateway.post_once(CARD, HELLO, Place(CHANNEL)).ts
    slack.faults.add(method="chat.postMessage", kind="hang", seconds=0.5)
    with pytest.raises(UnreachableError) as hung:
        gateway.post_once(END, HELLO, Place(CHANNEL))
    with pytest.raises(RateLimitedError) as waits:
        gateway.update(CHANNEL, ts, HELLO)

    assert (hung.value.code, hung.value.retry_after) == (TIMED_OUT, SECOND)
    assert waits.value.retry_after <= 2 * SECOND
    other = PostId(kind=NotificationKind.CARD, subject_id="0d0e0f")
    assert gateway.post_once(other, HELLO, Place(OTHER)).ts


def test_pauses_grow_until_the_channel_responds(gateway, slack, redis):
    ts = gateway.post_once(CARD, HELLO, Place(CHANNEL)).ts
    slack.faults.add(method="chat.update", kind="hang", times=3, seconds=0.5)
    pauses = []
    for _ in range(3):
        with pytest.raises(UnreachableError) as hung:
            gateway.update(CHANNEL, ts, HELLO)
        pauses.append(hung.value.retry_after)
        let_the_pause_end(redis)
    gateway.update(CHANNEL, ts, HELLO)

    assert pauses == [SECOND, 2 * SECOND, 4 * SECOND]
    assert redis.hget(keys.receiver(CHANNEL), "failures") is None


@pytest.mark.parametrize(
    "response", [{"kind": "error", "code": "no_text"}, {"kind": "ratelimited"}]
)
def test_a_refusal_is_a_response_and_ends_the_pause(gateway, slack, redis, response):
    ts = gateway.post_once(CARD, HELLO, Place(CHANNEL)).ts
    slack.faults.add(method="chat.update", kind="hang", seconds=0.5)
    with pytest.raises(UnreachableError):
        gateway.update(CHANNEL, ts, HELLO)
    let_the_pause_end(redis)
    slack.faults.add(method="chat.update", times=5, **response)
    with pytest.raises(SlackError):
        gateway.update(CHANNEL, ts, HELLO)

    assert not redis.hexists(keys.receiver(CHANNEL), "failures")


def test_what_fails_at_once_is_tried_again_as_soon_as_ever(gateway, slack, redis):
    slack.faults.add(method="chat.postMessage", kind="http_500")
    with pytest.raises(UnreachableError):
        gateway.post_once(END, HELLO, Place(CHANNEL))

    assert not redis.exists(keys.receiver(CHANNEL))


def test_no_call_begins_when_the_time_of_a_message_is_over(gateway, slack):
    with time_limit(timedelta(0)), pytest.raises(UnreachableError) as late:
        gateway.post_once(CARD, HELLO, Place(CHANNEL))

    assert not late.value.may_have_happened
    assert [m for m in slack.messages(CHANNEL) if m["text"] == "hello"] == []
    assert gateway.post_once(CARD, HELLO, Place(CHANNEL)).ts


def test_what_one_workspace_refuses_another_one_may_show(redis):
    plan = Message("", [{"type": "plan"}])
    renderings = [plan, Message("plain")]
    blocks = UnsupportedBlocks(redis)
    blocks.of_team("T1").remember([plan])

    assert list(blocks.of_team("T1").worth_a_try(renderings)) == renderings[1:]
    assert list(blocks.of_team("T2").worth_a_try(renderings)) == renderings
    assert list(blocks.of_team("").worth_a_try(renderings)) == renderings


def reply(gateway, number):
    """Reply to one of many people, by a response_url of their own."""
    address = Address(
        user_id=ALICE, channel_id=CHANNEL, response_url=f"https://hooks.example.com/{number}"
    )
    post_id = PostId(kind=NotificationKind.EPHEMERAL, subject_id=f"reply-{number}")
    gateway.reply_once(post_id, address, [Message(f"reply {number}")])


@pytest.fixture
def tried(monkeypatch):
    """The response_urls that were tried; they hang unless the test says otherwise."""
    hung = UnreachableError("response_url", TIMED_OUT, may_have_happened=True)
    found = SimpleNamespace(addresses=[], do_hang=True, error=hung)

    def respond(_self, response_url, _message, **_options):
        found.addresses.append(response_url.rpartition("/")[2])
        if found.do_hang:
            raise found.error

    monkeypatch.setattr(SlackMessages, "respond", respond)
    return found


def test_a_reply_waits_for_no_twenty_response_urls_that_hang(gateway, slack, tried):
    for number in range(FAILURES):
        with pytest.raises(UnreachableError):
            reply(gateway, number)
    for number in range(FAILURES, 20):
        reply(gateway, number)

    assert tried.addresses == ["0", "1", "2"]
    told = [message["text"] for message in slack.ephemerals(ALICE)]
    assert told == [f"reply {number}" for number in range(FAILURES, 20)]


def test_response_urls_that_respond_again_are_used_again(gateway, slack, redis, tried):
    for number in range(FAILURES):
        with pytest.raises(UnreachableError):
            reply(gateway, number)
    redis.hset(keys.endpoint_health(*BREAKER), "until", 0)
    tried.do_hang = False
    for number in ("probe", "next"):
        reply(gateway, number)

    assert tried.addresses[FAILURES:] == ["probe", "next"]
    assert slack.ephemerals(ALICE) == []


@pytest.mark.parametrize(
    "error",
    [
        PlaceError("response_url", "expired_url"),
        UnreachableError("response_url", "http_500", may_have_happened=True),
        PlaceError("response_url", FOREIGN),
        UnreachableError("response_url", NO_RESPONSE),
    ],
)
def test_a_response_url_that_refuses_has_responded_and_keeps_no_other_from_being_used(
    gateway, redis, tried, error
):
    for number in range(FAILURES):
        with pytest.raises(UnreachableError):
            reply(gateway, number)
    redis.hset(keys.endpoint_health(*BREAKER), "until", 0)
    tried.error = error
    with suppress(SlackError):
        reply(gateway, "probe")
    tried.do_hang = False
    reply(gateway, "next")

    assert tried.addresses[FAILURES:] == ["probe", "next"]


def test_a_reply_before_which_redis_failed_was_not_sent_and_is_tried_again(
    gateway, slack, monkeypatch
):
    address = Address(user_id=ALICE, channel_id=CHANNEL)
    post_id = PostId(kind=NotificationKind.REFUSAL, subject_id="0a1b2c")
    with monkeypatch.context() as failing:
        failing.setattr(Receivers, "_take", Mock(side_effect=RedisError))
        for _ in range(3):
            with pytest.raises(RedisError):
                gateway.reply_once(post_id, address, HELLO)
    gateway.reply_once(post_id, address, HELLO)

    assert [message["text"] for message in slack.ephemerals(ALICE)] == ["hello"]
