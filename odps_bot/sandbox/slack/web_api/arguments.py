"""The arguments of a Web API call in any encoding."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from odps_bot.sandbox.slack.entities import HOME_TEAM, Team
from odps_bot.sandbox.slack.errors import SlackError, invalid

_TRUE = frozenset({"1", "true", "True"})


def parse_body(body: bytes, *, content_type: str) -> dict[str, Any]:
    """Return the arguments in a JSON or form body, which can be empty.

    Raises SlackError: `invalid_json`, `json_not_object` or `invalid_form_data`.
    """
    if not body:
        return {}
    if content_type == "application/json":
        try:
            values = json.loads(body)
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(values, dict):
            raise SlackError("json_not_object")
        return values
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        raise SlackError("invalid_form_data") from None


class Arguments:
    """Typed access to the arguments; null counts as absent."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Read from `values`, whose numbers and booleans can be text."""
        self.values = {name: value for name, value in values.items() if value is not None}
        self.team: Team = HOME_TEAM  #: the workspace of the token

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """Return an argument as text; empty when it is absent."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        """Return an argument as text. Raises SlackError `invalid_arguments` when it is absent."""
        value = self.text(name)
        if not value:
            raise invalid("invalid_arguments", [f"missing required field: {name}"])
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean argument."""
        value = self.values.get(name, default)
        return value if isinstance(value, bool) else str(value) in _TRUE

    def number(self, name: str, *, default: int) -> int:
        """Return an integer. Raises SlackError `invalid_arguments` when it is not one."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            message = f"must be an integer [json-pointer:/{name}]"
            raise invalid("invalid_arguments", [message]) from None

    def structure(self, name: str, kind: type, *, error: str) -> Any:
        """Return a list or mapping, which forms carry as JSON text; None when it is absent.

        Raises SlackError with the code `error` for any other type.
        """
        value = self.values.get(name)
        if isinstance(value, str):
            if not value:
                return None
            try:
                value = json.loads(value)
            except ValueError:
                raise SlackError(error) from None
        if value is not None and not isinstance(value, kind):
            raise SlackError(error)
        return value
