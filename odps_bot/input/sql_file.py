"""SQL in a file that a person shared; no code but this asks Slack for one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from odps_bot.errors import CommandError
from odps_bot.input.request import Request
from odps_bot.messages import text as t
from odps_bot.services import Services
from odps_bot.slack.api.downloads import DownloadError

#: MaxCompute's own limit is 2 MB; what is typed is far shorter.
SQL_BYTES = 1_000_000

#: Slack awaits an answer for 3 s, and a modal is opened within them.
PATIENCE = timedelta(seconds=1.5)

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


class UnreadableFileError(Exception):
    """The file holds no SQL that we can read; the message says why (plain text)."""


def is_sql_file(file: Mapping[str, Any]) -> bool:
    """Return whether Slack's file object describes a file that may hold SQL."""
    name = str(file.get("name") or "").lower()
    return name.endswith((".sql", ".txt")) or file.get("filetype") in {"sql", "text"}


def check_length(sql: str, *, end: str = "Nothing was submitted.") -> None:
    """Raise CommandError, with `end`, for a statement that is too long."""
    if len(sql.encode()) > SQL_BYTES:
        raise CommandError(f"This statement is too long: at most {SQL_BYTES:,} bytes. {end}")


def statement_of(typed: str, request: Request, services: Services) -> str:
    """Return the statement that came with a message: what was typed, or the file beside it.

    Raises CommandError where there is both, or the file cannot be read.
    """
    if request.file is None:
        return typed
    name = t.code(str(request.file.get("name") or "the file"), limit=80)
    if typed:
        raise CommandError(
            f"You entered SQL and attached {name}. Keep one of them. Nothing was submitted."
        )
    try:
        return read_sql_file(request.file, services.of_team(request.team_id)).strip()
    except UnreadableFileError as error:
        raise CommandError(f"{name}: {t.escape(str(error))} Nothing was submitted.") from error


def read_sql_file(file: Mapping[str, Any], services: Services) -> str:
    """Return the text of a file, given Slack's file object. Raises UnreadableFileError."""
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
