"""What Slack leaves out, or sends as null, beside what is needed fails no request."""

from typing import Any

import msgspec
import pytest
from slack_bolt import BoltContext

from odps_bot.commands import Request
from odps_bot.listeners import commands, shortcuts
from odps_bot.listeners.actions import action_request, click_id
from odps_bot.listeners.events.incoming_message import Reason, Self, read_message
from odps_bot.messages.run.buttons import STOP_RUN
from odps_bot.replies.ephemeral_replies import Address

WHO = {"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}, "trigger_id": "1.2"}
CLICK = WHO | {"type": "block_actions", "actions": [{"action_id": STOP_RUN, "action_ts": "1.0"}]}
ODD: tuple[Any, ...] = (None, [], "x", 0)


def is_answered(request: Request) -> bool:
    """Return whether the address of the answer is readable again."""
    address = request.address
    return msgspec.json.decode(msgspec.json.encode(address), type=Address) == address


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("key", ["container", "channel"])
def test_a_click(key: str, odd: Any) -> None:
    body = CLICK | {"container": {"type": "view"}, "response_url": None, key: odd}
    request = action_request(body, BoltContext({}))

    assert (request.user_id, request.channel_id) == ("U1", "")
    assert is_answered(request)
    assert click_id(body, request)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("key", ["message", "channel"])
def test_a_shortcut(key: str, odd: Any) -> None:
    body = WHO | {"type": "message_action", "response_url": None, key: odd}
    request = shortcuts._request(body, BoltContext({}))

    assert (request.user_id, request.channel_id, request.thread_ts) == ("U1", "", None)
    assert is_answered(request)


@pytest.mark.parametrize("urls", [{}, {"response_url": None}])
def test_a_command(urls: dict[str, Any]) -> None:
    body = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "trigger_id": "1.2", **urls}

    assert is_answered(commands._request(body, BoltContext({})))


@pytest.mark.parametrize("odd", [None, "", [], {"id": "C1"}, 0])
@pytest.mark.parametrize("key", ["channel", "user"])
def test_a_mention_that_says_neither_where_nor_by_whom_is_passed_over(key: str, odd: Any) -> None:
    event = {"type": "app_mention", "channel": "C1", "user": "U1", "ts": "1.2", "text": "x"}

    found = read_message(event | {key: odd}, Self(user_id="U0", bot_id="B0"))

    assert found.ignored is Reason.INCOMPLETE
