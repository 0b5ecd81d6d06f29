"""The sandbox's Slack for tests that inspect its state."""

from typing import Any

from odps_bot.sandbox.slack.block_kit import is_made_up
from odps_bot.sandbox.slack.interactive_elements import interactive_elements
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.workspace import Workspace


class WorkspaceInspection:
    """Reads the state of the workspace; everything returned is a copy."""

    _workspace: Workspace

    def messages(self, channel: str, *, include_ephemeral: bool = True) -> list[Message]:
        """Return the messages of a channel including replies, oldest first."""
        with self._workspace.changed:
            log = self._workspace.channel(channel).log
            return [dict(m) for m in log if include_ephemeral or not m.get("is_ephemeral")]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """Return the replies to a message without ephemeral ones, oldest first."""
        with self._workspace.changed:
            return [dict(reply) for reply in self._workspace.channel(channel).log.replies(ts)]

    def ephemerals(self, user: str) -> list[Message]:
        """Return the ephemeral messages of a person in all channels, oldest first."""
        with self._workspace.changed:
            user_id = self._workspace.person(user).id
            found = [
                dict(message)
                for channel in self._workspace.channels.values()
                for message in channel.log
                if message.get("visible_to") == user_id
            ]
        return sorted(found, key=lambda message: float(message["ts"]))

    def views(self, user: str) -> list[dict[str, Any]]:
        """Return the open modals of a person, the top one last."""
        with self._workspace.changed:
            user_id = self._workspace.person(user).id
            return [dict(view) for view in self._workspace.views.stacks.get(user_id, [])]

    def home(self, user: str) -> dict[str, Any] | None:
        """Return the home tab of a person, if one is published."""
        with self._workspace.changed:
            view = self._workspace.views.homes.get(self._workspace.person(user).id)
            return dict(view) if view else None

    def elements_with_made_up_ids(self) -> list[dict[str, Any]]:
        """Return what can be used in the app's messages and views and has no id of the app's own.

        A dialog of such an element can't be confirmed after an update.
        """
        with self._workspace.changed:
            logs = (channel.log for channel in self._workspace.channels.values())
            messages = (message for log in logs for message in log if "bot_id" in message)
            stacks = self._workspace.views.stacks.values()
            views = [*self._workspace.views.homes.values(), *(v for stack in stacks for v in stack)]
            return [
                dict(element)
                for holder in (*messages, *views)
                for block, element in interactive_elements(holder.get("blocks", []))
                if is_made_up(block["block_id"]) or is_made_up(element["action_id"])
            ]

    def files(self) -> list[dict[str, Any]]:
        """Return the shared files, each with its `content`."""
        with self._workspace.changed:
            shared = self._workspace.files.shared()
            return [
                self._workspace.describe_file(f) | {"content": f.content or b""} for f in shared
            ]

    def traffic(self) -> list[dict[str, Any]]:
        """Return the requests between Slack and the app, oldest first."""
        with self._workspace.changed:
            return self._workspace.traffic.newest()

    @property
    def is_app_connected(self) -> bool:
        """Whether the app has a connection or responded to the last request."""
        with self._workspace.changed:
            return self._workspace.is_app_connected
