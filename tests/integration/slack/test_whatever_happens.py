"""A message is posted once, whatever becomes of the tries, by whichever of two processes."""

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from slack_sdk import WebClient

from odps_bot.messages import Message
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.errors import SlackError
from odps_bot.slack.gateway import SlackGateway
from odps_bot.slack.posts import Place, PostId
from odps_bot.slack.unsupported_blocks import UnsupportedBlocks
from odps_bot.store.audit import AuditTrail
from odps_bot.store.message_leases import MessageLeases
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import RateLimiter

CHANNEL, ALICE, DIRECT = "C0DATAENG1", "U0ALICE", "D0ALICEODPS"
END = PostId(kind=NotificationKind.COMPLETION, subject_id="0a1b2c")
HELLO = [Message("hello")]

#: What may become of one call of chat.postMessage.
CALLS = st.sampled_from(
    [
        {"kind": "drop_after"},
        {"kind": "drop_before"},
        {"kind": "http_500"},
        {"kind": "ratelimited"},
        {"kind": "error", "code": "is_archived"},
        {"kind": "error", "code": "a_code_of_next_year"},
    ]
)
#: One try: what becomes of its calls, when its process dies, and whether a search is limited.
TRIES = st.fixed_dictionaries(
    {
        "calls": st.lists(CALLS, max_size=3),
        "dies": st.sampled_from(["", "", "before", "after"]),
        "is_search_limited": st.booleans(),
        "is_lease_over": st.booleans(),
    }
)


class NotPaced(RateLimiter):
    """Grants everything: when it is granted is no matter here."""

    def take(self, *_: Any, **__: Any) -> None:
        return None


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackSandbox]:
    with SlackSandbox(limits_enabled=False, most_messages=15) as server, patch.dict(os.environ):
        os.environ["NO_PROXY"] = "127.0.0.1"
        yield server


@contextlib.contextmanager
def dying(when: str) -> Iterator[None]:
    """Let the process die right before or after the first post that Slack takes."""
    post = SlackMessages.post

    def die(self: SlackMessages, *arguments: Any, **options: Any) -> str:
        if when == "after":
            post(self, *arguments, **options)
        raise SystemExit

    with patch.object(SlackMessages, "post", die if when else post):
        yield


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tries=st.lists(TRIES, max_size=6), chatter=st.integers(0, 20))
def test_it_is_posted_once(
    tries: list[dict[str, Any]],
    chatter: int,
    redis: Redis,
    slack: SlackSandbox,
    let_leases_run_out: Callable[[], None],
) -> None:
    redis.flushall()
    slack.reset()
    begin = slack.say(ALICE, CHANNEL, "a thread").ts
    for number in range(chatter):
        slack.say(ALICE, CHANNEL, f"chat {number}", thread_ts=begin)
    client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    gateway = SlackGateway(
        client,
        client,
        leases=MessageLeases(redis),
        rate_limiter=NotPaced(redis),
        audit=AuditTrail(redis, keep=10),
        unsupported_blocks=UnsupportedBlocks(redis),
    )
    places = (Place(CHANNEL, begin), Place(CHANNEL), Place(ALICE))
    for one in tries:
        for fault in one["calls"]:
            slack.faults.add(method="chat.postMessage", **fault)
        if one["is_search_limited"]:
            for method in ("conversations.replies", "conversations.history"):
                slack.faults.add(method=method, kind="ratelimited")
        with contextlib.suppress(SlackError, SystemExit), dying(one["dies"]):
            gateway.post_once(END, HELLO, *places)
        slack.faults.clear()
        if one["is_lease_over"]:
            let_leases_run_out()

    for _ in range(3):
        let_leases_run_out()
        with contextlib.suppress(SlackError):
            posted = gateway.post_once(END, HELLO, *places)
    assert posted.place in places
    said = [m for channel in (CHANNEL, DIRECT) for m in slack.messages(channel)]
    assert [m["ts"] for m in said if m["text"] == "hello"] == [posted.ts]
