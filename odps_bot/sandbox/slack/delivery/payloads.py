"""The payloads of commands, interactions and events."""

import secrets
from dataclasses import dataclass
from typing import Any

from odps_bot.sandbox.slack.app import APP_ID, BOT_USER_ID
from odps_bot.sandbox.slack.credentials import Credentials
from odps_bot.sandbox.slack.entities import Channel, Person, Team
from odps_bot.sandbox.slack.input_values import Element
from odps_bot.sandbox.slack.interactive_elements import Block
from odps_bot.sandbox.slack.message_log import Message, is_reply
from odps_bot.sandbox.slack.organizations import enterprise_fields, enterprise_object, home_of
from odps_bot.sandbox.slack.view_state import StateValues, state_values, stateful_elements
from odps_bot.sandbox.slack.views import View
from odps_bot.sandbox.slack.workspace import Workspace

Payload = dict[str, Any]

_PAYLOAD_NAMES = {"im": "directmessage", "private": "privategroup"}


@dataclass(frozen=True)
class Payloads:
    """Builds payloads and issues the trigger ids and response URLs in them.

    In a channel that two workspaces share, `team_id` and `team` are those of the acting person.
    Slack does not document that, but it is why Bolt reads `authorizations` and
    `view.app_installed_team_id` for the app's own workspace (slack_bolt/request/internals.py).
    """

    workspace: Workspace
    credentials: Credentials

    def slash_command(
        self, person: Person, channel: Channel, *, command: str, text: str
    ) -> Payload:
        """Return a command as both kinds of delivery carry it: every value is text.

        https://docs.slack.dev/interactivity/implementing-slash-commands
        """
        path = self.workspace.response_urls.issue(
            "commands", user_id=person.id, channel_id=channel.id
        )
        return {
            "token": self.credentials.verification_token,
            "team_id": person.team.id,
            "team_domain": person.team.domain,
            **enterprise_fields(person, self.workspace.organization),
            "channel_id": channel.id,
            "channel_name": payload_name(channel),
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self.workspace.base_url + path,
            "trigger_id": self.workspace.triggers.issue(person.id, channel_id=channel.id),
        }

    def global_shortcut(self, person: Person, callback_id: str) -> Payload:
        """Return a global shortcut: without a channel the app can only open a modal.

        https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
        """
        payload = self._interaction("shortcut", person)
        return payload | {"callback_id": callback_id, "action_ts": self._now()}

    def message_shortcut(
        self, person: Person, channel: Channel, message: Message, callback_id: str
    ) -> Payload:
        """Return a message shortcut."""
        path = self.workspace.response_urls.issue(
            "app", user_id=person.id, channel_id=channel.id, message_ts=message["ts"]
        )
        return self._interaction("message_action", person, channel=channel) | {
            "callback_id": callback_id,
            "action_ts": self._now(),
            "channel": {"id": channel.id, "name": payload_name(channel)},
            "message_ts": message["ts"],
            "message": as_in_payload(message),
            "response_url": self.workspace.base_url + path,
        }

    def view_actions(self, person: Person, view: View, action: Payload) -> Payload:
        """Return an interaction with an element of a modal or home tab; `view` has its state."""
        return self._interaction("block_actions", person) | {
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
            "actions": [action],
        }

    def block_actions(
        self, person: Person, channel: Channel, message: Message, action: Payload
    ) -> Payload:
        """Return an interaction in a message (https://docs.slack.dev/reference/interaction-payloads)."""
        path = self.workspace.response_urls.issue(
            "actions", user_id=person.id, channel_id=channel.id, message_ts=message["ts"]
        )
        return {
            **self._interaction("block_actions", person, channel=channel),
            **self.message_container(channel, message),
            "state": {"values": _state_values(message, action)},
            "response_url": self.workspace.base_url + path,
            "actions": [action],
        }

    def block_suggestion(
        self, person: Person, block: Block, element: Element, where: Payload, *, typed: str
    ) -> Payload:
        """Return the request for the options of a menu for the typed text."""
        payload = self._interaction("block_suggestion", person) | where
        del payload["trigger_id"]
        return payload | {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "value": typed,
        }

    def message_container(self, channel: Channel, message: Message) -> Payload:
        """Return the fields that identify the message of an interaction."""
        is_ephemeral = bool(message.get("is_ephemeral"))
        container = {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel.id,
            "is_ephemeral": is_ephemeral,
        }
        if is_reply(message):
            container["thread_ts"] = message["thread_ts"]
        where = {
            "container": container,
            "channel": {"id": channel.id, "name": payload_name(channel)},
        }
        # Slack does not keep ephemeral messages, so interactions in them come without one.
        return where | ({} if is_ephemeral else {"message": as_in_payload(message)})

    def view_submission(self, person: Person, view: View) -> Payload:
        """Return the submission of a modal; `view` has its state.

        https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
        """
        payload = self._interaction("view_submission", person)
        return payload | {"view": view, "response_urls": self._response_urls(person, view)}

    def view_closed(self, person: Person, view: View, *, is_cleared: bool) -> Payload:
        """Return the closing of a modal, and of the whole stack if `is_cleared`."""
        payload = self._interaction("view_closed", person)
        payload |= {"view": view, "is_cleared": is_cleared}
        return {key: value for key, value in payload.items() if key != "trigger_id"}

    def event(self, event: Payload, *, channel: Channel, source: Team) -> Payload:
        """Return an event in its envelope (https://docs.slack.dev/apis/events-api).

        `team_id` is the workspace of the person who caused it, `authorizations` that of the app.
        """
        now = self.workspace.clock()
        organization = self.workspace.organization
        organization_id = organization.id if organization else None
        return {
            "token": self.credentials.verification_token,
            "team_id": source.id,
            **({"enterprise_id": organization_id} if organization_id else {}),
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev" + secrets.token_hex(5).upper(),
            "event_time": int(now.timestamp()),
            "authorizations": [
                {
                    "enterprise_id": organization_id,
                    "team_id": self.workspace.team.id,
                    "user_id": BOT_USER_ID,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": channel.is_shared,
            "context_team_id": self.workspace.team.id,
            "context_enterprise_id": organization_id,
            "event_context": secrets.token_urlsafe(12),
        }

    def app_uninstalled(self, team: Team) -> Payload:
        """Return `app_uninstalled` of a workspace that the app is no longer in."""
        now = self.workspace.clock()
        return {
            "token": self.credentials.verification_token,
            "team_id": team.id,
            "api_app_id": APP_ID,
            "event": {"type": "app_uninstalled"},
            "type": "event_callback",
            "event_id": "Ev" + secrets.token_hex(5).upper(),
            "event_time": int(now.timestamp()),
        }

    def _response_urls(self, person: Person, view: View) -> list[Payload]:
        """Return a response URL for each conversation that was chosen for it."""
        issued = []
        for block, element in stateful_elements(view["blocks"]):
            entry = view["state"]["values"][block["block_id"]][element["action_id"]]
            chosen = entry.get("selected_conversation") or entry.get("selected_channel")
            if not element.get("response_url_enabled") or chosen not in self.workspace.channels:
                continue
            path = self.workspace.response_urls.issue("app", user_id=person.id, channel_id=chosen)
            issued.append(
                {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "channel_id": chosen,
                    "response_url": self.workspace.base_url + path,
                }
            )
        return issued

    def _now(self) -> str:
        return f"{self.workspace.clock().timestamp():.6f}"

    def _interaction(self, kind: str, person: Person, *, channel: Channel | None = None) -> Payload:
        channel_id = channel.id if channel else None
        organization = self.workspace.organization
        return {
            "type": kind,
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": home_of(person, organization),
            },
            "api_app_id": APP_ID,
            "token": self.credentials.verification_token,
            "trigger_id": self.workspace.triggers.issue(person.id, channel_id=channel_id),
            "team": {
                "id": person.team.id,
                "domain": person.team.domain,
                **enterprise_fields(person, organization),
            },
            "enterprise": enterprise_object(person, organization),
            "is_enterprise_install": False,
        }


def payload_name(channel: Channel) -> str:
    """Return the name of a channel in payloads."""
    return _PAYLOAD_NAMES.get(channel.kind, channel.name)


def as_in_payload(message: Message) -> Message:
    """Return a message as payloads carry it, without its channel."""
    return {key: value for key, value in message.items() if key != "channel"}


def _state_values(message: Message, action: Payload) -> StateValues:
    """Return the state of a message's elements after one of them was used."""
    blocks = message.get("blocks", [])
    values = state_values(blocks, known={}, entered={})
    if action["action_id"] in values.get(action["block_id"], {}):
        entry = {
            key: value
            for key, value in action.items()
            if key in {"type", "value", "files", "rich_text_value"} or key.startswith("selected_")
        }
        values[action["block_id"]][action["action_id"]] = entry
    return values
