"""The Slack app of manifest.yml is the one that the code needs."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_bolt import App
from slack_sdk import WebClient

from odps_bot.commands import COMMANDS
from odps_bot.listeners import commands, shortcuts
from odps_bot.manifest import EVENTS, SCOPES, manifest

ROOT = Path(__file__).parents[3]

#: What each method needs: https://docs.slack.dev/reference/methods
SCOPES_OF_METHODS = {
    "auth.test": set[str](),
    "chat.getPermalink": set[str](),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {
        "channels:history",
        "groups:history",
        "im:history",
        "mpim:history",
    },
    "conversations.open": {"im:write"},
    "conversations.replies": {
        "channels:history",
        "groups:history",
        "im:history",
        "mpim:history",
    },
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "files.info": {"files:read"},
    "usergroups.users.list": {"usergroups:read"},
    "views.open": set[str](),
    "views.push": set[str](),
    "views.publish": set[str](),
    "views.update": set[str](),
}
#: https://docs.slack.dev/reference/events
SCOPES_OF_EVENTS = {
    "app_home_opened": set[str](),
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
}
#: Commands and shortcuts; the download of a file is no method.
SCOPES_OF_THE_REST = {"commands", "files:read"}
METHOD_NAME = re.compile(
    r'"((?:auth|chat|conversations|files|reactions|usergroups|users|views)\.(?!slack)[a-zA-Z.]+)"'
)
SDK_CALL = re.compile(r"\b(?:client|slack_client)\.([a-z]+(?:_[a-zA-Z]+)+)\(")
SDK_METHODS = {name for name, _ in inspect.getmembers(WebClient, inspect.isfunction)}


def sources() -> list[str]:
    files = [*ROOT.joinpath("odps_bot").rglob("*.py"), *ROOT.joinpath("workers").rglob("*.py")]
    return [file.read_text() for file in files if "sandbox" not in file.relative_to(ROOT).parts]


def called_methods() -> set[str]:
    """Return the Web API methods that the code names or calls."""
    named = {name for source in sources() for name in METHOD_NAME.findall(source)}
    called = {name for source in sources() for name in SDK_CALL.findall(source)}
    connections = {"apps_connections_open"}  # named as well, and with another dot
    called &= SDK_METHODS - {"api_call"} - connections
    return named | {name.replace("_", ".", 1) for name in called}


def test_the_file_is_what_the_code_says() -> None:
    assert yaml.safe_load(ROOT.joinpath("manifest.yml").read_text()) == manifest()


def test_the_scopes_are_those_that_the_codes_calls_need_and_no_more() -> None:
    methods = called_methods()

    assert methods == set(SCOPES_OF_METHODS)
    needed = set[str]().union(*SCOPES_OF_METHODS.values(), *SCOPES_OF_EVENTS.values())
    assert needed | SCOPES_OF_THE_REST == set(SCOPES)


def test_the_events_are_those_that_are_heard() -> None:
    assert set(EVENTS) == set(SCOPES_OF_EVENTS)
    assert manifest()["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)


def test_the_comments_in_the_file_are_the_reasons_in_the_code() -> None:
    lines = ROOT.joinpath("manifest.yml").read_text().splitlines()

    for name, why in {**SCOPES, **EVENTS}.items():
        [line] = [line for line in lines if line.strip().startswith(f"- {name} ")]
        assert why.startswith(line.partition(" # ")[2])


def test_every_shortcut_is_heard() -> None:
    heard: list[tuple[str, str]] = []

    class Ear(App):
        def __init__(self) -> None:
            pass

        def global_shortcut(self, callback_id: Any, *_: Any, **__: Any) -> Any:
            heard.append(("global", callback_id))
            return lambda function: function

        def message_shortcut(self, callback_id: Any, *_: Any, **__: Any) -> Any:
            heard.append(("message", callback_id))
            return lambda function: function

    shortcuts.register(Ear(), services=None)  # type: ignore[arg-type]

    declared = manifest()["features"]["shortcuts"]
    assert [(entry["type"], entry["callback_id"]) for entry in declared] == heard


def test_names_and_descriptions_are_within_slacks_limits() -> None:
    shown = manifest()
    features = shown["features"]

    assert len(shown["display_information"]["name"]) <= 35
    assert len(shown["display_information"]["description"]) <= 140
    assert len(features["bot_user"]["display_name"]) <= 80
    assert len(features["shortcuts"]) <= 10
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
        assert len(shortcut["callback_id"]) <= 255
    for command in features["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2_000
        assert len(command["usage_hint"]) <= 1_000


def test_people_can_write_to_the_bot_and_open_its_home() -> None:
    assert manifest()["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_every_slash_command_is_heard() -> None:
    heard: list[str] = []

    class Ear(App):
        def __init__(self) -> None:
            pass

        def command(self, name: Any, *_: Any, **__: Any) -> Any:
            heard.append(name)
            return lambda function: function

    commands.register(Ear(), services=None)  # type: ignore[arg-type]

    assert [entry["command"] for entry in manifest()["features"]["slash_commands"]] == heard


def test_what_people_type_is_not_turned_into_links() -> None:
    assert all(not c["should_escape"] for c in manifest()["features"]["slash_commands"])


def test_clicks_and_socket_mode_are_switched_on() -> None:
    settings = manifest()["settings"]

    assert settings["interactivity"] == {"is_enabled": True}
    assert settings["socket_mode_enabled"] is True


@pytest.mark.parametrize("verb", COMMANDS)
def test_the_hint_in_slacks_composer_names_every_command(verb: str) -> None:
    [command] = manifest()["features"]["slash_commands"]

    assert re.search(rf"\b{verb}\b", command["usage_hint"])
    assert len(command["usage_hint"]) <= 1_000
