"""Files that people share, read with the bot's token (scope `files:read`).

https://docs.slack.dev/reference/objects/file-object
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from ipaddress import ip_address
from types import MappingProxyType
from urllib.parse import SplitResult, unquote, urlsplit

import requests
from requests.auth import AuthBase

CHUNK_BYTES = 65_536

#: Where Slack keeps files, by the host of its Web API; the sandbox keeps them at the same host.
_FILE_HOSTS: Mapping[str, str] = MappingProxyType(
    {"slack.com": "files.slack.com", "slack-gov.com": "files.slack-gov.com"}
)

#: Files, and their thumbnails. Anything else at that host is no file.
_FOLDERS = frozenset({"files-pri", "files-tmb"})


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
    """Return the file at `address`, which must be one of Slack's: see `is_slacks`.

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
    """Return whether the bot's token may be sent to this address: that of a file, and nothing else.

    It leads to the one host where Slack keeps files, over TLS, or to a sandbox on this machine.
    """
    try:
        there, slack = urlsplit(address), urlsplit(api_url)
        port, slacks_port = there.port, slack.port
    except ValueError:
        return False
    slacks_host = slack.hostname or ""
    host = _FILE_HOSTS.get(slacks_host, slacks_host)
    return bool(
        host
        and address.isprintable()
        # Readers of addresses disagree about what else than its name can stand before the path.
        and there.netloc == (host if port is None else f"{host}:{port}")
        and (there.scheme, port) == (slack.scheme, slacks_port)
        and (there.scheme == "https" or _is_this_machine(host))
        and _is_file(there)
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_file(address: SplitResult) -> bool:
    """Return whether the path is that of a file, whoever resolves and decodes it."""
    path = unquote(unquote(address.path))
    first, *rest = address.path.removeprefix("/").split("/")
    is_odd = "\\" in path or not path.isprintable() or {".", ".."} & set(path.split("/"))
    return first in _FOLDERS and bool(rest) and not is_odd


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
