"""Select menus whose options the app supplies while a person types."""

from dataclasses import dataclass
from typing import Any

from odps_bot.sandbox.slack.block_kit import check_options
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.sandbox.slack.delivery.payloads import Payload, Payloads
from odps_bot.sandbox.slack.entities import Person
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.interactive_elements import Block, find_element
from odps_bot.sandbox.slack.workspace import Workspace

_KINDS = frozenset({"external_select", "multi_external_select"})


@dataclass(frozen=True)
class SuggestionActions:
    """Asks the app for the options of an `external_select`.

    https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
    """

    workspace: Workspace
    dispatcher: Dispatcher
    payloads: Payloads

    async def in_view(
        self, user: str, view_id: str, *, action_id: str, block_id: str | None, typed: str
    ) -> Delivery:
        """Ask for the options of a menu in a modal or home tab; the acknowledgement has them.

        Raises SlackError: `not_found`, `action_not_found`, `app_not_interactive`.
        """
        person = self.workspace.actor(user)
        view = self.workspace.views.find_seen_by(person.id, view_id)
        where = {"container": {"type": "view", "view_id": view["id"]}, "view": view}
        return await self._ask(person, view["blocks"], where, action_id, block_id, typed)

    async def in_message(
        self,
        user: str,
        channel: str,
        message_ts: str,
        *,
        action_id: str,
        block_id: str | None,
        typed: str,
    ) -> Delivery:
        """Ask for the options of a menu in a message; the acknowledgement has them.

        Raises SlackError: `message_not_found`, `action_not_found`, `app_not_interactive`.
        """
        person, conversation = self.workspace.actor_in(user, channel)
        message = conversation.log.find(message_ts)
        if message is None or message.get("visible_to", person.id) != person.id:
            raise SlackError("message_not_found")
        where = self.payloads.message_container(conversation, message)
        return await self._ask(person, message.get("blocks", []), where, action_id, block_id, typed)

    async def _ask(  # noqa: PLR0917  -- all are needed, and only here
        self,
        person: Person,
        blocks: list[Block],
        where: Payload,
        action_id: str,
        block_id: str | None,
        typed: str,
    ) -> Delivery:
        block, element = find_element(blocks, action_id=action_id, block_id=block_id)
        if element["type"] not in _KINDS:
            raise SlackError("action_not_found")
        self.workspace.app.require_interactivity()
        payload = self.payloads.block_suggestion(person, block, element, where, typed=typed)
        delivery = await self.dispatcher.deliver("interactive", payload)
        if delivery.ok and not _has_options(delivery.ack):
            return Delivery(ok=False, error="invalid_options", ack=delivery.ack)
        return delivery


def _has_options(ack: Any) -> bool:
    return isinstance(ack, dict) and not check_options(ack)
