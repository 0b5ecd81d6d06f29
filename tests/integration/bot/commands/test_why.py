"""`/odps why`: what was typed leads to the job that is meant, or to all that have a finding."""

from typing import Any

import pytest

from odps_bot.runs import RunState

INSTANCE_ID = "20261122120001123gabcde"


def asked(person: Any, bot: Any, text: str) -> Any:
    """Return the inquiry that comes of a command."""
    person.types(text)
    interaction_id = person.requests[-1].interaction_id
    return bot.services.stores.ephemeral_replies.inquiry(interaction_id)


@pytest.mark.parametrize(
    "text",
    ["why r1", "why R1?", "why is r1 so slow?", "why did r1 take so long", "why `r1`", "why? r1"],
)
def test_a_run_is_meant_however_it_is_asked(alice: Any, bot: Any, text: str) -> None:
    alice.types("run --project analytics select 1")
    bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)

    inquiry = asked(alice, bot, text)

    assert (inquiry.wants, inquiry.project, inquiry.name) == ("why", "analytics", "r1")
    assert inquiry.instance_id == INSTANCE_ID


def test_an_instance_that_was_started_elsewhere_is_meant_by_its_id(alice: Any, bot: Any) -> None:
    inquiry = asked(alice, bot, f"why --project analytics {INSTANCE_ID}")

    assert (inquiry.wants, inquiry.project) == ("why", "analytics")


@pytest.mark.parametrize("text", ["why", "why is it slow?", "why are my jobs still queued"])
def test_without_an_id_all_that_have_a_finding_are_listed(alice: Any, bot: Any, text: str) -> None:
    inquiry = asked(alice, bot, text)

    assert inquiry.project == "sandbox"
    assert not hasattr(inquiry, "wants")


def test_the_project_of_the_list_can_be_chosen(alice: Any, bot: Any) -> None:
    assert asked(alice, bot, "why --project analytics").project == "analytics"


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (RunState.QUEUED, "Not in MaxCompute yet"),
        (RunState.AWAITING_DECISION, "submitted once somebody decides"),
        (RunState.REFUSED, "It never ran in MaxCompute"),
    ],
)
def test_a_run_without_an_instance_is_explained_at_once(
    alice: Any, bot: Any, state: RunState, says: str
) -> None:
    alice.types("run select 1")
    if state is not RunState.QUEUED:
        bot.bring(bot.newest_run(), state)

    assert says in alice.types("why r1").text
