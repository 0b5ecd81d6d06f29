"""External people, guests, deactivated people and user groups."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackApp, SlackSandbox

from .conftest import Link

SHARED = "C0SHAREDAC"
HOME, ACME = "T0SANDBOX1", "T0ACMECORP"


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(SlackApiError) as error:
        call()
    return str(error.value.response["error"])


def test_payloads_have_the_persons_team_and_bolt_finds_our_workspace(link: Link) -> None:
    received: list[tuple[str, dict[str, Any], str]] = []

    def note(kind: str) -> Callable[..., None]:
        def heard(ack: Any, body: dict[str, Any], context: Any) -> None:
            ack()
            received.append((kind, body, context.actor_team_id))

        return heard

    link.app.command("/odps")(note("command"))
    link.app.shortcut("run_this")(note("shortcut"))
    link.app.event("app_mention")(note("event"))
    link.connect()
    ts = link.slack.say("dana", SHARED, "select 1").ts
    assert ts is not None
    link.slack.say("dana", SHARED, "/odps status")
    link.slack.message_shortcut("dana", "run_this", SHARED, ts)
    link.slack.say("dana", SHARED, "@odps status")
    link.slack.wait_until(lambda: len(received) == 3)

    command, shortcut, event = (body for _, body, _ in received)
    assert [team for _, _, team in received] == [ACME] * 3
    assert (command["team_id"], command["user_id"]) == (ACME, "U0DANA")
    assert (shortcut["team"]["id"], shortcut["user"]["team_id"]) == (ACME, ACME)
    assert (event["team_id"], event["event"]["user_team"]) == (ACME, ACME)
    assert event["authorizations"][0]["team_id"] == HOME
    assert event["is_ext_shared_channel"] is True


def test_our_own_people_keep_our_team_in_a_shared_channel(link: Link) -> None:
    received: list[dict[str, Any]] = []

    @link.app.event("app_mention")
    def mention(body: dict[str, Any]) -> None:
        received.append(body)

    link.connect()
    link.slack.say("alice", SHARED, "@odps hello")
    link.slack.wait_until(lambda: received)

    (body,) = received
    assert (body["team_id"], body["event"]["user_team"]) == (HOME, HOME)
    assert body["is_ext_shared_channel"] is True


def test_a_view_of_an_external_person_names_both_workspaces(link: Link) -> None:
    @link.app.command("/odps")
    def odps(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        title = {"type": "plain_text", "text": "Run"}
        view = {"type": "modal", "title": title, "blocks": [{"type": "divider"}]}
        client.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    link.connect()
    link.slack.say("hiro", SHARED, "/odps run")

    (view,) = link.slack.views("hiro")
    assert (view["team_id"], view["app_installed_team_id"]) == (ACME, HOME)


def test_external_people_and_guests_see_only_their_channels(slack: SlackSandbox) -> None:
    assert slack.say("dana", SHARED, "hello").ok
    assert slack.say("erin", "#analytics", "hello").ok
    assert slack.say("dana", "#data-eng", "hello").error == "channel_not_found"
    assert slack.say("erin", "#random", "hello").error == "channel_not_found"
    assert slack.say("frank", "#data-eng", "hello").error == "user_is_deactivated"


def test_users_info_describes_external_people_guests_and_deactivated_ones(
    client: WebClient,
) -> None:
    dana, erin, frank = (
        client.users_info(user=user)["user"] for user in ("U0DANA", "U0ERIN", "U0FRANK")
    )

    assert (dana["team_id"], dana["is_stranger"], dana["deleted"]) == (ACME, False, False)
    assert (erin["team_id"], erin["is_restricted"]) == (HOME, True)
    assert (frank["deleted"], frank["profile"]["real_name"]) == (True, "Frank Olsen")


def test_deactivated_people_cannot_get_direct_messages(client: WebClient) -> None:
    assert refused(lambda: client.conversations_open(users="U0FRANK")) == "user_disabled"
    assert refused(lambda: client.chat_postMessage(channel="U0FRANK", text="a")) == (
        "channel_not_found"
    )
    assert client.chat_postMessage(channel="U0ERIN", text="a")["channel"] == "D0ERINODPS"


def test_a_shared_channel_names_the_connected_workspaces(client: WebClient) -> None:
    channel = client.conversations_info(channel=SHARED)["channel"]
    own = client.conversations_info(channel="C0DATAENG1")["channel"]

    assert (channel["is_ext_shared"], channel["connected_team_ids"]) == (True, [ACME])
    assert (own["is_ext_shared"], own["connected_team_ids"]) == (False, [])


def test_users_conversations_lists_channels_of_the_bot_or_a_person(
    slack: SlackSandbox, client: WebClient
) -> None:
    slack.archive("#analytics")

    def names(**arguments: Any) -> list[str]:
        channels = client.users_conversations(**arguments)["channels"]
        return [channel.get("name", channel["id"]) for channel in channels]

    assert names() == ["data-eng", "analytics", "shared-with-acme"]
    assert names(exclude_archived=True) == ["data-eng", "shared-with-acme"]
    assert names(user="U0DANA") == ["shared-with-acme"]
    assert names(user="U0ALICE", types="private_channel") == []
    assert len(names(types="im")) == 7
    assert refused(lambda: client.users_conversations(types="secret")) == "invalid_types"
    assert refused(lambda: client.users_conversations(user="U0")) == "user_not_found"


def test_user_groups_have_members(client: WebClient) -> None:
    groups = client.usergroups_list(include_users=True)["usergroups"]

    assert [(group["handle"], group["users"]) for group in groups] == [
        ("data-platform", ["U0ALICE", "U0BOB"]),
        ("on-call", ["U0CAROL"]),
    ]
    assert "users" not in client.usergroups_list()["usergroups"][0]
    assert client.usergroups_users_list(usergroup="S0ONCALL01")["users"] == ["U0CAROL"]
    assert refused(lambda: client.usergroups_users_list(usergroup="S0")) == "no_such_subteam"


@pytest.mark.parametrize(
    ("call", "needed"),
    [
        ("users_conversations", "channels:read"),
        ("usergroups_list", "usergroups:read"),
    ],
)
def test_lists_need_their_scope(make_slack: Any, call: str, needed: str) -> None:
    slack = make_slack(app=SlackApp(scopes=("chat:write",)))
    client = WebClient(slack.bot_token, base_url=slack.api_url)

    with pytest.raises(SlackApiError) as error:
        getattr(client, call)()

    assert error.value.response["error"] == "missing_scope"
    assert error.value.response["needed"] == needed
