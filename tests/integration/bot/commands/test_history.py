"""`/odps history`: how long a job usually takes, from what is kept of its successes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from odps_bot.errors import DeniedError
from odps_bot.history.past_run import PastRun, statement_of
from odps_bot.messages import Message
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.runs import RunState

INSTANCE_ID = "20261122120001123gabcde"
SQL = "select a from t where b = 5"

MakePerson = Callable[..., Any]


@pytest.fixture
def remember(bot: Any) -> Callable[[int], None]:
    """Return a function that lets the statement have run so often."""

    def remember(count: int) -> None:
        now: datetime = bot.services.clock()
        for n in range(count):
            past = PastRun(f"i{n}", int(now.timestamp()) - 86_400 * n, 720.0 + n, wait_s=10.0)
            bot.services.stores.history.add("sandbox", statement_of(SQL), past, now=now)

    return remember


def given(person: Any, bot: Any) -> list[Message]:
    """Return the forms of the private answer that waits for the person."""
    interaction_id = person.requests[-1].interaction_id
    assert f"ephemeral:{interaction_id}" in bot.told()
    forms: list[Message] = bot.services.stores.ephemeral_replies.answer(interaction_id)
    return forms


@pytest.mark.parametrize("identifier", ["r1", INSTANCE_ID])
def test_a_run_is_compared_with_runs_of_its_statement_with_other_values(
    alice: Any, bot: Any, remember: Callable[[int], None], identifier: str
) -> None:
    remember(20)
    alice.types("run select a from t where b = 17")
    bot.bring(bot.newest_run(), RunState.SUCCEEDED, instance_id=INSTANCE_ID)
    bot.told()
    alice.types(f"history {identifier}")

    best, *plainer = given(alice, bot)
    assert "usually *12 min*" in best.text
    assert "(20 runs)" in best.text
    assert [block["type"] for block in best.blocks].count("data_visualization") == 1
    assert "data_table" in {block["type"] for block in best.blocks}
    assert len(plainer) == 3


def test_a_statement_that_never_ran_is_told_so(alice: Any, bot: Any) -> None:
    alice.types("run select something from new")
    bot.told()
    alice.types("history r1")

    assert "no earlier runs" in given(alice, bot)[0].text


def test_without_an_id_runs_are_offered(alice: Any) -> None:
    alice.types(f"run {SQL}")
    answer = alice.types("history")

    assert "Which run's history" in answer.text
    assert "show_history" in str(answer.blocks)


def test_an_instance_that_nobody_follows_is_asked_about(alice: Any, bot: Any) -> None:
    alice.types(f"history {INSTANCE_ID}")

    replies = bot.services.stores.ephemeral_replies
    inquiry = replies.inquiry(alice.requests[-1].interaction_id)
    assert isinstance(inquiry, InstanceInquiry)
    assert (inquiry.wants, inquiry.instance_id) == ("history", INSTANCE_ID)


def test_the_runs_of_another_channel_are_its_own(alice: Any, person: MakePerson, bot: Any) -> None:
    alice.types(f"run {SQL}")
    bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)
    bob = person(user_id="U2", channel_id="C2")

    with pytest.raises(DeniedError):
        bob.types(f"history {INSTANCE_ID}")
