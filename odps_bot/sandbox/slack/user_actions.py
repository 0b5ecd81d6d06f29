"""The sandbox's Slack for tests that act as a person; the page can do the same."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from odps_bot.sandbox.slack.actions import Actions
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery
from odps_bot.sandbox.slack.entities import Posting

_Result = TypeVar("_Result")


class UserActions(ABC):
    """What people do; people and channels are named by id or by name.

    What Slack's client would not allow is a Delivery that is not ok, with Slack's code in `error`
    and more in `details`. Methods that deliver nothing raise SlackError.
    """

    def say(
        self,
        user: str,
        channel: str,
        text: str = "",
        thread_ts: str | None = None,
        *,
        blocks: Sequence[Mapping[str, Any]] | None = None,
        is_broadcast: bool = False,
        is_through_app: bool = False,
    ) -> Delivery:
        """Send a message or a command; a command waits up to three seconds to be acknowledged.

        Markup in `text` becomes rich text as in Slack's composer; `blocks` is rich text in its
        place. `is_broadcast` also sends a reply to the channel; `is_through_app` posts by another
        app on behalf of the person.
        """
        return self._deliver(
            lambda actions: actions.messages.say(
                user,
                channel,
                text,
                thread_ts=thread_ts,
                blocks=None if blocks is None else [dict(block) for block in blocks],
                is_broadcast=is_broadcast,
                is_through_app=is_through_app,
            )
        )

    def forward(
        self, user: str, channel: str, message_ts: str, to: str, comment: str = ""
    ) -> Delivery:
        """Forward a message to the conversation `to`; the result has the new timestamp."""

        async def forward(actions: Actions) -> Delivery:
            return actions.messages.forward(user, channel, message_ts, to, comment)

        return self._deliver(forward)

    def edit(
        self,
        user: str,
        channel: str,
        message_ts: str,
        text: str = "",
        *,
        blocks: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        """Edit a person's own message. Raises SlackError `cant_update_message`."""
        given = None if blocks is None else [dict(block) for block in blocks]
        self._act(
            lambda actions: actions.messages.edit(user, channel, message_ts, text, blocks=given)
        )

    def delete(self, user: str, channel: str, message_ts: str, *, as_admin: bool = False) -> None:
        """Delete a person's own message, or anybody's as an admin.

        Raises SlackError `cant_delete_message`.
        """
        self._act(
            lambda actions: actions.messages.delete(user, channel, message_ts, as_admin=as_admin)
        )

    def freeze(self, channel: str, message_ts: str) -> None:
        """Close the edit window of a message."""
        self._act(lambda actions: actions.messages.freeze(channel, message_ts))

    def share_file(  # noqa: PLR0917  -- named like this by the API that tests and the page share
        self,
        user: str,
        channel: str,
        name: str,
        content: str | bytes,
        comment: str = "",
        thread_ts: str | None = None,
        *,
        snippet_type: str | None = None,
    ) -> Delivery:
        """Send a message with a file, or a snippet of a type; the result has its timestamp."""
        data = content.encode() if isinstance(content, str) else content

        async def share(actions: Actions) -> Delivery:
            return actions.files.share(
                user,
                channel,
                name,
                data,
                comment,
                thread_ts=thread_ts,
                snippet_type=snippet_type,
            )

        return self._deliver(share)

    def remove_files(
        self, user: str, channel: str, message_ts: str, *, is_hidden: bool = False
    ) -> None:
        """Delete the files of a person's message, or hide them by the limit of a free plan.

        Raises SlackError `cant_delete_file`, `file_not_found`.
        """
        self._act(
            lambda actions: actions.files.remove(user, channel, message_ts, is_hidden=is_hidden)
        )

    def click(  # noqa: PLR0917  -- named like this by the API that tests and the page share
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
    ) -> Delivery:
        """Use a button or another element of a message and wait for the acknowledgement."""
        return self._deliver(
            lambda actions: actions.messages.click(
                user, channel, message_ts, action_id=action_id, block_id=block_id, value=value
            )
        )

    def click_in_view(  # noqa: PLR0917  -- named like this by the API that tests and the page share
        self,
        user: str,
        view_id: str,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
        values: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Use an element of a modal or home tab; `values` has what was entered so far."""
        return self._deliver(
            lambda actions: actions.views.click(
                user, view_id, action_id=action_id, block_id=block_id, value=value, values=values
            )
        )

    def suggest_in_view(
        self, user: str, view_id: str, action_id: str, typed: str, block_id: str | None = None
    ) -> Delivery:
        """Type into an `external_select` of a view; the acknowledgement has the options."""
        return self._deliver(
            lambda actions: actions.suggestions.in_view(
                user, view_id, action_id=action_id, block_id=block_id, typed=typed
            )
        )

    def submit_view(self, user: str, view_id: str, values: Mapping[str, Any]) -> Delivery:
        """Fill in and submit a modal, then do what the app responds.

        `values` is by action id, or by block id and action id. Input that the client itself refuses
        never reaches the app: `missing_input`, `input_too_long` and others.
        """
        return self._deliver(lambda actions: actions.modals.submit(user, view_id, values))

    def close_view(self, user: str, view_id: str, *, closes_all: bool = False) -> Delivery:
        """Close a modal, and with `closes_all` the whole stack."""
        return self._deliver(
            lambda actions: actions.modals.close(user, view_id, closes_all=closes_all)
        )

    def open_home(
        self, user: str, tab: Literal["home", "messages"] = "home"
    ) -> dict[str, Any] | None:
        """Open the app's home or messages tab; return the home tab that is published so far.

        Raises SlackError `not_enabled` when the app has no such tab.
        """
        return self._act(lambda actions: actions.views.open_home(user, tab=tab))

    def shortcut(self, user: str, callback_id: str) -> Delivery:
        """Start a global shortcut and wait for the acknowledgement."""
        return self._deliver(lambda actions: actions.shortcuts.start(user, callback_id))

    def message_shortcut(
        self, user: str, callback_id: str, channel: str, message_ts: str
    ) -> Delivery:
        """Start a shortcut from a message and wait for the acknowledgement."""
        return self._deliver(
            lambda actions: actions.shortcuts.start_on_message(
                user, callback_id, channel, message_ts
            )
        )

    def create_channel(self, name: str) -> str:
        """Create a public channel of everybody and the bot, and return its id.

        Raises SlackError `invalid_name`, `name_taken`.
        """
        return self._act(lambda actions: actions.channels.create(name))

    def invite(self, user: str, channel: str) -> None:
        """Invite the bot to a channel."""
        self._act(lambda actions: actions.channels.invite(user, channel))

    def kick(self, channel: str) -> None:
        """Remove the bot from a channel."""
        self._act(lambda actions: actions.channels.kick(channel))

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive or unarchive a channel."""
        self._act(lambda actions: actions.channels.archive(channel, archived=archived))

    def restrict(self, channel: str, posting: Posting) -> None:
        """Restrict where apps may post in a channel."""
        self._act(lambda actions: actions.channels.restrict(channel, posting))

    def rename(self, channel: str, name: str) -> None:
        """Rename a channel. Raises SlackError `invalid_name`, `name_taken`."""
        self._act(lambda actions: actions.channels.rename(channel, name))

    def make_private(self, channel: str) -> None:
        """Convert a public channel to a private one."""
        self._act(lambda actions: actions.channels.make_private(channel))

    def delete_channel(self, channel: str) -> None:
        """Delete a channel with its messages."""
        self._act(lambda actions: actions.channels.delete(channel))

    def join_organization(self, homes: Mapping[str, str] | None = MappingProxyType({})) -> None:
        """Make the workspace part of an Enterprise organization, or with None of none again.

        `homes` has, by person, the workspace (`T…`) or organization (`E…`) that payloads name as
        their own.
        """
        self._act(lambda actions: actions.channels.join_organization(homes))

    @abstractmethod
    def _act(self, act: Callable[[Actions], _Result]) -> _Result:
        """Run an action that does not wait for the app. Raises SlackError."""

    @abstractmethod
    def _deliver(self, act: Callable[[Actions], Coroutine[Any, Any, Delivery]]) -> Delivery:
        """Run an action and wait until the app has acknowledged it."""
