"""Open modals and published home tabs with their state."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from odps_bot.sandbox.slack.app import APP_ID, BOT_ID
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.view_state import StateValues, retained_values

#: https://docs.slack.dev/surfaces/modals#updating_views
MAX_STACK_DEPTH = 3

View = dict[str, Any]


@dataclass(kw_only=True)
class Views:
    """The open modals of each person, bottom first, and the home tabs."""

    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)

    def open(self, user_id: str, view: View) -> View:
        """Open a modal, replacing the person's open ones."""
        self._refuse_duplicate(view)
        opened = _complete(view, root_view_id=None, previous_view_id=None)
        self.stacks[user_id] = [opened]
        return opened

    def push(self, user_id: str, view: View) -> View:
        """Push a modal onto the open ones."""
        stack = self.stacks.get(user_id)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= MAX_STACK_DEPTH:
            raise SlackError("push_limit_reached")
        self._refuse_duplicate(view)
        top = stack[-1]
        pushed = _complete(view, root_view_id=top["root_view_id"], previous_view_id=top["id"])
        stack.append(pushed)
        return pushed

    def update(self, current: View, view: View, *, expected_hash: str | None) -> View:
        """Replace the content of an open modal; values are kept for inputs that stay.

        Raises SlackError: `hash_conflict`, `duplicate_external_id`.
        """
        if expected_hash is not None and expected_hash != current["hash"]:
            raise SlackError("hash_conflict")
        if view.get("external_id", "") != current["external_id"]:
            self._refuse_duplicate(view)
        kept = {key: current[key] for key in ("id", "root_view_id", "previous_view_id", "team_id")}
        entered = {"values": retained_values(view["blocks"], current["state"]["values"])}
        updated = _complete(view, root_view_id=None, previous_view_id=None) | kept
        return self._put(updated | {"state": entered})

    def remember(self, view: View, values: StateValues) -> View:
        """Store the values of a modal or home tab and return the updated view."""
        return self._put(view | {"state": {"values": values}})

    def publish(self, user_id: str, view: View, *, expected_hash: str | None) -> View:
        """Set a person's home tab. Raises SlackError `hash_conflict`."""
        current = self.homes.get(user_id)
        if expected_hash is not None and (current is None or expected_hash != current["hash"]):
            raise SlackError("hash_conflict")
        published = _complete(view, root_view_id=None, previous_view_id=None)
        if current is not None:
            entered = {"values": retained_values(view["blocks"], current["state"]["values"])}
            kept = {"id": current["id"], "root_view_id": current["id"], "state": entered}
            published |= kept
        self.homes[user_id] = published
        return published

    def close(self, user_id: str, view_id: str) -> View:
        """Close a modal. Raises SlackError `not_found`."""
        view = self.find_open(view_id)
        stack = self.stacks[user_id]
        stack[:] = [entry for entry in stack if entry["id"] != view_id]
        return view

    def find_open(self, view_id: str) -> View:
        """Return an open modal by its id. Raises SlackError `not_found`."""
        return self._find("id", view_id)

    def find_seen_by(self, user_id: str, view_id: str) -> View:
        """Return a modal or home tab that this person sees. Raises SlackError `not_found`."""
        home = self.homes.get(user_id)
        for view in [*self.stacks.get(user_id, []), *([home] if home else [])]:
            if view["id"] == view_id:
                return view
        raise SlackError("not_found")

    def find_external(self, external_id: str) -> View:
        """Return an open modal by the app's own id. Raises SlackError `not_found`."""
        return self._find("external_id", external_id)

    def owner(self, view_id: str) -> str:
        """Return the person who sees a modal. Raises SlackError `not_found`."""
        for user_id, stack in self.stacks.items():
            if any(view["id"] == view_id for view in stack):
                return user_id
        raise SlackError("not_found")

    def _put(self, view: View) -> View:
        for stack in self.stacks.values():
            stack[:] = [view if entry["id"] == view["id"] else entry for entry in stack]
        for user_id, home in self.homes.items():
            if home["id"] == view["id"]:
                self.homes[user_id] = view
        return view

    def _find(self, key: str, value: str) -> View:
        for stack in self.stacks.values():
            for view in stack:
                if view[key] == value:
                    return view
        raise SlackError("not_found")

    def _refuse_duplicate(self, view: View) -> None:
        external_id = view.get("external_id")
        opened = (entry["external_id"] for stack in self.stacks.values() for entry in stack)
        if external_id and external_id in opened:
            raise SlackError("duplicate_external_id")


def _complete(view: View, *, root_view_id: str | None, previous_view_id: str | None) -> View:
    view_id = "V" + secrets.token_hex(5).upper()
    defaults: View = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "state": {"values": {}},
        "clear_on_close": False,
        "notify_on_close": False,
        "close": None,
        "submit": None,
        "title": None,
        "app_id": APP_ID,
        "bot_id": BOT_ID,
    }
    identity: View = {
        "id": view_id,
        "hash": f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}",
        "root_view_id": root_view_id or view_id,
        "previous_view_id": previous_view_id,
    }
    return defaults | view | identity
