"""Actions on modals: fill in, submit, close."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odps_bot.sandbox.slack.actions.files import FileActions
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payloads
from odps_bot.sandbox.slack.entities import Person
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.view_state import stateful_elements, submitted_values, value_for
from odps_bot.sandbox.slack.views import View
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.web_api.views import publish_view_event, read_view
from odps_bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class ModalActions:
    """What people do with a whole modal."""

    workspace: Workspace
    dispatcher: Dispatcher
    payloads: Payloads
    files: FileActions

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any]) -> Delivery:
        """Fill in a modal and submit it; `values` by action id, or by block id and action id.

        The app's response is carried out: the modal shows errors, changes or closes. Raises
        SlackError for what the client does not allow: `not_found`, and as `submitted_values` does.
        """
        person = self.workspace.actor(user)
        view = self._find(person, view_id)
        known = view["state"]["values"]
        entered = dict(values) | self._files_in(person, view, values)
        state = submitted_values(view["blocks"], known=known, entered=entered)
        with self.workspace.changing():
            view = self.workspace.views.remember(view, state)
        payload = self.payloads.view_submission(person, view)
        delivery = await self.dispatcher.deliver("interactive", payload)
        if not delivery.ok:
            return delivery
        try:
            self._follow(person, view_id, delivery.ack)
        except SlackError as error:
            return Delivery(ok=False, error=error.code, ack=delivery.ack)
        return delivery

    async def close(self, user: str, view_id: str, *, closes_all: bool = False) -> Delivery:
        """Close a modal, and the whole stack with `closes_all` or if the view says so.

        The app is notified of each view with `notify_on_close`. Returns the last delivery.
        """
        person = self.workspace.actor(user)
        view = self._find(person, view_id)
        is_cleared = closes_all or view["clear_on_close"]
        stack = self.workspace.views.stacks[person.id]
        delivery = Delivery(ok=True)
        for closed in reversed(stack) if is_cleared else [view]:
            self._close(person, closed)
            if closed["notify_on_close"]:
                payload = self.payloads.view_closed(person, closed, is_cleared=is_cleared)
                delivery = await self.dispatcher.deliver("interactive", payload)
        return delivery

    def _find(self, person: Person, view_id: str) -> View:
        view = self.workspace.views.find_open(view_id)
        if self.workspace.views.owner(view_id) != person.id:
            raise SlackError("not_found")
        return view

    def _files_in(self, person: Person, view: View, values: Mapping[str, Any]) -> dict[str, Any]:
        """Upload the files chosen in file inputs and return the values of these inputs."""
        uploaded: dict[str, Any] = {}
        for block, element in stateful_elements(view["blocks"]):
            value = value_for(block, element, values)
            if element["type"] == "file_input" and isinstance(value, list):
                files = [self.files.upload(person, entry) for entry in value]
                uploaded.setdefault(block["block_id"], {})[element["action_id"]] = files
        return uploaded

    def _follow(self, person: Person, view_id: str, ack: Any) -> None:
        """Carry out the response to a submission.

        https://docs.slack.dev/surfaces/modals#response_actions
        """
        try:  # again, as the app can have updated it before it acknowledged
            view = self._find(person, view_id)
        except SlackError:  # closed or replaced in the meantime
            return
        action = ack.get("response_action") if isinstance(ack, dict) else None
        if action is None:
            self._close(person, view)
        elif action == "clear":
            for opened in reversed(self.workspace.views.stacks[person.id]):
                self._close(person, opened)
        elif action == "errors":
            publish_view_event(
                self.workspace, "view_updated", view | _read_errors(view, ack), person.id
            )
        elif action in {"update", "push"}:
            shown = read_view(self.workspace, Arguments(ack), kind="modal")
            self._show(person, view, shown, pushes=action == "push")
        else:
            raise SlackError("invalid_response_action")

    def _show(self, person: Person, view: View, shown: View, *, pushes: bool) -> None:
        views = self.workspace.views
        with self.workspace.changing():
            if pushes:
                publish_view_event(
                    self.workspace, "view_opened", views.push(person.id, shown), person.id
                )
            else:
                updated = views.update(view, shown, expected_hash=None)
                publish_view_event(self.workspace, "view_updated", updated, person.id)

    def _close(self, person: Person, view: View) -> None:
        with self.workspace.changing():
            self.workspace.views.close(person.id, view["id"])
        publish_view_event(self.workspace, "view_closed", view, person.id)


def _read_errors(view: View, ack: Mapping[str, Any]) -> dict[str, Any]:
    """Return the errors to show under inputs. Raises SlackError for unknown inputs."""
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    errors = ack.get("errors")
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise SlackError("invalid_arguments")
    return {"errors": errors}
