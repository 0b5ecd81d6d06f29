"""`/odps logview`: for the one who asked."""

from collections.abc import Callable
from typing import Any

import pytest

from odps_bot.errors import CommandError
from odps_bot.messages import Message
from odps_bot.runs import RunState

INSTANCE_ID = "20261122120001123gabcde"

MakePerson = Callable[..., Any]


def buttons(answer: Message) -> list[str]:
    return [block["accessory"]["value"] for block in answer.blocks if "accessory" in block]


def test_a_logview_link_is_asked_for_and_comes_to_the_one_who_asked(
    alice: Any, person: MakePerson, bot: Any
) -> None:
    alice.types("run --project analytics select 1")
    bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)
    bot.told()
    bob = person(user_id="U2")

    bob.types("logview r1")

    interaction_id = bob.requests[0].interaction_id
    inquiry = bot.services.stores.ephemeral_replies.inquiry(interaction_id)
    assert inquiry is not None
    assert (inquiry.wants, inquiry.project, inquiry.name) == ("logview", "analytics", "r1")
    assert (
        bot.services.stores.ephemeral_replies.address(interaction_id).response_url
        == bob.requests[0].response_url
    )


def test_a_run_without_an_instance_has_no_logview(alice: Any, bot: Any) -> None:
    alice.types("run select 1")

    with pytest.raises(CommandError, match=r"has no instance yet. Try again in a moment"):
        alice.types("logview r1")
    bot.bring(bot.newest_run(), RunState.REFUSED)
    with pytest.raises(CommandError, match=r"has no instance\.$"):
        alice.types("logview r1")


def test_logview_without_an_id_offers_the_runs_that_have_one(alice: Any, bot: Any) -> None:
    alice.types("run select 1")
    taken = bot.bring(bot.newest_run(), RunState.FAILED, instance_id=INSTANCE_ID)
    alice.types("run select 2")

    answer = alice.types("logview")

    assert buttons(answer) == [taken.run_id]
