"""A run's name as people read it: a link to its card wherever there is one."""

from collections.abc import Callable

import pytest

from odps_bot.messages.denials import belongs_elsewhere
from odps_bot.messages.run_link import link_for_others, name_link, run_link
from odps_bot.runs import Run

ACME = "https://acme.slack.com"
POSTED = "1732276800.000100"


def test_the_name_of_a_run_with_a_card_links_to_it(make_run: Callable[..., Run]) -> None:
    run = make_run(name="r42", channel_id="C1", card_ts=POSTED, workspace_url=ACME)

    assert run_link(run) == "<https://acme.slack.com/archives/C1/p1732276800000100|r42>"


def test_the_link_to_a_card_in_a_thread_opens_the_thread(make_run: Callable[..., Run]) -> None:
    run = make_run(
        name="r42",
        channel_id="C1",
        thread_ts="1732276000.000200",
        card_ts=POSTED,
        workspace_url=ACME,
    )

    assert run_link(run) == (
        "<https://acme.slack.com/archives/C1/p1732276800000100"
        "?thread_ts=1732276000.000200&amp;cid=C1|r42>"
    )


def test_cards_in_direct_messages_are_linked_too(make_run: Callable[..., Run]) -> None:
    run = make_run(name="r42", channel_id="D1", card_ts=POSTED, workspace_url=ACME)

    assert run_link(run) == "<https://acme.slack.com/archives/D1/p1732276800000100|r42>"


def test_others_do_not_learn_from_a_link_that_it_was_a_direct_message(
    make_run: Callable[..., Run],
) -> None:
    run = make_run(name="r42", channel_id="D1", card_ts=POSTED, workspace_url=ACME)
    in_channel = make_run(name="r42", channel_id="C1", card_ts=POSTED, workspace_url=ACME)

    assert link_for_others(run) == "*r42*"
    assert link_for_others(in_channel) == run_link(in_channel)
    assert "D1" not in belongs_elsewhere(run, "r42")


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"card_ts": None, "workspace_url": ACME}, id="no card yet"),
        pytest.param({"card_ts": None, "gone_cards": (POSTED,)}, id="the card was deleted"),
        pytest.param({"card_ts": POSTED, "workspace_url": ""}, id="a record of an older version"),
        pytest.param(
            {"card_ts": POSTED, "workspace_url": ACME, "channel_id": "U1"}, id="posted to a person"
        ),
    ],
)
def test_without_the_address_of_a_card_the_name_is_plain(
    make_run: Callable[..., Run], facts: dict[str, object]
) -> None:
    assert run_link(make_run(name="r42", **facts)) == "*r42*"


def test_nothing_foreign_ends_the_link() -> None:
    assert name_link("r<1>", "https://a|b>c") == "<https://a|b&gt;c|r&lt;1&gt;>"
