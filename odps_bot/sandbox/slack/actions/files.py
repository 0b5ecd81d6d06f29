"""Files of people: attached to a message, or chosen in a modal."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odps_bot.sandbox.slack.delivery.dispatcher import Delivery
from odps_bot.sandbox.slack.entities import Person
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.message_log import Message
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
    ) -> Delivery:
        """Send a message with a file. Raises SlackError `is_archived`, `message_not_found`."""
        person, conversation = self.workspace.writer_in(user, channel)
        message: Message = {
            "subtype": "file_share",
            "text": self.workspace.as_typed(comment),
            "upload": True,
            "display_as_bot": False,
        }
        if thread_ts is not None:
            message["thread_ts"] = self.workspace.thread_of(conversation, thread_ts)
        with self.workspace.changing():
            file = self.workspace.files.create(
                name=name, content=content, user_id=person.id, created_at=self.workspace.clock()
            )
        author = self.workspace.person_author(person, conversation)
        shared = self.workspace.share_files(conversation, author, message, [file])
        return Delivery(ok=True, ts=shared["ts"])

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
