"""What Slack's responses hold, read by types: one that lacks it counts as no response.

`ok: true` says that Slack has done what it was asked for, so what cannot be read may have happened.
"""

from typing import Any

from odps_bot.slack.errors import UNREADABLE, UnreachableError


def text_at(response: Any, *names: str, method: str) -> str:
    """Return the text under these names, one inside the other. Raises UnreachableError."""
    value = response
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, str) or not value:
        raise _unreadable(method, ".".join(names))
    return value


def objects_at(response: Any, name: str, *, method: str) -> list[dict[str, Any]]:
    """Return the objects in the list of this name. Raises UnreachableError where there is none."""
    return [entry for entry in _list_at(response, name, method=method) if isinstance(entry, dict)]


def texts_at(response: Any, name: str, *, method: str) -> list[str]:
    """Return the texts in the list of this name. Raises UnreachableError where there is none."""
    return [entry for entry in _list_at(response, name, method=method) if isinstance(entry, str)]


def object_in(value: Any) -> dict[str, Any]:
    """Return an object that may be missing; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def objects_in(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list that may be missing; anything else is none."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _list_at(response: Any, name: str, *, method: str) -> list[Any]:
    value = response.get(name) if isinstance(response, dict) else None
    if not isinstance(value, list):
        raise _unreadable(method, name)
    return value


def _unreadable(method: str, name: str) -> UnreachableError:
    reason = f"the response lacks {name}"
    return UnreachableError(method, UNREADABLE, reason=reason, may_have_happened=True)
