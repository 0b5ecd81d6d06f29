"""SQL in a file that a person shared; no code but this asks Slack for one."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from odps_bot.errors import CommandError
from odps_bot.input.slack_message.files import (
    FileTrouble,
    is_stored_elsewhere,
    is_stub,
    kind_of,
    name_of,
    trouble_of,
)
from odps_bot.input.slack_message.pieces import Message
from odps_bot.messages import text as t
from odps_bot.messages.sentences import SENTENCES
from odps_bot.services import Services
from odps_bot.slack.api.downloads import DownloadError
from odps_bot.slack.errors import RefusedError, SlackError

log = logging.getLogger(__name__)

#: MaxCompute's own limit; what is typed is far shorter.
#: https://www.alibabacloud.com/help/en/maxcompute/product-overview/limits-6
SQL_BYTES = 2 * 1024 * 1024

#: Slack awaits an answer for 3 s, and a modal is opened within them.
PATIENCE = timedelta(seconds=1.5)

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


class UnreadableFileError(Exception):
    """The file holds no SQL that we can read; the message says why (plain text)."""


@dataclass(frozen=True, kw_only=True)
class SqlFiles:
    """The files of a message."""

    readable: Sequence[Message] = ()  #: Slack's objects of those that may hold SQL
    refused: Sequence[str] = ()  #: what is wrong with each of the others (mrkdwn)


def sql_files_of(files: Iterable[Message], services: Services) -> SqlFiles:
    """Return which of these files may hold SQL, and why the others don't.

    Slack is asked about files of other workspaces, of which a message only has the ids; within
    `PATIENCE`, for somebody waits. `services` are those of the workspace.
    """
    readable: list[Message] = []
    refused: list[str] = []
    deadline = time.monotonic() + PATIENCE.total_seconds()
    for file in files:
        known = _look_up(file, services, deadline=deadline) if is_stub(file) else file
        trouble = known if isinstance(known, FileTrouble) else trouble_of(known)
        if trouble is None and not isinstance(known, FileTrouble):
            readable.append(known)
            continue
        described = file if isinstance(known, FileTrouble) else known
        refused.append(_trouble_in_words(described, trouble or FileTrouble.OTHER_TYPE))
    return SqlFiles(readable=readable, refused=refused)


def _look_up(file: Message, services: Services, *, deadline: float) -> Message | FileTrouble:
    file_id = file.get("id")
    if not isinstance(file_id, str):
        return FileTrouble.NOT_FOUND
    if time.monotonic() > deadline:
        return FileTrouble.UNREACHABLE
    try:
        found = services.slack.gateway.file_info(file_id)
    except RefusedError as error:
        log.info("a file of another workspace cannot be read: %s", error)
        return FileTrouble.NOT_FOUND
    except SlackError as error:
        log.warning("a file of another workspace was not looked up: %s", error)
        return FileTrouble.UNREACHABLE
    is_known = isinstance(found, Mapping) and not is_stub(found)
    return found if is_known else FileTrouble.NOT_FOUND


def _trouble_in_words(file: Message, trouble: FileTrouble) -> str:
    kind = t.escape(kind_of(file)) or "another kind"
    trouble_in_words = SENTENCES.file_troubles[trouble].format(kind=kind)
    return f"{name_in_words(file)}: {trouble_in_words}" if name_of(file) else trouble_in_words


def name_in_words(file: Message) -> str:
    """Return the name of a file as mrkdwn."""
    return t.code(name_of(file) or "the file", limit=80)


def check_length(sql: str, *, end: str = "Nothing was submitted.") -> None:
    """Raise CommandError, with `end`, for a statement that is too long, or is no text at all."""
    try:
        length = len(sql.encode())
    except UnicodeEncodeError as error:
        raise CommandError(
            f"This statement contains half of a character: a surrogate that stands alone. {end}"
        ) from error
    if length > SQL_BYTES:
        raise CommandError(f"This statement is too long: at most {SQL_BYTES:,} bytes. {end}")


def read_sql_file(file: Mapping[str, Any], services: Services) -> str:
    """Return the text of a file, given Slack's file object. Raises UnreadableFileError."""
    if is_stored_elsewhere(file):
        raise UnreadableFileError("The file isn't stored at Slack.")
    address = file.get("url_private_download") or file.get("url_private")
    if not isinstance(address, str):
        raise UnreadableFileError("Slack doesn't let me read the file.")
    size = file.get("size")
    if isinstance(size, int) and size > SQL_BYTES:
        raise UnreadableFileError(f"The file is too large: at most {SQL_BYTES:,} bytes.")
    try:
        content = services.slack.gateway.download(address, most_bytes=SQL_BYTES, within=PATIENCE)
    except DownloadError as error:
        raise UnreadableFileError(str(error)) from error
    return as_text(content)


def as_text(content: bytes) -> str:
    """Return the text of a file: UTF-8, or UTF-16 with its mark. Raises UnreadableFileError."""
    marked = (name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark))
    try:
        text = content.decode(next(marked, "utf-8"))
    except UnicodeDecodeError as error:
        raise UnreadableFileError("The file isn't text. Save it as UTF-8.") from error
    if "\x00" in text:
        raise UnreadableFileError("The file isn't text.")
    return text
