"""The gateway to Slack: paced, posted once, in a place and a rendering that Slack accepts."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from slack_sdk import WebClient

from odps_bot.messages import Message, Modal
from odps_bot.messages.blocks import section
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.slack.errors import (
    MessageGoneError,
    PlaceError,
    PostInProgressError,
    RateLimitedError,
    RefusedError,
    UnreachableError,
)
from odps_bot.slack.gateway import SlackGateway
from odps_bot.slack.posts import Place, PostId
from odps_bot.slack.unsupported_blocks import UnsupportedBlocks
from odps_bot.store import keys
from odps_bot.store.audit import AuditTrail
from odps_bot.store.message_leases import MessageLeases
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import EPHEMERAL_LIMIT, RateLimiter, post_message_limit
from odps_bot.store.receivers import Receivers

CHANNEL, ALICE, DIRECT = "C0DATAENG1", "U0ALICE", "D0ALICEODPS"
CARD = PostId(kind=NotificationKind.CARD, subject_id="0a1b2c")
HELLO = [Message("hello", [section("*hello*")])]


@pytest.fixture
def slack() -> Iterator[SlackSandbox]:
    with SlackSandbox(limits_enabled=False) as server:
        yield server


@pytest.fixture
def rate_limiter(redis: Redis) -> RateLimiter:
    return RateLimiter(redis)


@pytest.fixture
def gateway_of(
    redis: Redis,
    slack: SlackSandbox,
    rate_limiter: RateLimiter,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], SlackGateway]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])

    def make(team_id: str) -> SlackGateway:
        return SlackGateway(
            client,
            client,
            team_id=team_id,
            leases=MessageLeases(redis),
            rate_limiter=rate_limiter,
            receivers=Receivers(redis),
            audit=AuditTrail(redis, keep=100),
            unsupported_blocks=UnsupportedBlocks(redis),
        )

    return make


@pytest.fixture
def gateway(gateway_of: Callable[[str], SlackGateway]) -> SlackGateway:
    return gateway_of("")


def let_the_lease_run_out(redis: Redis) -> None:
    redis.set(keys.post_lease("card", "0a1b2c"), 1, ex=60)


def calls(slack: SlackSandbox, method: str) -> list[dict[str, Any]]:
    return [entry for entry in slack.traffic() if entry["method"] == method]


def texts(slack: SlackSandbox, channel: str = CHANNEL) -> list[str]:
    return [m["text"] for m in slack.messages(channel) if m.get("bot_id")]


class TestPostOnce:
    def test_who_comes_too_early_waits_and_later_finds_the_message(
        self, gateway: SlackGateway, slack: SlackSandbox, redis: Redis
    ) -> None:
        posted = gateway.post_once(CARD, HELLO, Place(CHANNEL))
        with pytest.raises(PostInProgressError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))
        let_the_lease_run_out(redis)

        assert gateway.post_once(CARD, HELLO, Place(CHANNEL)) == posted
        assert texts(slack) == ["hello"]

    def test_where_one_place_is_closed_the_next_one_serves(
        self, gateway: SlackGateway, slack: SlackSandbox
    ) -> None:
        slack.kick(CHANNEL)
        posted = gateway.post_once(CARD, HELLO, Place(CHANNEL, "1.1"), Place(CHANNEL), Place(ALICE))

        assert posted.place == Place(ALICE)
        assert texts(slack, DIRECT) == ["hello"]

    def test_where_no_place_is_left_the_refusal_says_why(
        self, gateway: SlackGateway, slack: SlackSandbox
    ) -> None:
        slack.kick(CHANNEL)
        with pytest.raises(PlaceError, match="not_in_channel"):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))

    def test_what_may_have_been_posted_in_a_later_place_is_found_there(
        self, gateway: SlackGateway, slack: SlackSandbox, redis: Redis
    ) -> None:
        begin = slack.say(ALICE, CHANNEL, "a thread").ts
        places = (Place(CHANNEL, begin), Place(CHANNEL))
        method = "chat.postMessage"
        slack.faults.add(method=method, kind="error", code="thread_locked", times=1)
        slack.faults.add(method=method, kind="drop_after", times=1)
        with pytest.raises(UnreachableError):
            gateway.post_once(CARD, HELLO, *places)
        let_the_lease_run_out(redis)

        assert gateway.post_once(CARD, HELLO, *places).place == Place(CHANNEL)
        assert texts(slack) == ["hello"]

    def test_a_later_place_that_cannot_be_searched_now_holds_nothing_up(
        self, gateway: SlackGateway, slack: SlackSandbox, redis: Redis
    ) -> None:
        begin = slack.say(ALICE, CHANNEL, "a thread").ts
        places = (Place(CHANNEL, begin), Place(CHANNEL), Place(ALICE))
        slack.faults.add(method="conversations.history", kind="ratelimited", times=9)
        let_the_lease_run_out(redis)

        assert gateway.post_once(CARD, HELLO, *places).place == places[0]
        # A person is no conversation that could be searched.
        assert len(calls(slack, "conversations.history")) == 1

    def test_nothing_is_posted_where_it_may_be_already_until_that_is_known(
        self, gateway: SlackGateway, slack: SlackSandbox, redis: Redis
    ) -> None:
        slack.faults.add(method="conversations.history", kind="ratelimited", times=1)
        let_the_lease_run_out(redis)
        with pytest.raises(RateLimitedError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL), Place(ALICE))

        assert texts(slack) == []

    @pytest.mark.parametrize("kind", [NotificationKind.CARD, NotificationKind.ALERT])
    def test_what_was_certainly_not_posted_is_free_again(
        self, gateway: SlackGateway, slack: SlackSandbox, kind: NotificationKind
    ) -> None:
        post_id = PostId(kind=kind, subject_id="0a1b2c")
        slack.faults.add(method="chat.postMessage", kind="error", code="is_archived", times=1)
        with pytest.raises(RefusedError):
            gateway.post_once(post_id, HELLO, Place(CHANNEL))

        assert gateway.post_once(post_id, HELLO, Place(CHANNEL)).place == Place(CHANNEL)

    def test_blocks_that_must_not_become_text_are_given_back(
        self, gateway: SlackGateway, slack: SlackSandbox
    ) -> None:
        slack.faults.refuse_blocks("section", code="no_such_code")
        with pytest.raises(RefusedError, match="no_such_code"):
            gateway.post_once(CARD, HELLO, Place(CHANNEL), is_text_enough=False)

        assert gateway.post_once(CARD, HELLO, Place(CHANNEL)).place == Place(CHANNEL)
        assert "blocks" not in slack.messages(CHANNEL)[-1]


class TestPace:
    def test_where_slack_says_that_it_is_too_much_everybody_waits(
        self, gateway: SlackGateway, slack: SlackSandbox
    ) -> None:
        slack.faults.add(method="chat.postMessage", kind="ratelimited", retry_after=7, times=1)
        with pytest.raises(RateLimitedError) as refused:
            gateway.post_once(CARD, HELLO, Place(CHANNEL))
        assert refused.value.retry_after == timedelta(seconds=7)

        other = PostId(kind=NotificationKind.CARD, subject_id="other")
        with pytest.raises(RateLimitedError) as ours:
            gateway.post_once(other, HELLO, Place(CHANNEL))
        assert timedelta(seconds=6) < ours.value.retry_after <= timedelta(seconds=7)
        assert len(calls(slack, "chat.postMessage")) == 1

    def test_a_limited_search_holds_up_no_other_post(
        self, gateway: SlackGateway, slack: SlackSandbox, redis: Redis
    ) -> None:
        slack.faults.add(method="conversations.history", kind="ratelimited", retry_after=60)
        let_the_lease_run_out(redis)
        with pytest.raises(RateLimitedError, match=r"conversations\.history"):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))

        other = PostId(kind=NotificationKind.CARD, subject_id="other")
        assert gateway.post_once(other, HELLO, Place(CHANNEL)).place == Place(CHANNEL)

    def test_a_reserve_is_left_to_what_is_more_important(
        self, gateway: SlackGateway, rate_limiter: RateLimiter
    ) -> None:
        rate_limiter.pause(post_message_limit(CHANNEL), timedelta(0))  # leaves one
        with pytest.raises(RateLimitedError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL), reserve=2)

        assert gateway.post_once(CARD, HELLO, Place(CHANNEL)).place == Place(CHANNEL)

    def test_private_replies_are_paced_too(
        self, gateway: SlackGateway, slack: SlackSandbox, rate_limiter: RateLimiter
    ) -> None:
        address = Address(user_id=ALICE, channel_id=CHANNEL)
        slack.faults.add(method="chat.postEphemeral", kind="ratelimited", retry_after=3, times=1)
        with pytest.raises(RateLimitedError):
            gateway.reply_ephemeral(address, HELLO)

        assert rate_limiter.left(EPHEMERAL_LIMIT) == 0
        with pytest.raises(RateLimitedError):
            gateway.reply_ephemeral(address, HELLO)
        assert len(calls(slack, "chat.postEphemeral")) == 1

    def test_a_workspace_that_is_out_of_updates_holds_no_other_up(
        self, gateway_of: Callable[[str], SlackGateway], slack: SlackSandbox
    ) -> None:
        one, other = gateway_of("T1"), gateway_of("T2")
        slack.faults.add(method="chat.update", kind="ratelimited", retry_after=60, times=1)
        ts = one.post_once(CARD, HELLO, Place(CHANNEL)).ts
        with pytest.raises(RateLimitedError):
            one.update(CHANNEL, ts, HELLO)

        with pytest.raises(RateLimitedError, match="our own limit"):
            one.update(CHANNEL, ts, HELLO)
        other.update(CHANNEL, ts, HELLO)


def test_a_message_that_is_gone_is_not_updated(gateway: SlackGateway) -> None:
    with pytest.raises(MessageGoneError, match="message_not_found"):
        gateway.update(CHANNEL, "1.1", HELLO)


def test_an_ephemeral_reply_takes_the_nearest_way(
    gateway: SlackGateway, slack: SlackSandbox
) -> None:
    expired = f"{slack.url}/response/expired"
    gateway.reply_ephemeral(Address(user_id=ALICE, channel_id=CHANNEL, response_url=expired), HELLO)
    assert [m["text"] for m in slack.ephemerals(ALICE)] == ["hello"]

    slack.kick(CHANNEL)
    gateway.reply_ephemeral(Address(user_id=ALICE, channel_id=CHANNEL), HELLO)
    assert texts(slack, DIRECT) == ["hello"]


@pytest.mark.parametrize("code", ["invalid_arguments", "view_too_large", "a_code_of_next_year"])
def test_a_home_that_is_refused_is_published_plainly(
    gateway: SlackGateway, slack: SlackSandbox, code: str
) -> None:
    made = []

    def view(text: str) -> dict[str, Any]:
        made.append(text)
        return {"type": "home", "blocks": [section(text)]}

    slack.faults.add(method="views.publish", kind="error", code=code, times=1)
    gateway.publish_home(ALICE, [lambda: view("best"), lambda: view("plain")], reserve=0)

    assert made == ["best", "plain"]
    assert "plain" in str(slack.home(ALICE))


def test_a_modal_without_a_plainer_one_is_refused(
    gateway: SlackGateway, slack: SlackSandbox
) -> None:
    slack.faults.add(method="views.open", kind="error", code="invalid_arguments", times=1)
    with pytest.raises(RefusedError, match="invalid_arguments"):
        gateway.open_modal("1.2.3", Modal({"type": "modal"}))
