"""Requests that no listener can read, or that none is for: refused, so that Slack shows it."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from slack_bolt import App, BoltResponse
from slack_bolt.error import BoltUnhandledRequestError

from odps_bot.listeners.error_boundary import new_reference
from odps_bot.services import Services

log = logging.getLogger(__name__)

#: Raised when a payload is not shaped as Slack documents it.
UNREADABLE = (LookupError, TypeError, AttributeError, ValueError)


def register(app: App, services: Services) -> None:
    """Refuse where a listener raises, or there is none; nothing was handed over then."""

    @app.error
    def handle(error: Exception) -> BoltResponse:
        if isinstance(error, BoltUnhandledRequestError):
            return _unhandled(error.body, services)
        return refuse(error)


def refuse(error: Exception) -> BoltResponse:
    """Return an error response: 400 if the payload can't be read, otherwise 500."""
    reference = new_reference()
    log.error("a request from Slack failed (ref %s)", reference, exc_info=error)
    is_theirs = isinstance(error, UNREADABLE)
    return BoltResponse(
        status=HTTPStatus.BAD_REQUEST if is_theirs else HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _unhandled(body: Mapping[str, Any], services: Services) -> BoltResponse:
    """Return an error response: Slack shows the person that it failed."""
    kind = str(body.get("type") or ("command" if "command" in body else "unknown"))
    log.warning(
        "no listener for %.40r (%.80s): an older or another version of the app offers it",
        kind,
        _name_in(body),
    )
    services.metrics.ignored(kind, "no_listener")
    return BoltResponse(status=HTTPStatus.NOT_FOUND)


def _name_in(body: Mapping[str, Any]) -> str:
    """Return what the app calls the button, modal, shortcut or command."""
    actions, view = body.get("actions"), body.get("view")
    action = actions[0] if isinstance(actions, list) and actions else None
    holders = [(action, "action_id"), (view, "callback_id"), (body, "callback_id")]
    holders += [(body, "action_id"), (body, "command")]
    names = (holder.get(key) for holder, key in holders if isinstance(holder, Mapping))
    return repr(next((name for name in names if isinstance(name, str) and name), "unnamed"))
