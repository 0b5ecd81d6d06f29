"""The app as declared by its manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from odps_bot.sandbox.slack.errors import SlackError

APP_ID = "A0ODPSBOT"
BOT_ID = "B0ODPSBOT"
BOT_USER_ID = "U0ODPSBOT"

_ALL_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:write",
    "usergroups:read",
    "users:read",
)


@dataclass(frozen=True, kw_only=True)
class SlashCommand:
    """A slash command of the app."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False  #: `@ann` and `#general` arrive as `<@U…|ann>` and `<#C…|general>`

    def as_json(self) -> dict[str, Any]:
        """Return the command for the page."""
        return {
            "command": self.command,
            "description": self.description,
            "usage_hint": self.usage_hint,
        }


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """A shortcut of the app: global, or on a message."""

    callback_id: str
    name: str
    kind: Literal["global", "message"] = "global"
    description: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the shortcut for the page."""
        return {
            "type": self.kind,
            "callback_id": self.callback_id,
            "name": self.name,
            "description": self.description,
        }


@dataclass(frozen=True, kw_only=True)
class SlackApp:
    """What a workspace knows about the app: its name, scopes, commands and subscriptions."""

    name: str = "odps"
    display_name: str = "odps-bot"
    scopes: tuple[str, ...] = _ALL_SCOPES
    commands: tuple[SlashCommand, ...] = (
        SlashCommand(command="/odps", description="Run and follow MaxCompute jobs"),
    )
    shortcuts: tuple[Shortcut, ...] = ()
    events: tuple[str, ...] = ("app_mention", "message.im", "app_home_opened")
    is_interactive: bool = True
    has_messages_tab: bool = True
    is_messages_tab_read_only: bool = False
    has_home_tab: bool = True

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> "SlackApp":
        """Read an app manifest (https://docs.slack.dev/reference/app-manifest).

        Raises KeyError when the name of the app is missing.
        """
        features: Mapping[str, Any] = manifest.get("features", {})
        settings: Mapping[str, Any] = manifest.get("settings", {})
        home: Mapping[str, Any] = features.get("app_home", {})
        bot_user: Mapping[str, Any] = features.get("bot_user", {})
        scopes = manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ())
        name = str(manifest["display_information"]["name"])
        return cls(
            name=str(bot_user.get("display_name", name)),
            display_name=name,
            scopes=tuple(scopes),
            commands=tuple(_read_command(entry) for entry in features.get("slash_commands", ())),
            shortcuts=tuple(_read_shortcut(entry) for entry in features.get("shortcuts", ())),
            events=tuple(settings.get("event_subscriptions", {}).get("bot_events", ())),
            is_interactive=bool(settings.get("interactivity", {}).get("is_enabled", False)),
            has_messages_tab=bool(home.get("messages_tab_enabled", False)),
            is_messages_tab_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
            has_home_tab=bool(home.get("home_tab_enabled", False)),
        )

    def as_json(self, *, is_connected: bool) -> dict[str, Any]:
        """Return the app for the page."""
        return {
            "id": APP_ID,
            "user_id": BOT_USER_ID,
            "bot_id": BOT_ID,
            "name": self.name,
            "is_connected": is_connected,
            "is_interactive": self.is_interactive,
            "has_home_tab": self.has_home_tab,
            "has_messages_tab": self.has_messages_tab,
            "commands": [command.as_json() for command in self.commands],
            "shortcuts": [shortcut.as_json() for shortcut in self.shortcuts],
        }

    def require_interactivity(self) -> None:
        """Raise SlackError `app_not_interactive` when interactivity is off."""
        if not self.is_interactive:
            raise SlackError("app_not_interactive")

    def find_command(self, name: str) -> SlashCommand | None:
        """Return the declared command with that name, including the slash."""
        return next((command for command in self.commands if command.command == name), None)

    def find_shortcut(
        self, callback_id: str, *, kind: Literal["global", "message"]
    ) -> Shortcut | None:
        """Return the declared shortcut with that kind and callback id."""
        return next(
            (
                entry
                for entry in self.shortcuts
                if (entry.callback_id, entry.kind) == (callback_id, kind)
            ),
            None,
        )


def _read_shortcut(entry: Mapping[str, Any]) -> Shortcut:
    return Shortcut(
        callback_id=str(entry["callback_id"]),
        name=str(entry["name"]),
        kind="message" if entry["type"] == "message" else "global",
        description=str(entry.get("description", "")),
    )


def _read_command(entry: Mapping[str, Any]) -> SlashCommand:
    return SlashCommand(
        command=str(entry["command"]),
        description=str(entry.get("description", "")),
        usage_hint=str(entry.get("usage_hint", "")),
        should_escape=bool(entry.get("should_escape", False)),
    )
