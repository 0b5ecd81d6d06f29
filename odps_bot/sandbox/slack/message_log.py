"""The messages of one channel in order."""

from collections.abc import Iterable, Iterator
from typing import Any

Message = dict[str, Any]

#: Older messages are dropped with their threads, so that a long-running sandbox stays small.
CAPACITY = 20_000


class MessageLog:
    """The messages of a channel by timestamp; parents carry a summary of their replies.

    Messages are never changed in place: an edit replaces the dictionary, so a reference to an old
    one stays valid.
    """

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        """Keep at most `capacity` messages."""
        self._capacity = capacity
        self._messages: dict[str, Message] = {}
        self._threads: dict[str, list[str]] = {}  #: timestamps of replies by that of their parent

    def __iter__(self) -> Iterator[Message]:
        """Iterate from the oldest to the newest."""
        return iter(self._messages.values())

    def __len__(self) -> int:
        return len(self._messages)

    def find(self, ts: str) -> Message | None:
        """Return the message with that timestamp."""
        return self._messages.get(ts)

    def add(self, message: Message) -> Message | None:
        """Append a message; for a reply, return its updated parent."""
        self._messages[message["ts"]] = message
        if is_reply(message):
            self._threads.setdefault(message["thread_ts"], []).append(message["ts"])
        self._drop_oldest()
        return self._recount(message)

    def replace(self, message: Message) -> None:
        """Replace the message with the same timestamp."""
        self._messages[message["ts"]] = message

    def remove(self, ts: str) -> Message | None:
        """Remove a message; for a reply, return its updated parent."""
        message = self._messages.pop(ts)
        if is_reply(message):
            self._threads[message["thread_ts"]].remove(ts)
        return self._recount(message)

    def replies(self, parent_ts: str) -> list[Message]:
        """Return the replies to a message without ephemeral ones, oldest first."""
        found = [self._messages.get(ts) for ts in self._threads.get(parent_ts, [])]
        return [message for message in found if message and not message.get("is_ephemeral")]

    def _recount(self, reply: Message) -> Message | None:
        if not is_reply(reply) or reply.get("is_ephemeral"):
            return None
        parent = self._messages.get(reply["thread_ts"])
        if parent is None:
            return None
        parent = {key: value for key, value in parent.items() if key not in _THREAD_KEYS}
        parent |= _thread_summary(parent["ts"], self.replies(parent["ts"]))
        self._messages[parent["ts"]] = parent
        return parent

    def _drop_oldest(self) -> None:
        while len(self._messages) > self._capacity:
            oldest = next(iter(self._messages))
            for ts in [oldest, *self._threads.pop(oldest, [])]:
                self._messages.pop(ts, None)


_THREAD_KEYS = ("thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply")


def is_reply(message: Message) -> bool:
    """Return whether a message is a reply in a thread."""
    return bool(message.get("thread_ts", message["ts"]) != message["ts"])


def newest_threads(log: Iterable[Message], *, roots: int) -> list[Message]:
    """Return the newest root messages and every reply to them, oldest first."""
    messages = list(log)
    kept = {message["ts"] for message in [m for m in messages if not is_reply(m)][-roots:]}
    return [m for m in messages if m["ts"] in kept or m.get("thread_ts") in kept]


def _thread_summary(parent_ts: str, replies: list[Message]) -> Message:
    if not replies:
        return {}
    users = list(dict.fromkeys(reply["user"] for reply in replies))
    return {
        "thread_ts": parent_ts,
        "reply_count": len(replies),
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": replies[-1]["ts"],
    }
