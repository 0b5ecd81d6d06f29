"""Actions in modals before they are submitted, and in the app's home."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.event_emitter import EventEmitter
from odps_bot.sandbox.slack.input_values import has_state, read_input
from odps_bot.sandbox.slack.interactive_elements import find_element, use_element
from odps_bot.sandbox.slack.view_state import state_values
from odps_bot.sandbox.slack.views import View
from odps_bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class ViewActions:
    """Uses elements of views and opens the app's home."""

    workspace: Workspace
    dispatcher: Dispatcher
    payloads: Payloads
    emitter: EventEmitter

    async def click(
        self,
        user: str,
        view_id: str,
        *,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
        values: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Use an element of a modal or home tab; `values` has what was entered so far.

        Raises SlackError: `not_found`, `action_not_found`, `app_not_interactive`,
        `not_dispatched` for an input without `dispatch_action`, and as `read_input` does.
        """
        person = self.workspace.actor(user)
        view = self.workspace.views.find_seen_by(person.id, view_id)
        block, element = find_element(view["blocks"], action_id=action_id, block_id=block_id)
        self.workspace.app.require_interactivity()
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise SlackError("not_dispatched")
        at = f"{self.workspace.clock().timestamp():.6f}"
        action = use_element(block, element, value=value, at=at)
        known = view["state"]["values"]
        state = state_values(view["blocks"], known=known, entered=values or {})
        if has_state(element):
            entry = {"type": element["type"], **read_input(element, value)}
            state[block["block_id"]][element["action_id"]] = entry
        with self.workspace.changing():
            view = self.workspace.views.remember(view, state)
        payload = self.payloads.view_actions(person, view, action)
        return await self.dispatcher.deliver("interactive", payload)

    def open_home(self, user: str, *, tab: Literal["home", "messages"] = "home") -> View | None:
        """Open the app's home or messages tab; return the home tab that is published so far.

        Raises SlackError `not_enabled` when the app has no such tab.
        """
        person = self.workspace.actor(user)
        app = self.workspace.app
        if not {"home": app.has_home_tab, "messages": app.has_messages_tab}[tab]:
            raise SlackError("not_enabled")
        view = self.workspace.views.homes.get(person.id) if tab == "home" else None
        self.emitter.home_opened(person, tab=tab, view=view)
        return view
