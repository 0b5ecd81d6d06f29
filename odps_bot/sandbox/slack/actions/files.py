"""Files of people: attached to a message, or chosen in a modal."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odps_bot.sandbox.slack.delivery.dispatcher import Delivery
from odps_bot.sandbox.slack.entities import Person
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.file_objects import GONE_MODES
from odps_bot.sandbox.slack.message_log import Message
from odps_bot.sandbox.slack.uploads import MAX_SNIPPET_BYTES
from odps_bot.sandbox.slack.web_api.files import is_visible_to
from odps_bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class FileActions:
    """Uploads and shares files of people."""

    workspace: Workspace

    def share(
        self,
        user: str,
        channel: str,
        name: str,
        content: bytes,
        comment: str = "",
        *,
        thread_ts: str | None = None,
        snippet_type: str | None = None,
    ) -> Delivery:
        """Send a message with a file; with `snippet_type` (`sql`, `text`, …) a snippet.

        Raises SlackError `is_archived`, `message_not_found`, `snippet_too_large`.
        """
        if snippet_type and len(content) > MAX_SNIPPET_BYTES:
            raise SlackError("snippet_too_large")
        person, conversation = self.workspace.writer_in(user, channel)
        message: Message = {
            "subtype": "file_share",
            **self.workspace.compose(person, comment),
            "upload": True,
            "display_as_bot": False,
        }
        if thread_ts is not None:
            message["thread_ts"] = self.workspace.thread_of(conversation, thread_ts)
        with self.workspace.changing():
            file = self.workspace.files.create(
                name=name or "Untitled",
                content=content,
                user_id=person.id,
                created_at=self.workspace.clock(),
                snippet_type=snippet_type,
            )
        author = self.workspace.person_author(person, conversation)
        shared = self.workspace.share_files(conversation, author, message, [file])
        return Delivery(ok=True, ts=shared["ts"])

    def remove(self, user: str, channel: str, message_ts: str, *, is_hidden: bool = False) -> None:
        """Delete the files of a person's message; the message keeps tombstones of them.

        With `is_hidden` they are out of the person's reach by the limit of a free plan instead.
        Raises SlackError `message_not_found`, `cant_delete_file`, `file_not_found`.
        """
        person, conversation = self.workspace.actor_in(user, channel)
        message = self.workspace.message(conversation, message_ts)
        if message["user"] != person.id:
            raise SlackError("cant_delete_file")
        kept = [file for file in message.get("files", []) if file.get("mode") not in GONE_MODES]
        if not kept:
            raise SlackError("file_not_found")
        for entry in kept:
            file = self.workspace.files.find(entry["id"])
            if is_hidden:
                self.workspace.hide_file(file)
            else:
                self.workspace.remove_file(file)

    def upload(self, person: Person, entry: Any) -> dict[str, Any]:
        """Upload a file chosen in a modal, or find it by its id; return its file object.

        Raises SlackError `invalid_file`, `file_not_found`.
        """
        with self.workspace.changing():
            if isinstance(entry, str):
                file = self.workspace.files.find(entry)
                if not is_visible_to(self.workspace, file, person.id):
                    raise SlackError("file_not_found", message="Choose a file that you can see.")
            else:
                file = self.workspace.files.create(
                    name=str(entry["name"]),
                    content=read_file_content(entry),
                    user_id=person.id,
                    created_at=self.workspace.clock(),
                )
            file.is_given_to_app = True
        return self.workspace.describe_file(file)


def read_file_content(entry: Mapping[str, Any]) -> bytes:
    """Return the bytes of `{"text": …}` or `{"content": base64}`. Raises `invalid_file`."""
    if "text" in entry:
        return str(entry["text"]).encode()
    try:
        return base64.b64decode(entry["content"], validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise SlackError("invalid_file", message="The file could not be read.") from None
