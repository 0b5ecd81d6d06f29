"""The gateway to Slack: paced, posted once, in a place and a rendering that Slack accepts."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

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
    UnsearchableError,
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


class NotingClient(WebClient):
    """Notes what it has searched, and where; `then` is done after the first page."""

    searches: list[dict[str, Any]]
    then: Callable[[], object] = staticmethod(lambda: None)

    def api_call(self, api_method: str, **arguments: Any) -> SlackResponse:
        answer = super().api_call(api_method, **arguments)
        if api_method in {"conversations.history", "conversations.replies"}:
            self.searches.append(arguments["params"])
            if len(self.searches) == 1:
                self.then()
        return answer


@pytest.fixture
def client(slack: SlackSandbox, monkeypatch: pytest.MonkeyPatch) -> NotingClient:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    client = NotingClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    client.searches = []
    return client


@pytest.fixture
def gateway_of(
    redis: Redis, client: NotingClient, rate_limiter: RateLimiter
) -> Callable[[str], SlackGateway]:

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


def leave_a_lease_of_version_0_2(redis: Redis) -> None:
    redis.set(keys.post_lease("card", "0a1b2c"), redis.time()[0], ex=60)


def calls(slack: SlackSandbox, method: str) -> list[dict[str, Any]]:
    return [entry for entry in slack.traffic() if entry["method"] == method]


def texts(slack: SlackSandbox, channel: str = CHANNEL) -> list[str]:
    return [m["text"] for m in slack.messages(channel) if m.get("bot_id")]


class TestPostOnce:
    def test_who_comes_too_early_waits_and_later_finds_the_message(
        self, gateway: SlackGateway, slack: SlackSandbox, let_leases_run_out: Callable[[], None]
    ) -> None:
        posted = gateway.post_once(CARD, HELLO, Place(CHANNEL))
        with pytest.raises(PostInProgressError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))
        let_leases_run_out()

        assert gateway.post_once(CARD, HELLO, Place(CHANNEL)) == posted
        assert texts(slack) == ["hello"]

    def test_a_message_whose_lease_was_lost_with_its_server_is_found_and_not_posted_again(
        self, gateway: SlackGateway, slack: SlackSandbox, redis: Redis
    ) -> None:
        posted = gateway.post_once(CARD, HELLO, Place(CHANNEL))
        redis.delete(keys.post_lease("card", "0a1b2c"))
        redis.set(keys.server(), "a managed one that has died")

        with pytest.raises(PostInProgressError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))
        life_ms, first_s = keys.failover.life_s * 1_000, redis.time()[0] - 5
        redis.set(keys.failover(), first_s, px=life_ms - 5_000)
        assert gateway.post_once(CARD, HELLO, Place(CHANNEL)) == posted
        assert texts(slack) == ["hello"]

    def test_what_was_accepted_after_a_failover_is_posted_without_a_search(
        self, gateway: SlackGateway, client: NotingClient, redis: Redis
    ) -> None:
        seconds = redis.time()[0]
        redis.set(keys.failover(), seconds - 2, px=keys.failover.life_s * 1_000)
        since = datetime.fromtimestamp(seconds, UTC)

        gateway.post_once(replace(CARD, since=since), HELLO, Place(CHANNEL))
        assert client.searches == []

    def test_who_comes_too_early_takes_no_post_from_the_channel(
        self, gateway: SlackGateway, rate_limiter: RateLimiter
    ) -> None:
        gateway.post_once(CARD, HELLO, Place(CHANNEL))
        for _ in range(9):
            with pytest.raises(PostInProgressError):
                gateway.post_once(CARD, HELLO, Place(CHANNEL))

        assert rate_limiter.left(post_message_limit(CHANNEL)) >= 4

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

    @pytest.mark.parametrize("refused", [0, 1, 2])
    def test_what_may_have_been_posted_is_found_in_its_place(
        self,
        gateway: SlackGateway,
        slack: SlackSandbox,
        let_leases_run_out: Callable[[], None],
        refused: int,
    ) -> None:
        begin = slack.say(ALICE, CHANNEL, "a thread").ts
        places = (Place(CHANNEL, begin), Place(CHANNEL), Place(ALICE))
        method = "chat.postMessage"
        slack.faults.add(method=method, kind="error", code="thread_locked", times=refused)
        slack.faults.add(method=method, kind="drop_after", times=1)
        with pytest.raises(UnreachableError):
            gateway.post_once(CARD, HELLO, *places)
        let_leases_run_out()

        assert gateway.post_once(CARD, HELLO, *places).place == places[refused]
        assert texts(slack) + texts(slack, DIRECT) == ["hello"]
        searches = ("conversations.replies", "conversations.history")
        assert sum(len(calls(slack, search)) for search in searches) == 1

    def test_what_may_have_been_posted_is_found_although_its_place_is_no_choice_any_more(
        self, gateway: SlackGateway, slack: SlackSandbox, let_leases_run_out: Callable[[], None]
    ) -> None:
        slack.faults.add(method="chat.postMessage", kind="drop_after", times=1)
        with pytest.raises(UnreachableError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))
        let_leases_run_out()

        assert gateway.post_once(CARD, HELLO, Place(ALICE)).place == Place(CHANNEL)
        assert texts(slack, DIRECT) == []

    def test_after_a_lost_response_it_is_searched_for_sooner_than_after_a_death(
        self, gateway: SlackGateway, slack: SlackSandbox, redis: Redis
    ) -> None:
        slack.faults.add(method="chat.postMessage", kind="drop_after", times=1)
        with pytest.raises(UnreachableError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))

        lease = json.loads(redis.get(keys.post_lease("card", "0a1b2c")) or "")
        assert lease["till"] == pytest.approx(redis.time()[0] + 20, abs=2)

    @pytest.mark.parametrize("most_messages", [None, 15])
    def test_what_may_have_been_posted_is_found_in_a_long_thread(
        self,
        gateway: SlackGateway,
        slack: SlackSandbox,
        client: NotingClient,
        redis: Redis,
        *,
        let_leases_run_out: Callable[[], None],
        most_messages: int | None,
    ) -> None:
        slack._workspace.most_messages = most_messages
        begin = slack.say(ALICE, CHANNEL, "a thread").ts
        for number in range(205):
            slack.say(ALICE, CHANNEL, f"chat {number}", thread_ts=begin)
        slack.faults.add(method="chat.postMessage", kind="drop_after", times=1)
        with pytest.raises(UnreachableError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL, begin))

        tries = [False]
        while not tries[-1]:
            let_leases_run_out()
            redis.delete(keys.rate_limit(post_message_limit(CHANNEL).name))
            with contextlib.suppress(PostInProgressError):
                tries.append(False)
                posted = gateway.post_once(CARD, HELLO, Place(CHANNEL, begin))
                tries.append(True)

        assert posted.place == Place(CHANNEL, begin)
        assert texts(slack) == ["hello"]
        # Each try goes on where the one before has stopped.
        assert tries.count(False) - 1 == (1 if most_messages is None else 5)
        assert len(client.searches) == (2 if most_messages is None else 14)

    def test_a_search_goes_on_where_slack_has_made_it_wait(
        self,
        gateway: SlackGateway,
        slack: SlackSandbox,
        client: NotingClient,
        let_leases_run_out: Callable[[], None],
    ) -> None:
        slack._workspace.most_messages = 15
        for number in range(20):
            slack.say(ALICE, CHANNEL, f"chat {number}")
        slack.faults.add(method="chat.postMessage", kind="drop_before", times=1)
        with pytest.raises(UnreachableError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))
        let_leases_run_out()
        client.then = lambda: slack.faults.add(method="conversations.history", kind="ratelimited")
        with pytest.raises(RateLimitedError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))
        assert texts(slack) == []
        gateway.post_once(CARD, HELLO, Place(CHANNEL))

        assert texts(slack) == ["hello"]
        assert ["cursor" in search for search in client.searches] == [False, True]

    def test_what_was_said_around_the_first_try_is_searched(
        self,
        gateway: SlackGateway,
        slack: SlackSandbox,
        client: NotingClient,
        let_leases_run_out: Callable[[], None],
    ) -> None:
        slack.faults.add(method="chat.postMessage", kind="drop_after", times=1)
        with pytest.raises(UnreachableError):
            gateway.post_once(CARD, HELLO, Place(CHANNEL))
        let_leases_run_out()
        ts = gateway.post_once(CARD, HELLO, Place(CHANNEL)).ts

        [search] = client.searches
        assert float(ts) - float(search["oldest"]) == pytest.approx(120, abs=5)
        assert float(search["latest"]) - float(ts) == pytest.approx(165, abs=5)

    @pytest.mark.parametrize("scope", ["im:write", "im:history"])
    def test_where_slack_lets_nobody_look_it_is_posted_once_more_and_no_oftener(
        self,
        gateway: SlackGateway,
        slack: SlackSandbox,
        let_leases_run_out: Callable[[], None],
        scope: str,
    ) -> None:
        app = slack._workspace.app
        slack._workspace.app = replace(app, scopes=tuple(s for s in app.scopes if s != scope))
        slack.faults.add(method="chat.postMessage", kind="drop_after", times=5)
        for _ in range(2):
            with pytest.raises(UnreachableError):
                gateway.post_once(CARD, HELLO, Place(ALICE))
            let_leases_run_out()
        for _ in range(2):
            with pytest.raises(UnsearchableError, match="missing_scope"):
                gateway.post_once(CARD, HELLO, Place(ALICE), Place(CHANNEL))
            let_leases_run_out()

        assert texts(slack, DIRECT) == ["hello"] * 2
        assert texts(slack) == []

    def test_what_version_0_2_may_have_posted_is_found_in_any_place(
        self, gateway: SlackGateway, slack: SlackSandbox, redis: Redis
    ) -> None:
        begin = slack.say(ALICE, CHANNEL, "a thread").ts
        places = (Place(CHANNEL, begin), Place(CHANNEL), Place(ALICE))
        gateway.post_once(CARD, HELLO, places[2])
        leave_a_lease_of_version_0_2(redis)

        assert gateway.post_once(CARD, HELLO, *places).place == places[2]
        assert texts(slack) == []

    def test_nothing_is_posted_where_it_may_be_already_until_that_is_known(
        self, gateway: SlackGateway, slack: SlackSandbox, redis: Redis
    ) -> None:
        slack.faults.add(method="conversations.history", kind="ratelimited", times=1)
        leave_a_lease_of_version_0_2(redis)
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
        leave_a_lease_of_version_0_2(redis)
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
    assert texts(slack, DIRECT) == [f"In <#{CHANNEL}>: hello"]


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
