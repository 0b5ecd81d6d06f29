"""The reply to a person who acted goes by the outbox, and past a Redis that is gone at once."""

from typing import Any
from unittest.mock import Mock

import pytest
from redis.exceptions import RedisError

from odps_bot.commands import Request
from odps_bot.input.request import Surface
from odps_bot.listeners.respond import respond
from odps_bot.messages import Message

LOST = RedisError("lost")
CLICK = Request(
    team_id="T1",
    channel_id="C1",
    user_id="U1",
    trigger_id="1.2",
    response_url="https://hooks.slack.com/actions/1",
    surface=Surface.ACTION,
    answers_question=True,
)


@pytest.fixture
def services() -> Any:
    found = Mock()
    found.slack.installations = None
    return found


def replies(services: Any) -> list[Any]:
    return [call.args[0] for call in services.slack.gateway.reply_ephemeral.call_args_list]


def test_an_error_without_redis_leaves_the_question_with_its_buttons(services: Any) -> None:
    services.stores.ephemeral_replies.remember_address.side_effect = LOST

    respond(Message("I can't reach my database."), CLICK, services)

    [address] = replies(services)
    assert address.response_url == CLICK.response_url
    assert not address.replaces


def test_what_waits_in_the_outbox_is_not_said_twice_though_its_job_is_lost(services: Any) -> None:
    services.jobs.deliver.side_effect = LOST

    respond(Message("Stopping."), CLICK, services)

    services.stores.ephemeral_replies.give.assert_called_once()
    assert replies(services) == []
