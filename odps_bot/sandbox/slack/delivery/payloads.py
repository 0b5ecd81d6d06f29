"""What Slack tells the app about commands, clicks and events."""

import secrets
from dataclasses import dataclass
from typing import Any

from odps_bot.sandbox.slack.app import APP_ID, BOT_USER_ID
from odps_bot.sandbox.slack.credentials import Credentials
from odps_bot.sandbox.slack.message_log import Message, is_reply
from odps_bot.sandbox.slack.residents import Channel, Person
from odps_bot.sandbox.slack.views import View
from odps_bot.sandbox.slack.workspace import Workspace

Payload = dict[str, Any]

_SHOWN_NAMES = {"im": "directmessage", "private": "privategroup"}


@dataclass(frozen=True)
class Payloads:
    """Builds payloads, with the trigger ids and response addresses that they grant."""

    workspace: Workspace
    credentials: Credentials

    def slash_command(
        self, person: Person, channel: Channel, *, command: str, text: str
    ) -> Payload:
        """Return a command as both forms of delivery carry it: every value is text.

        https://docs.slack.dev/interactivity/implementing-slash-commands
        """
        path = self.workspace.response_urls.issue(
            "commands", user_id=person.id, channel_id=channel.id
        )
        return {
            "token": self.credentials.verification_token,
            "team_id": self.workspace.team.id,
            "team_domain": self.workspace.team.domain,
            "channel_id": channel.id,
            "channel_name": shown_name(channel),
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self.workspace.base_url + path,
            "trigger_id": self.workspace.triggers.issue(person.id),
        }

    def block_actions(
        self, person: Person, channel: Channel, message: Message, action: Payload
    ) -> Payload:
        """Return a click in a message (https://docs.slack.dev/reference/interaction-payloads)."""
        is_ephemeral = bool(message.get("is_ephemeral"))
        container = {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel.id,
            "is_ephemeral": is_ephemeral,
        }
        if is_reply(message):
            container["thread_ts"] = message["thread_ts"]
        path = self.workspace.response_urls.issue(
            "actions", user_id=person.id, channel_id=channel.id, message_ts=message["ts"]
        )
        payload = self._interaction("block_actions", person) | {
            "container": container,
            "channel": {"id": channel.id, "name": shown_name(channel)},
            "state": {"values": _state_values(action)},
            "response_url": self.workspace.base_url + path,
            "actions": [action],
        }
        # Slack does not keep ephemeral messages, so their clicks come without one.
        if not is_ephemeral:
            payload["message"] = {key: value for key, value in message.items() if key != "channel"}
        return payload

    def view_submission(self, person: Person, view: View) -> Payload:
        """Return the submission of a modal whose state is already in `view`."""
        return self._interaction("view_submission", person) | {"view": view, "response_urls": []}

    def view_closed(self, person: Person, view: View) -> Payload:
        """Return that somebody closed a modal."""
        payload = self._interaction("view_closed", person) | {"view": view, "is_cleared": False}
        return {key: value for key, value in payload.items() if key != "trigger_id"}

    def event(self, event: Payload) -> Payload:
        """Return an event in its wrapping (https://docs.slack.dev/apis/events-api)."""
        now = self.workspace.clock()
        return {
            "token": self.credentials.verification_token,
            "team_id": self.workspace.team.id,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev" + secrets.token_hex(5).upper(),
            "event_time": int(now.timestamp()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": self.workspace.team.id,
                    "user_id": BOT_USER_ID,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": secrets.token_urlsafe(12),
        }

    def _interaction(self, kind: str, person: Person) -> Payload:
        team = self.workspace.team
        return {
            "type": kind,
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": team.id,
            },
            "api_app_id": APP_ID,
            "token": self.credentials.verification_token,
            "trigger_id": self.workspace.triggers.issue(person.id),
            "team": {"id": team.id, "domain": team.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }


def shown_name(channel: Channel) -> str:
    """Return the name that payloads give a channel."""
    return _SHOWN_NAMES.get(channel.kind, channel.name)


def _state_values(action: Payload) -> Payload:
    """Return the state of the stateful element that was used; buttons have none."""
    if action["type"] in {"button", "overflow", "icon_button", "feedback_buttons"}:
        return {}
    chosen = {
        key: value
        for key, value in action.items()
        if key == "type" or key.startswith("selected_") or key == "value"
    }
    return {action["block_id"]: {action["action_id"]: chosen}}
