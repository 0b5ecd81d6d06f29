"""The files of a message: which may hold SQL, and why the others don't. Pure.

https://docs.slack.dev/reference/objects/file-object
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from odps_bot.input.slack_message.pieces import Message, mappings_in, string

_DEEPEST = 5


class FileTrouble(StrEnum):
    """Why a file isn't read as SQL."""

    DELETED = "deleted"
    HIDDEN_BY_LIMIT = "hidden_by_limit"  #: older than the workspace's plan shows
    NO_ACCESS = "no_access"
    CANVAS = "canvas"
    POST = "post"
    LIST = "list"
    EMAIL = "email"
    EXTERNAL = "external"  #: stored elsewhere, and only linked
    OTHER_SNIPPET = "other_snippet"
    OTHER_TYPE = "other_type"
    NOT_FOUND = "not_found"  #: a stub that Slack doesn't tell more about
    UNREACHABLE = "unreachable"  #: the same, for now


_BY_MODE = {
    "tombstone": FileTrouble.DELETED,
    "hidden_by_limit": FileTrouble.HIDDEN_BY_LIMIT,
    "canvas": FileTrouble.CANVAS,
    "quip": FileTrouble.CANVAS,
    "space": FileTrouble.POST,
    "post": FileTrouble.POST,
    "docs": FileTrouble.POST,
    "list": FileTrouble.LIST,
    "email": FileTrouble.EMAIL,
    "external": FileTrouble.EXTERNAL,
}
_BY_ACCESS = {
    "file_not_found": FileTrouble.DELETED,
    "access_denied": FileTrouble.NO_ACCESS,
    "slack_file_deleted": FileTrouble.DELETED,
}
_BY_TYPE = {
    "canvas": FileTrouble.CANVAS,
    "quip": FileTrouble.CANVAS,
    "space": FileTrouble.POST,
    "post": FileTrouble.POST,
    "list": FileTrouble.LIST,
    "email": FileTrouble.EMAIL,
}


def files_of(message: Message, depth: int = 0) -> Iterator[Message]:
    """Iterate over the files of a message and of those that it forwards."""
    yield from mappings_in(message.get("files"))
    if depth < _DEEPEST:
        for attachment in mappings_in(message.get("attachments")):
            wrapped = mappings_in(attachment.get("message_blocks"))
            inner = [part.get("message") for part in wrapped]
            for found in (attachment, *mappings_in(inner)):
                yield from files_of(found, depth + 1)


def is_stub(file: Message) -> bool:
    """Return whether Slack has to be asked what the file is: it is another workspace's."""
    return file.get("file_access") == "check_file_info"


def is_stored_elsewhere(file: Message) -> bool:
    """Return whether Slack only links to the file: its address is somebody else's."""
    is_linked = file.get("is_external") not in {None, False}
    return is_linked or bool(file.get("external_type")) or file.get("mode") == "external"


def trouble_of(file: Message) -> FileTrouble | None:
    """Return why a file, which is no stub, isn't read as SQL, or None if it is."""
    mode, kind = string(file.get("mode")), string(file.get("filetype"))
    known = (
        _BY_MODE.get(mode)
        or _BY_ACCESS.get(string(file.get("file_access")))
        or _BY_TYPE.get(kind)
        or (FileTrouble.EXTERNAL if is_stored_elsewhere(file) else None)
    )
    if known:
        return known
    if name_of(file).lower().endswith((".sql", ".txt")) or kind in {"sql", "text"}:
        return None
    return FileTrouble.OTHER_SNIPPET if mode == "snippet" else FileTrouble.OTHER_TYPE


def name_of(file: Message) -> str:
    """Return the file's name, or its title where it has none; may be empty."""
    return string(file.get("name")) or string(file.get("title"))


def kind_of(file: Message) -> str:
    """Return what Slack calls the file's type: `Python`, `PDF`; empty where it says nothing."""
    return string(file.get("pretty_type")) or string(file.get("filetype"))


def as_kept(file: Message) -> dict[str, Any]:
    """Return what is needed of a file to read it later."""
    address = ("url_private", "url_private_download", "mode", "is_external", "external_type")
    keys = ("id", "name", "title", "size", *address)
    return {key: file[key] for key in keys if isinstance(file.get(key), str | int)}
