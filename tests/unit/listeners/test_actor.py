"""Who acts, and where, is read off Slack's payloads; external people are told apart."""

from typing import Any

import pytest
from slack_bolt import BoltContext
from slack_bolt.authorization import AuthorizeResult

from odps_bot.commands import Request
from odps_bot.input.slack_message.written import read_written
from odps_bot.listeners import commands, shortcuts
from odps_bot.listeners.actions import action_request
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.events import mentions
from odps_bot.listeners.events.incoming_message import Self, read_message
from odps_bot.listeners.views import view_request
from odps_bot.listeners.views.run_modal import read_modal

HOME, AWAY = "T1", "T2"


def a_context(enterprise_id: str | None = None) -> BoltContext:
    who = AuthorizeResult(enterprise_id=enterprise_id, team_id=HOME, bot_token="xoxb-1")
    return BoltContext({"authorize_result": who})


def an_event(**facts: Any) -> dict[str, Any]:
    event = {"type": "app_mention", "channel": "C1", "user": "U1", "text": "<@UBOT> help"}
    return {
        "team_id": HOME,
        "event_id": "Ev1",
        "event": event | facts,
        "authorizations": [{"team_id": HOME, "user_id": "UBOT"}],
    }


def mention_request(body: dict[str, Any], context: BoltContext) -> Request:
    ours = Self(user_id="UBOT", bot_id="BBOT")
    return mentions._request(body, context, read_message(body["event"], ours))


def an_interaction(**facts: Any) -> dict[str, Any]:
    usual = {
        "team": {"id": HOME},
        "user": {"id": "U1", "team_id": HOME},
        "trigger_id": "1.2.3",
        "view": {"id": "V1"},
    }
    return usual | facts


@pytest.mark.parametrize(
    ("facts", "is_external"),
    [
        ({}, False),
        ({"team": HOME}, False),
        ({"team": HOME, "user_team": HOME}, False),
        ({"team": AWAY}, True),
        ({"team": HOME, "user_team": AWAY}, True),
    ],
)
def test_people_of_other_workspaces_are_external_in_mentions(
    facts: dict[str, str], is_external: bool
) -> None:
    request = mention_request(an_event(**facts), a_context())

    assert request.is_external is is_external
    assert (request.team_id, request.user_id, request.channel_id) == (HOME, "U1", "C1")


def test_our_own_team_is_that_of_the_installation_not_of_who_speaks() -> None:
    request = mention_request(an_event(team=AWAY) | {"team_id": AWAY}, a_context())

    assert request.team_id == HOME
    assert request.is_external


def test_a_mention_in_a_thread_is_a_request_there_and_repeated_ones_are_the_same() -> None:
    first = mention_request(an_event(thread_ts="1.2"), a_context())
    again = mention_request(an_event(thread_ts="1.2"), a_context())
    other = mention_request(an_event(thread_ts="1.2") | {"event_id": "Ev2"}, a_context())

    assert first.thread_ts == "1.2"
    assert first.interaction_id == again.interaction_id != other.interaction_id


@pytest.mark.parametrize("read", [shortcuts._request, view_request, action_request])
@pytest.mark.parametrize(
    "facts",
    [
        {"user": {"id": "U1", "team_id": AWAY}},
        {"user": {"id": "U1", "team_id": AWAY}, "team": {"id": AWAY}},
        {"user": {"id": "U1"}, "team": {"id": AWAY}},
        {"user": {"id": "U1"}, "team": None},
    ],
)
def test_people_of_other_workspaces_are_external_wherever_they_click(
    read: Any, facts: dict[str, Any]
) -> None:
    ours = read(an_interaction(), a_context())
    theirs = read(an_interaction(**facts), a_context())

    assert not ours.is_external
    assert theirs.is_external
    assert ours.team_id == theirs.team_id == HOME


@pytest.mark.parametrize(("team_id", "is_external"), [(HOME, False), (AWAY, True)])
def test_people_of_other_workspaces_are_external_in_commands(
    team_id: str, is_external: bool
) -> None:
    body = {"channel_id": "C1", "user_id": "U1", "trigger_id": "1.2.3", "response_url": "https://"}
    request = commands._request(body | {"team_id": team_id}, a_context())

    assert (request.team_id, request.is_external) == (HOME, is_external)


def test_workspaces_of_one_organisation_are_not_external() -> None:
    context = a_context("E1")
    colleague = {"team_id": AWAY, "enterprise_id": "E1"}
    outsider = {"team_id": AWAY, "enterprise_id": "E2"}
    guest = {"team": {"id": HOME}, "enterprise": {"id": "E1"}, "user": {"team_id": AWAY}}

    assert not actor_of(colleague, context).is_external
    assert actor_of(outsider, context).is_external
    assert actor_of(guest, context).is_external
    assert actor_of({"team_id": AWAY}, a_context()).is_external


def test_a_shortcut_of_a_reply_is_one_in_its_thread_and_of_a_parent_is_not() -> None:
    reply = an_interaction(message={"ts": "2.0", "thread_ts": "1.0"}, channel={"id": "C1"})
    parent = an_interaction(message={"ts": "1.0", "thread_ts": "1.0"}, channel={"id": "C1"})
    alone = an_interaction(message={"ts": "1.0"}, channel={"id": "C1"})

    assert shortcuts._request(reply, a_context()).thread_ts == "1.0"
    assert shortcuts._request(parent, a_context()).thread_ts is None
    assert shortcuts._request(alone, a_context()).thread_ts is None


def test_a_submission_is_known_by_its_modal_however_often_it_arrives() -> None:
    first = view_request(an_interaction(), a_context())
    again = view_request(an_interaction(trigger_id="9"), a_context())

    assert first.interaction_id == again.interaction_id


@pytest.mark.parametrize(
    "metadata",
    [
        "nonsense",
        "[]",
        '{"channel_id": "C1", "more": 1}',
        '{"channel_id": "<!channel>"}',
        '{"channel_id": "../C1"}',
        '{"channel_id": "C1", "thread_ts": "now"}',
        '{"draft_id": "../../run:1"}',
        '{"draft_id": 1}',
    ],
)
def test_the_metadata_of_a_modal_is_read_strictly(metadata: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_modal({"private_metadata": metadata})


def test_a_modal_without_a_state_is_empty() -> None:
    modal = read_modal({})

    assert (modal.sql, modal.file, modal.project, modal.is_estimate) == ("", None, "", False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@UBOT> help", "help"),
        ("<@UBOT>: help", "help"),
        ("<@UBOT> <@UBOT>, help", "help"),
        ("help <@UBOT>", "help"),
        ("<@UBOT|odps> help", "help"),
        ("<@UBOT>", ""),
        ("<@UBOT> run select 1 -- <@U2>", "run select 1 -- <@U2>"),
        ("<@U2> help", "<@U2> help"),
        ("<@UBOT> run a &lt; b", "run a < b"),
    ],
)
def test_our_own_mention_around_a_command_is_left_out(text: str, said: str) -> None:
    assert read_written({"text": text}, own_id="UBOT").without_mentions("UBOT").text == said
