"""Files: announced, uploaded and shared."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from odps_bot.sandbox.slack.errors import SlackError

MAX_SNIPPET_BYTES = 1_000_000
#: For all files together; the oldest are dropped first.
CAPACITY_BYTES = 200_000_000


@dataclass(kw_only=True)
class File:
    """A file that is being uploaded or shared."""

    id: str
    secret: str  #: of its upload URL
    name: str
    title: str
    length: int  #: announced, in bytes
    user_id: str
    created_at: datetime
    snippet_type: str | None
    content: bytes | None = None
    is_complete: bool = False
    channel_ids: list[str] = field(default_factory=list)  #: where it was shared
    #: The messages with it by channel: their `ts` and, for replies, `thread_ts`.
    shares: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    is_given_to_app: bool = False  #: in a modal
    is_hidden: bool = False  #: by the limit of a free plan


class Files:
    """All files of the workspace."""

    def __init__(self) -> None:
        """Start empty."""
        self._files: dict[str, File] = {}
        self._deleted: set[str] = set()

    def announce(
        self,
        *,
        name: str,
        length: int,
        user_id: str,
        created_at: datetime,
        snippet_type: str | None = None,
    ) -> File:
        """Return a file that is about to be uploaded."""
        file = File(
            id="F" + secrets.token_hex(5).upper(),
            secret=secrets.token_hex(16),
            name=name.replace("/", "_") or "untitled",
            title=name,
            length=length,
            user_id=user_id,
            created_at=created_at,
            snippet_type=snippet_type,
        )
        self._files[file.id] = file
        return file

    def create(
        self,
        *,
        name: str,
        content: bytes,
        user_id: str,
        created_at: datetime,
        snippet_type: str | None = None,
    ) -> File:
        """Return the complete file of a person."""
        file = self.announce(
            name=name,
            length=len(content),
            user_id=user_id,
            created_at=created_at,
            snippet_type=snippet_type,
        )
        self.store(file, content)
        file.is_complete = True
        return file

    def find(self, file_id: str) -> File:
        """Return a file. Raises SlackError `file_not_found`, `file_deleted`."""
        if file_id in self._deleted:
            raise SlackError("file_deleted")
        file = self._files.get(file_id)
        if file is None:
            raise SlackError("file_not_found")
        return file

    def open_with(self, file_id: str, secret: str) -> File:
        """Return the file of an upload URL. Raises SlackError `file_not_found`."""
        file = self.find(file_id)
        if not secrets.compare_digest(file.secret.encode(), secret.encode()):
            raise SlackError("file_not_found")
        return file

    def store(self, file: File, content: bytes) -> None:
        """Store the bytes of an announced file."""
        file.content = content
        kept = sum(len(other.content or b"") for other in self._files.values())
        for other in list(self._files.values()):
            if kept <= CAPACITY_BYTES or other is file:
                break
            kept -= len(other.content or b"")
            del self._files[other.id]

    def remove(self, file: File) -> None:
        """Remove a file and its bytes."""
        self._files.pop(file.id, None)
        self._deleted.add(file.id)

    def shared(self) -> list[File]:
        """Return the complete files, oldest first."""
        return [file for file in self._files.values() if file.is_complete]
