"""Payloads that no listener can read: refused, so that Slack shows the person that it failed."""

import logging
from http import HTTPStatus

from slack_bolt import App, BoltResponse

from odps_bot.listeners.error_boundary import new_reference

log = logging.getLogger(__name__)

#: Raised when a payload is not shaped as Slack documents it.
UNREADABLE = (LookupError, TypeError, AttributeError, ValueError)


def register(app: App) -> None:
    """Refuse where a listener raises; nothing was handed over then."""
    app.error(refuse)


def refuse(error: Exception) -> BoltResponse:
    """Return an error response: 400 if the payload can't be read, otherwise 500."""
    reference = new_reference()
    log.error("a request from Slack failed (ref %s)", reference, exc_info=error)
    is_theirs = isinstance(error, UNREADABLE)
    return BoltResponse(
        status=HTTPStatus.BAD_REQUEST if is_theirs else HTTPStatus.INTERNAL_SERVER_ERROR
    )
