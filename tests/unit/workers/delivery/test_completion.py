"""The one reply at the end of a run, and where it goes."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from odps_bot.runs import RunState
from odps_bot.slack.errors import UnreachableError
from odps_bot.slack.posts import Place
from odps_bot.store.preferences import NotifyStyle, Preferences
from workers.delivery.completion import deliver_completion


@pytest.fixture
def ended(services, make_run):
    """Return a function that delivers the completion of a run; returns when to try again."""

    def ended(*, notify=NotifyStyle.THREAD, **facts):
        run = make_run(**{"state": RunState.SUCCEEDED, "card_ts": "1.0", **facts})
        services.stores.runs.add(run)
        chosen = Preferences(notify=notify)
        services.stores.preferences = SimpleNamespace(get=lambda _team_id, _user_id: chosen)
        return deliver_completion("0a1b2c", services)

    return ended


def places(services):
    [(_, _, places, _)] = services.slack.gateway.posts
    return places


def test_the_thread_comes_before_the_channel_and_the_person(ended, services):
    assert ended() is None
    assert places(services) == (Place("C1", "1.0"), Place("C1"), Place("U1"))
    assert services.stores.runs.get("0a1b2c").completion_ts == "1.0"


def test_the_thread_in_which_it_was_requested_is_that_of_the_card(ended, services):
    ended(thread_ts="0.5")

    assert places(services)[0] == Place("C1", "0.5")


def test_where_the_card_was_refused_only_the_person_is_told(ended, services):
    ended(card_ts=None, is_card_refused=True)

    assert places(services) == (Place("U1"),)


def test_it_waits_five_seconds_for_the_card(ended, services):
    assert ended(card_ts=None) == timedelta(seconds=5)
    assert services.slack.gateway.posts == []


@pytest.mark.parametrize("facts", [{"state": RunState.RUNNING}, {"completion_ts": "2.0"}])
def test_it_comes_once_and_only_at_the_end(ended, services, facts):
    assert ended(**facts) is None
    assert services.slack.gateway.posts == []


class TestADirectMessage:
    def given(self, services):
        return services.stores.ephemeral_replies.given.get("end-0a1b2c")

    @pytest.mark.parametrize("notify", NotifyStyle)
    def test_comes_to_those_who_want_one(self, ended, services, notify):
        ended(notify=notify)

        assert (self.given(services) is not None) is (notify is NotifyStyle.DIRECT)

    def test_links_to_the_reply(self, ended, services):
        ended(notify=NotifyStyle.DIRECT)

        assert "https://slack.example/C1/1.0" in self.given(services)[0].text
        address = services.stores.ephemeral_replies.address("end-0a1b2c")
        assert (address.user_id, address.channel_id) == ("U1", "")

    def test_names_the_channel_where_there_is_no_link(self, ended, services):
        def fail(*_args):
            raise UnreachableError("chat.getPermalink", "no_response")

        services.slack.gateway.permalink = fail
        ended(notify=NotifyStyle.DIRECT)

        assert "<#C1>" in self.given(services)[0].text

    @pytest.mark.parametrize(
        "facts", [{"channel_id": "D1"}, {"card_ts": None, "is_card_refused": True}]
    )
    def test_does_not_repeat_what_was_said_directly(self, ended, services, facts):
        ended(notify=NotifyStyle.DIRECT, **facts)

        assert self.given(services) is None
