"""Whoever clicks *Notify me* is mentioned at the end, as long as there is room."""

import pytest

from odps_bot.errors import CommandError
from odps_bot.input.request import Request
from odps_bot.interactions.notify_me import MOST_NOTIFIED, notify_me
from odps_bot.runs import RunState


@pytest.fixture
def clicked(services, make_run):
    """Return a function that clicks as somebody; returns the reply and who is mentioned."""

    def clicked(user_id="U2", **facts):
        run = make_run(**{"state": RunState.RUNNING, **facts})
        services.stores.runs.add(run)
        request = Request(team_id="T1", channel_id="C1", user_id=user_id)
        return notify_me(run, request, services).text, services.stores.runs.get("0a1b2c").notify

    return clicked


def test_the_card_shows_who_is_mentioned(clicked, services):
    assert clicked()[1] == ("U2",)
    assert services.stores.outbox.names == ["card:0a1b2c"]


@pytest.mark.parametrize(
    ("user_id", "facts", "says"),
    [
        ("U1", {}, "is yours"),
        ("U2", {"notify": ("U2",)}, "already be mentioned"),
        ("U2", {"state": RunState.FAILED}, "already ended"),
    ],
)
def test_what_changes_nothing_is_said(clicked, user_id, facts, says):
    text, notified = clicked(user_id, **facts)

    assert says in text
    assert notified == facts.get("notify", ())


def test_there_is_room_for_so_many_with_the_requester(clicked):
    others = tuple(f"U1{n:03}" for n in range(MOST_NOTIFIED - 2))

    assert len(clicked(notify=others)[1]) == MOST_NOTIFIED - 1
    with pytest.raises(CommandError, match="which is the limit"):
        clicked(notify=(*others, "U9999"))
