"""What names a post, and where it may go."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, NamedTuple, TypeAlias

from odps_bot.store.notification_kind import NotificationKind

#: The place of what only one person sees: it cannot be searched.
IN_PRIVATE = "private"


@dataclass(frozen=True, kw_only=True)
class PostId:
    """The one message that is posted: its lease is kept under it, and Slack finds it by it."""

    kind: NotificationKind
    subject_id: str
    field: str = "run_id"  #: what `subject_id` is called in Slack's metadata
    after: int = 0  #: so many of the kind were posted before it, and are gone
    since: datetime | None = None  #: it was not posted before, by Redis' clock; None: unknown

    @property
    def label(self) -> dict[str, str]:
        """The metadata by which the message is found again."""
        return {self.field: self.subject_id, "kind": self.stored_kind}

    @property
    def stored_kind(self) -> str:
        """What the lease and the label call its kind."""
        name = self.kind.stored_name
        return f"{name}-{self.after + 1}" if self.after else name

    @property
    def run_id(self) -> str:
        """The run's id for the audit trail, if it is about a run."""
        return self.subject_id if self.field == "run_id" else ""


class Place(NamedTuple):
    """Where a message is posted."""

    channel_id: str  #: or a user's id: a direct message
    thread_ts: str | None = None

    @property
    def is_person(self) -> bool:
        """Whether it is a person: they can be posted to, but have no history."""
        return self.channel_id.startswith(("U", "W"))

    @property
    def key(self) -> str:
        """What a lease calls it."""
        return f"{self.channel_id} {self.thread_ts}" if self.thread_ts else self.channel_id

    @classmethod
    def of_key(cls, key: str) -> "Place":
        """Return the place that a lease calls so."""
        channel_id, _, thread_ts = key.partition(" ")
        return cls(channel_id, thread_ts or None)


class Posted(NamedTuple):
    """A message that is there."""

    place: Place
    ts: str


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file that is ready to be sent."""

    content: BinaryIO  #: to be read from its beginning
    size_bytes: int
    title: str
    comment: str  #: mrkdwn, above the file
    alt_text: str = ""  #: of a picture


MakeFile: TypeAlias = Callable[[], AbstractContextManager[NewFile]]
