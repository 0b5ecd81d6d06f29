"""Who belongs to us, by what Slack's payloads name: an external person never passes.

Ours are the workspace `T1` and, in an Enterprise organization, `E1` with `T1` and `T2`. `T9` and
`E9` are those of others, met in channels that are shared by Slack Connect.
"""

from typing import Any

import pytest
from slack_bolt import BoltContext
from slack_bolt.authorization import AuthorizeResult

from odps_bot.listeners.actor import Membership, actor_of

MEMBER, EXTERNAL, UNKNOWN = Membership.MEMBER, Membership.EXTERNAL, Membership.UNKNOWN


def installed(team_id: str | None = "T1", enterprise_id: str | None = None) -> BoltContext:
    who = AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-1")
    return BoltContext({"authorize_result": who})


ALONE, IN_E1 = installed(), installed(enterprise_id="E1")
FOR_ALL_OF_E1 = installed(team_id="E1", enterprise_id="E1")


def command(team: str, organization: str | None = None) -> dict[str, Any]:
    return {"command": "/odps", "team_id": team, "enterprise_id": organization, "user_id": "U1"}


def event(
    team: str | None = "T1",
    *,
    user_team: str | None = None,
    named: str = "T1",
    organization: str | None = None,
    shared: bool | None = None,
) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": named,
        "enterprise_id": organization,
        "is_ext_shared_channel": shared,
        "event": {"type": "app_mention", "user": "U1", "team": team, "user_team": user_team},
    }


def interaction(
    team: str | None, home: str | None, organization: str | None = None, kind: str = "block_actions"
) -> dict[str, Any]:
    return {
        "type": kind,
        "team": None if team is None else {"id": team, "domain": "x"},
        "enterprise": None if organization is None else {"id": organization, "name": "x"},
        "user": {"id": "U1", "team_id": home},
    }


MATRIX = [
    # A workspace that belongs to no organization.
    ("a command of ours", command("T1"), ALONE, MEMBER),
    ("a command elsewhere", command("T9"), ALONE, EXTERNAL),
    ("a command in an organization", command("T9", "E9"), ALONE, EXTERNAL),
    ("a mention of ours", event("T1"), ALONE, MEMBER),
    ("a mention, shared", event("T1", shared=True), ALONE, MEMBER),
    ("a mention by Connect", event("T9", shared=True), ALONE, EXTERNAL),
    ("a mention by Connect, ours named", event("T1", user_team="T9"), ALONE, EXTERNAL),
    ("a mention by Connect, unflagged", event("T9", shared=False), ALONE, EXTERNAL),
    ("a mention by an organization", event("T1", user_team="E9", shared=True), ALONE, EXTERNAL),
    ("a mention heard for them", event("T9", named="T9", shared=True), ALONE, EXTERNAL),
    # Messages with files may lack what says whose they are.
    ("a mention of nobody", event(None), ALONE, MEMBER),
    ("a mention of nobody, not shared", event(None, shared=False), ALONE, MEMBER),
    ("a mention of nobody, shared", event(None, shared=True), ALONE, UNKNOWN),
    ("a mention of nobody, elsewhere", event(None, named="T9", shared=True), ALONE, EXTERNAL),
    ("a click of ours", interaction("T1", "T1"), ALONE, MEMBER),
    ("a click without a home", interaction("T1", None), ALONE, MEMBER),
    ("a click by Connect", interaction("T1", "T9"), ALONE, EXTERNAL),
    ("a click by an organization", interaction("T1", "E9"), ALONE, EXTERNAL),
    ("a click elsewhere", interaction("T9", "T9"), ALONE, EXTERNAL),
    ("a click elsewhere, no home", interaction("T9", None), ALONE, EXTERNAL),
    ("a click of nobody", interaction(None, None), ALONE, EXTERNAL),
    ("a modal by Connect", interaction("T9", "T9", kind="view_submission"), ALONE, EXTERNAL),
    (
        "a modal of ours, by Connect",
        interaction("T1", "T9", kind="view_submission"),
        ALONE,
        EXTERNAL,
    ),
    # One of the workspaces of an organization.
    ("a command in E1, T1", command("T1", "E1"), IN_E1, MEMBER),
    ("a command in E1, T2", command("T2", "E1"), IN_E1, MEMBER),
    ("a command in E1, no organization", command("T2"), IN_E1, EXTERNAL),
    ("a command of E9", command("T9", "E9"), IN_E1, EXTERNAL),
    ("a mention in E1", event("T1", organization="E1", shared=False), IN_E1, MEMBER),
    ("a mention of E1 itself", event("E1", organization="E1"), IN_E1, MEMBER),
    ("a mention of E1, user_team", event("T2", user_team="E1", shared=True), IN_E1, MEMBER),
    ("a mention of T2, not shared", event("T2", organization="E1", shared=False), IN_E1, MEMBER),
    ("a mention of T2, heard there", event("T2", named="T2", organization="E1"), IN_E1, MEMBER),
    ("a mention of T2, shared", event("T2", organization="E1", shared=True), IN_E1, UNKNOWN),
    ("a mention of T2, unflagged", event("T2", organization="E1"), IN_E1, UNKNOWN),
    ("a mention of nobody, E1", event(None, organization="E1", shared=True), IN_E1, UNKNOWN),
    ("a mention by T9", event("T9", organization="E1", shared=True), IN_E1, UNKNOWN),
    ("a mention by E9", event("E9", organization="E1", shared=True), IN_E1, EXTERNAL),
    ("a mention by E9, user_team", event("T1", user_team="E9", shared=True), IN_E1, EXTERNAL),
    ("a mention by E9, unflagged", event("T9", user_team="E9", shared=False), IN_E1, EXTERNAL),
    ("a mention heard for E9", event("T9", named="T9", organization="E9"), IN_E1, EXTERNAL),
    ("a click in E1", interaction("T1", "T1", "E1"), IN_E1, MEMBER),
    ("a click of E1 itself", interaction("T1", "E1", "E1"), IN_E1, MEMBER),
    ("a click in T2", interaction("T2", "T2", "E1"), IN_E1, MEMBER),
    # A colleague whose home is T2, or somebody of T9: Slack sends the same.
    ("a click in T1 of T2", interaction("T1", "T2", "E1"), IN_E1, UNKNOWN),
    ("a click in T1 of T9", interaction("T1", "T9", "E1"), IN_E1, UNKNOWN),
    ("a click of E9", interaction("T1", "E9", "E1"), IN_E1, EXTERNAL),
    ("a click in T9", interaction("T9", "T9", "E9"), IN_E1, EXTERNAL),
    ("a click in T9, no organization", interaction("T9", "T9"), IN_E1, EXTERNAL),
    ("a click in no workspace", interaction(None, "T2", "E1"), IN_E1, UNKNOWN),
    ("a click of nobody in E1", interaction(None, None, "E1"), IN_E1, UNKNOWN),
    ("a click of nobody in E9", interaction(None, None, "E9"), IN_E1, EXTERNAL),
    # A modal names where the person acts, whoever has the app.
    ("a modal of T2 in T1", interaction("T1", "T2", "E1", "view_submission"), IN_E1, MEMBER),
    ("a modal of T2 in T2", interaction("T2", "T2", "E1", "view_submission"), IN_E1, MEMBER),
    ("a modal in T9", interaction("T9", "T9", "E9", "view_submission"), IN_E1, EXTERNAL),
    ("a modal in T9, alone", interaction("T9", "T9", None, "view_submission"), IN_E1, EXTERNAL),
    ("a global shortcut of T2", interaction("T1", "T2", "E1", "shortcut"), IN_E1, MEMBER),
    ("a global shortcut in T9", interaction("T9", "T9", "E9", "shortcut"), IN_E1, EXTERNAL),
    ("a message shortcut of T2", interaction("T1", "T2", "E1", "message_action"), IN_E1, UNKNOWN),
    # The app is installed for the whole organization.
    ("a command, for all", command("T2", "E1"), FOR_ALL_OF_E1, MEMBER),
    ("a command of E9, for all", command("T9", "E9"), FOR_ALL_OF_E1, EXTERNAL),
    ("a click, for all", interaction("T2", "T2", "E1"), FOR_ALL_OF_E1, MEMBER),
    ("a click of E1, for all", interaction(None, "E1", "E1"), FOR_ALL_OF_E1, MEMBER),
    ("a click of T9, for all", interaction(None, "T9", "E1"), FOR_ALL_OF_E1, UNKNOWN),
    ("a click of E9, for all", interaction(None, "E9", "E1"), FOR_ALL_OF_E1, EXTERNAL),
]


@pytest.mark.parametrize(
    ("body", "context", "expected"), [case[1:] for case in MATRIX], ids=[case[0] for case in MATRIX]
)
def test_who_belongs_to_us(
    body: dict[str, Any], context: BoltContext, expected: Membership
) -> None:
    event = body.get("event") or {}

    actor = actor_of(body, context, user_team=event.get("user_team") or event.get("team"))

    assert actor.membership is expected
    assert actor.is_external is (expected is not MEMBER)


@pytest.mark.parametrize("odd", [None, "", 0, [], {}, {"id": None}, {"id": []}, ["T1"], True])
@pytest.mark.parametrize("name", ["team", "enterprise", "user", "team_id", "enterprise_id"])
def test_what_is_no_id_makes_nobody_a_member_and_is_no_error(name: str, odd: Any) -> None:
    body = interaction("T9", "T9", "E9") | {name: odd}

    assert actor_of(body, IN_E1).is_external
    assert actor_of(body, ALONE).is_external
