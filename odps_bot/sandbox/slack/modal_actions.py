"""What people do with the modals that the app opened: fill in, submit, close."""

from collections.abc import Iterator, Mapping
from typing import Any

from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.interactive_elements import Block, Element, entered
from odps_bot.sandbox.slack.views import View
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.web_api.views import read_view, tell
from odps_bot.sandbox.slack.workspace import Workspace


class ModalActions:
    """Everything that a person can do in a modal."""

    def __init__(self, workspace: Workspace, dispatcher: Dispatcher, payloads: Payloads) -> None:
        """Tell the app by `dispatcher`."""
        self._workspace = workspace
        self._dispatcher = dispatcher
        self._payloads = payloads

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any]) -> Delivery:
        """Fill in a modal and submit it; `values` is what is entered, by action id.

        What the app answers is done: the modal shows errors, changes, or closes. Raises SlackError
        for what the client would not let a person do: `not_found`, `missing_input`,
        `input_too_long`, `input_too_short`, `invalid_option`.
        """
        person = self._workspace.person(user)
        view = self._find(person.id, view_id)
        state = {"values": dict(_fill_in(view, values))}
        payload = self._payloads.view_submission(person, view | {"state": state})
        delivery = await self._dispatcher.deliver("interactive", payload)
        if not delivery.ok:
            return delivery
        try:
            self._follow(person.id, view, delivery.ack)
        except SlackError as refusal:
            return Delivery(ok=False, error=refusal.code, ack=delivery.ack)
        return delivery

    async def close(self, user: str, view_id: str) -> Delivery:
        """Close a modal; the app hears of it when the view asks for that."""
        person = self._workspace.person(user)
        view = self._find(person.id, view_id)
        self._close(person.id, view)
        if not view["notify_on_close"]:
            return Delivery(ok=True)
        payload = self._payloads.view_closed(person, view)
        return await self._dispatcher.deliver("interactive", payload)

    def _find(self, user_id: str, view_id: str) -> View:
        view = self._workspace.views.find_open(view_id)
        if self._workspace.views.owner(view_id) != user_id:
            raise SlackError("not_found")
        return view

    def _follow(self, user_id: str, view: View, ack: Any) -> None:
        """Do what a submission was acknowledged with.

        https://docs.slack.dev/surfaces/modals#response_actions
        """
        action = ack.get("response_action") if isinstance(ack, dict) else None
        if action is None:
            self._close(user_id, view)
        elif action == "clear":
            for opened in list(self._workspace.views.stacks[user_id]):
                self._close(user_id, opened)
        elif action == "errors":
            tell(self._workspace, "view_updated", view | {"errors": ack.get("errors", {})}, user_id)
        elif action in {"update", "push"}:
            shown = read_view(self._workspace, Arguments(ack), kind="modal")
            if action == "push":
                pushed = self._workspace.views.push(user_id, shown)
                tell(self._workspace, "view_opened", pushed, user_id)
            else:
                updated = self._workspace.views.update(view, shown, expected_hash=None)
                tell(self._workspace, "view_updated", updated, user_id)
        else:
            raise SlackError("invalid_response_action")

    def _close(self, user_id: str, view: View) -> None:
        with self._workspace.changing():
            self._workspace.views.close(user_id, view["id"])
        tell(self._workspace, "view_closed", view, user_id)


def _fill_in(view: View, values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in view["blocks"]:
        if block["type"] == "input":
            yield block["block_id"], _enter(block, block["element"], values)


def _enter(block: Block, element: Element, values: Mapping[str, Any]) -> dict[str, Any]:
    action_id, kind = element["action_id"], element["type"]
    initial = {
        key.removeprefix("initial_"): value
        for key, value in element.items()
        if key.startswith("initial_")
    }
    if action_id in values:
        value = values[action_id]
        _check_length(element, value)
        return {action_id: {"type": kind, **entered(element, value)}}
    if not initial and not block.get("optional"):
        raise SlackError("missing_input", action_id=action_id)
    untouched = {
        name if name == "value" else f"selected_{name}": value for name, value in initial.items()
    }
    empty = {"value": None} if "input" in kind else {}
    return {action_id: {"type": kind, **empty, **untouched}}


def _check_length(element: Element, value: Any) -> None:
    if element["type"] == "plain_text_input":
        if len(value) > element.get("max_length", 3_000):
            raise SlackError("input_too_long", action_id=element["action_id"])
        if len(value) < element.get("min_length", 0):
            raise SlackError("input_too_short", action_id=element["action_id"])
