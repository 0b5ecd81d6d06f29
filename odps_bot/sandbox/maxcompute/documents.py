"""The XML documents of the service's responses."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from odps_bot.sandbox.maxcompute.calls import Response
from odps_bot.sandbox.maxcompute.service_errors import ServiceError

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
#: Characters that XML 1.0 does not allow, https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
    if code not in {9, 10, 13}
}


def element(tag: str, *content: str, attributes: Mapping[str, str] | None = None) -> str:
    """Return an element; content is XML, so texts must pass through `text` or `cdata` first."""
    listed = "".join(
        f' {name}="{escape(value, _QUOTES)}"' for name, value in (attributes or {}).items()
    )
    inner = "".join(content)
    return f"<{tag}{listed}>{inner}</{tag}>" if inner else f"<{tag}{listed}/>"


def text(value: object) -> str:
    """Return a text as the content of an element."""
    return escape(_clean(str(value)), {"\r": _RETURN})


def cdata(value: str) -> str:
    """Return a text as one or more CDATA sections."""
    whole = _clean(value).replace("]]>", "]]]]><![CDATA[>")
    whole = whole.replace("\r", f"]]>{_RETURN}<![CDATA[")
    return f"<![CDATA[{whole}]]>"


def document(root: str, **headers: str) -> Response:
    """Return a response with a document."""
    return Response(body=f"{DECLARATION}\n{root}".encode(), headers=headers)


def elements(tag: str, values: Iterable[tuple[str, object]]) -> str:
    """Return an element with one child per pair."""
    return element(tag, *(element(name, text(value)) for name, value in values))


def error_response(error: ServiceError, *, request_id: str) -> Response:
    """Return an error response in the service's format."""
    body = error_document(code=error.code, message=error.message, request_id=request_id)
    return Response(error.http_status, body.encode(), headers=error.headers)


def error_document(*, code: str, message: str, request_id: str) -> str:
    """Return an error as a document: of a response, or the result of a failed task."""
    root = element(
        "Error",
        element("Code", text(code)),
        element("Message", cdata(message)),
        element("RequestId", text(request_id)),
        element("HostId", text("sandbox")),
    )
    return f"{DECLARATION}\n{root}"


def json_error_response(error: ServiceError, *, request_id: str) -> Response:
    """Return an error response in the tunnel's format."""
    content = {"Code": error.code, "Message": error.message, "RequestId": request_id}
    return Response(error.http_status, json.dumps(content).encode(), "application/json")


def http_date(instant: datetime | None) -> str:
    """Return an instant in the format of RFC 1123, in any locale; empty for None."""
    if instant is None:
        return ""
    utc = instant.astimezone(UTC)
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    return f"{day}, {utc.day:02d} {month} {utc.year:04d} {utc:%H:%M:%S} GMT"


_QUOTES = {'"': "&quot;"}
#: A parser would turn a plain one into a line feed.
_RETURN = "&#13;"


def _clean(value: str) -> str:
    """Replace characters that XML does not allow."""
    return value.translate(_FORBIDDEN)
