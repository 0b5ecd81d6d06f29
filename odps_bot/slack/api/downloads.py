"""Files that people share, read with the bot's token (scope `files:read`).

https://docs.slack.dev/reference/objects/file-object
"""

import re
import time
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

CHUNK_BYTES = 65_536

#: Readers of addresses disagree about where any other host ends: at a `\`, for some.
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")


class DownloadError(Exception):
    """A file could not be read; the message says why, in plain words for the person."""


class _Bearer(AuthBase):
    """The bot's token. As an `auth` it is not sent on to where a redirect leads."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def download(
    address: str, *, token: str, api_url: str, most_bytes: int, within: timedelta
) -> bytes:
    """Return what is at `address`, which must be Slack's: at `api_url`'s host or below it.

    Raises DownloadError for anything else, for more than `most_bytes`, and when it takes longer
    than `within`.
    """
    if not is_slacks(address, api_url=api_url):
        raise DownloadError("The file isn't stored at Slack.")
    deadline = time.monotonic() + within.total_seconds()
    try:
        with requests.get(
            address,
            auth=_Bearer(token),
            stream=True,
            # Who may not read a file is led to a page to sign in.
            allow_redirects=False,
            timeout=within.total_seconds(),
        ) as response:
            return _read(response, most_bytes=most_bytes, deadline=deadline)
    except requests.RequestException as error:
        raise DownloadError("Slack didn't return the file in time.") from error


def is_slacks(address: str, *, api_url: str) -> bool:
    """Return whether the bot's token may be sent to this address."""
    try:
        there, slack = urlsplit(address), urlsplit(api_url)
        port, slacks_port = there.port, slack.port
    except ValueError:
        return False
    host, slacks_host = there.hostname or "", slack.hostname or ""
    is_below = _HOST.fullmatch(host) is not None and host.endswith("." + slacks_host)
    is_same_host = host == slacks_host or is_below
    is_plain = there.username is None and there.password is None
    return bool(
        slacks_host
        and is_same_host
        and is_plain
        and (there.scheme, port) == (slack.scheme, slacks_port)
    )


def _read(response: requests.Response, *, most_bytes: int, deadline: float) -> bytes:
    kind = response.headers.get("Content-Type", "")
    if response.status_code != HTTPStatus.OK or kind.startswith("text/html"):
        raise DownloadError("Slack doesn't let me read the file.")
    content = b""
    for chunk in response.iter_content(CHUNK_BYTES):
        content += chunk
        if len(content) > most_bytes:
            raise DownloadError(f"The file is too large: at most {most_bytes:,} bytes.")
        if time.monotonic() > deadline:
            raise DownloadError("Slack didn't return the file in time.")
    return content
