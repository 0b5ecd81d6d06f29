"""`/odps` with nothing behind it: a short start with buttons."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from odps_bot.commands import START
from odps_bot.config.rules import Role, Rules
from odps_bot.input.request import Request
from odps_bot.messages import Message
from odps_bot.services import Services

MakePerson = Callable[..., Any]


def begin(person: Any, **facts: Any) -> Message:
    request = Request(
        **{
            "team_id": "T1",
            "channel_id": person.channel_id,
            "user_id": person.user_id,
            "trigger_id": "1",
            "app_id": "A1",
            **facts,
        }
    )
    answer = START.answer(request, person.services)
    assert isinstance(answer, Message)
    return answer


def labels(answer: Message) -> list[str]:
    return [element["text"]["text"] for element in answer.blocks[-1]["elements"]]


def test_the_start_is_short_and_has_a_button_for_each_way_on(alice: Any) -> None:
    alice.types("run select 1")

    answer = begin(alice)

    assert len(answer.text.splitlines()) <= 5
    assert "`/odps run SELECT …`" in answer.text
    assert "You have 1 active run." in answer.text
    assert labels(answer) == ["Run SQL", "My runs", "Home", "Help"]
    home = answer.blocks[-1]["elements"][2]
    assert home["url"] == "slack://app?team=T1&id=A1&tab=home"


def test_the_home_is_named_where_slack_does_not_say_which_app_it_is(alice: Any) -> None:
    answer = begin(alice, app_id="")

    assert labels(answer) == ["Run SQL", "My runs", "Help"]
    assert "my *Home* tab" in answer.text


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.NONE, ["Help"]),
        (Role.VIEWER, ["My runs", "Home", "Help"]),
        (Role.RUNNER, ["Run SQL", "My runs", "Home", "Help"]),
    ],
)
def test_the_start_offers_what_is_allowed(
    person: MakePerson, services: Services, role: Role, offered: list[str]
) -> None:
    somebody = replace(person(), services=replace(services, rules=Rules(default_role=role)))

    answer = begin(somebody)

    assert labels(answer) == offered
    assert ("`/odps run SELECT …`" in answer.text) == ("Run SQL" in offered)
    assert ("You have no role here." in answer.text) == (role is Role.NONE)


def test_in_the_thread_of_a_run_the_start_says_what_needs_no_id(alice: Any, bot: Any) -> None:
    alice.types("run select 1")
    bot.services.stores.runs.card_posted(bot.newest_run(), "17.1")

    answer = begin(alice, thread_ts="17.1")

    assert "In this thread, `/odps status` and `/odps stop` apply to run `r1`." in answer.text
