"""`/odps status`: answered from the records."""

from collections.abc import Callable
from typing import Any

import pytest

from odps_bot.runs import RunState

INSTANCE_ID = "20261122120001123gabcde"

MakePerson = Callable[..., Any]


def test_status_without_an_id_lists_mine_and_this_channels(alice: Any, person: MakePerson) -> None:
    alice.types("run select 'mine'")
    person(user_id="U2").types("run select 'of this channel'")
    person(user_id="U2", channel_id="C2").types("run select 'of neither'")

    shown = alice.reads("status")

    assert "select 'mine'" in shown
    assert "select 'of this channel'" in shown
    assert "select 'of neither'" not in shown


def test_status_before_anything_says_how_to_start(alice: Any) -> None:
    assert "`/odps run" in alice.reads("status")


@pytest.mark.parametrize("identifier", ["r1", "R1", "`r1`", '"r1"', INSTANCE_ID])
def test_status_of_a_run_is_its_card(alice: Any, bot: Any, identifier: str) -> None:
    alice.types("run select 1")
    bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)

    answer = alice.types(f"status {identifier}")

    assert answer.text.startswith("Queued: run r1 in sandbox")
    assert "odps-bot:inquiry" not in str(bot.redis.keys())


def test_status_of_an_instance_that_is_not_ours_is_asked_for(alice: Any, bot: Any) -> None:
    shown = alice.reads(f"status {INSTANCE_ID}")

    ask_id = alice.requests[0].ask_id
    inquiry = bot.services.private_answers.inquiry(ask_id)
    assert "Asking MaxCompute" in shown
    assert bot.told() == [f"inquiry:{ask_id}"]
    assert inquiry is not None
    assert (inquiry.wants, inquiry.instance_id, inquiry.project) == (
        "status",
        INSTANCE_ID,
        "sandbox",
    )
    assert (
        bot.services.private_answers.address(ask_id).response_url
        == "https://hooks.slack.com/commands/0"
    )
