"""Files: announced, sent, and shared in a channel."""

import mimetypes
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from odps_bot.sandbox.slack.errors import SlackError

LARGEST_SNIPPET_BYTES = 1_000_000
#: Together; the oldest contents are forgotten first.
CAPACITY_BYTES = 200_000_000


@dataclass(kw_only=True)
class File:
    """A file on its way, or shared."""

    id: str
    secret: str
    name: str
    title: str
    length: int  #: bytes announced
    created_at: datetime
    snippet_type: str | None
    content: bytes | None = None
    is_complete: bool = False

    @property
    def path(self) -> str:
        """The path people download it from."""
        return f"/files/{self.id}/{self.secret}/{self.name}"

    def as_json(self, base_url: str) -> dict[str, Any]:
        """Return Slack's file object."""
        mimetype = mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        suffix = self.name.rpartition(".")[2] if "." in self.name else ""
        url = base_url + self.path
        return {
            "id": self.id,
            "created": int(self.created_at.timestamp()),
            "timestamp": int(self.created_at.timestamp()),
            "name": self.name,
            "title": self.title,
            "mimetype": mimetype,
            "filetype": self.snippet_type or suffix,
            "mode": "snippet" if self.snippet_type else "hosted",
            "size": len(self.content or b""),
            "url": url,
            "url_private": url,
            "url_private_download": url,
        }


class Files:
    """All files of the workspace."""

    def __init__(self) -> None:
        """Start empty."""
        self._files: dict[str, File] = {}

    def announce(
        self, *, name: str, length: int, snippet_type: str | None, created_at: datetime
    ) -> File:
        """Return a file whose bytes are still to come."""
        file = File(
            id="F" + secrets.token_hex(5).upper(),
            secret=secrets.token_hex(16),
            name=name.replace("/", "_") or "untitled",
            title=name,
            length=length,
            created_at=created_at,
            snippet_type=snippet_type,
        )
        self._files[file.id] = file
        return file

    def find(self, file_id: str) -> File:
        """Return a file. Raises SlackError `file_not_found`."""
        file = self._files.get(file_id)
        if file is None:
            raise SlackError("file_not_found")
        return file

    def open_with(self, file_id: str, secret: str) -> File:
        """Return a file to whoever has its secret. Raises SlackError `file_not_found`."""
        file = self.find(file_id)
        if not secrets.compare_digest(file.secret.encode(), secret.encode()):
            raise SlackError("file_not_found")
        return file

    def store(self, file: File, content: bytes) -> None:
        """Take the bytes of an announced file."""
        file.content = content
        kept = sum(len(other.content or b"") for other in self._files.values())
        for other in list(self._files.values()):
            if kept <= CAPACITY_BYTES or other is file:
                break
            kept -= len(other.content or b"")
            del self._files[other.id]

    def shared(self) -> list[File]:
        """Return the files that were completed, oldest first."""
        return [file for file in self._files.values() if file.is_complete]
