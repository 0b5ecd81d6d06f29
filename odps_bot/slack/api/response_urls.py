"""Which addresses are response_urls: what we say is sent to Slack, and to nobody else.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import logging
from urllib.parse import urlsplit

from odps_bot.slack.errors import PlaceError

log = logging.getLogger(__name__)

METHOD = "response_url"

#: Our own word for an address that is none of Slack's.
FOREIGN = "foreign_address"

HOOKS, HTTPS_PORT = "hooks.slack.com", 443


def check_response_url(address: str, *, api_url: str) -> None:
    """Raise PlaceError unless it is Slack's, or at the host of the Web API that is configured.

    The address is a secret, so the log names its host alone.
    """
    if is_response_url(address, api_url=api_url):
        return
    log.warning("refused a response_url: its host is not Slack's: %.100r", _host_of(address))
    raise PlaceError(METHOD, FOREIGN)


def is_response_url(address: str, *, api_url: str) -> bool:
    """Return whether this is an address at which Slack takes replies to an interaction."""
    try:
        there, api = urlsplit(address), urlsplit(api_url)
        port = there.port
    except ValueError:
        return False
    if there.username is not None or there.password is not None:
        return False
    if (there.scheme, there.hostname) == ("https", HOOKS) and port in {None, HTTPS_PORT}:
        return True
    # GovSlack has a host of its own for hooks beside the one of its API.
    is_host = bool(api.hostname) and there.hostname in {api.hostname, f"hooks.{api.hostname}"}
    # On one's own machine servers differ by nothing but their ports.
    is_port = port in {None, HTTPS_PORT, api.port} or api.scheme == "http"
    return is_host and is_port and there.scheme == api.scheme


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
