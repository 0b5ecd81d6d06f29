"""Odd records: a response in which some optional fields of one record are not what they should be.

Real services send dashes, NaN, foreign date forms, and leave fields out.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from odps_bot.sandbox.maxcompute.calls import Response

_JSON_VALUE = r'"(?:[^"\\]|\\.)*"|\{[^{}]*\}|\[[^\[\]]*\]|[^,}\]\s]+'


def with_odd_fields(
    response: Response, fields: Mapping[str, str | None], *, number: int
) -> Response:
    """Return the response with other texts for the fields of its record `number`, from 0.

    A field is an element of XML, a key of JSON, also of JSON in a text, or a header. The text
    stands there as it is, of JSON with its quotes; None leaves the field out. Fields that the
    record does not have are not added.
    """
    body = response.body.decode()
    headers = dict(response.headers)
    for name, text in fields.items():
        body = _replaced(body, name, text, number)
        for header in [known for known in headers if known.lower() == name.lower()]:
            headers[header] = text or ""
    return replace(response, body=body.encode(), headers=headers)


def _replaced(body: str, name: str, text: str | None, number: int) -> str:
    escaped = re.escape(name)
    field = re.compile(
        rf"<{escaped}>[^<]*</{escaped}>|<{escaped}/>"
        rf'|(?P<quote>\\?")(?P<name>{escaped})(?P=quote)\s*:\s*(?:{_JSON_VALUE})(?P<comma>,?)',
        re.DOTALL,
    )
    found = list(field.finditer(body))
    if number >= len(found):
        return body
    match = found[number]
    return body[: match.start()] + _field(match, name, text) + body[match.end() :]


def _field(match: re.Match[str], name: str, text: str | None) -> str:
    if text is None:
        return ""
    if (quote := match["quote"]) is None:
        return f"<{name}>{text}</{name}>"
    written = text.replace('"', r"\"") if quote.startswith("\\") else text
    return f"{quote}{name}{quote}: {written}{match['comma']}"
