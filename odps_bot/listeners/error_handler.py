"""Bolt's error handler: an error response makes Slack show the person that something failed."""

import logging
from http import HTTPStatus

from slack_bolt import App, BoltResponse

from odps_bot.listeners.error_boundary import new_reference

log = logging.getLogger(__name__)

#: Raised when a payload is not shaped as Slack documents it.
UNREADABLE = (LookupError, TypeError, AttributeError, ValueError)


def register(app: App) -> None:
    """Register the error handler; nothing was accepted when a listener raises."""
    app.error(refuse)


def refuse(error: Exception) -> BoltResponse:
    """Return an error response: 400 if the payload can't be read, otherwise 500."""
    reference = new_reference()
    log.error("a request from Slack failed (ref %s)", reference, exc_info=error)
    is_theirs = isinstance(error, UNREADABLE)
    return BoltResponse(
        status=HTTPStatus.BAD_REQUEST if is_theirs else HTTPStatus.INTERNAL_SERVER_ERROR
    )
