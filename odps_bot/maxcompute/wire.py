"""XML, JSON and dates as the REST API writes them. Pure.

Parsing raises MalformedResponseError for any invalid input, and no other exception.
"""

import json
import math
import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

from odps_bot.maxcompute.errors import InvalidArgumentError, MalformedResponseError

#: What can precede the root element, and its first characters. No document type.
_PROLOG = re.compile(r"(?:[ \t\r\n]|<\?.*?\?>|<!--.*?-->)*+<[^!?]", re.DOTALL)

#: Characters that XML 1.0 can't contain, https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: f"{number:02}" for number, name in enumerate(_NAMES, start=1)}

#: No number of MaxCompute has more digits; int() of millions of digits would take minutes.
_MAX_DIGITS = 40
_LARGEST = 10**_MAX_DIGITS


#: A JSON escape; the first group matches those that are whole characters.
_JSON_ESCAPE = re.compile(
    r"(\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\[^u]|\\u(?![dD][89a-fA-F]))"
    r"|\\u[dD][89a-fA-F][\da-fA-F]{2}"
)

#: Limits of a document. Every element and value takes a hundred bytes of memory or more, so that
#: a few megabytes of nothing else would exhaust it.
_MAX_XML_MARKS = 1_000_000
_MAX_JSON_MARKS = 5_000_000

_NOT_ELEMENTS = re.compile(r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>", re.DOTALL)


def parse_xml(body: bytes) -> Element:
    """Return the root of a document in UTF-8; document types and entities are rejected."""
    text = decode(body)
    if _xml_marks(text) > _MAX_XML_MARKS and _xml_marks(_NOT_ELEMENTS.sub("", text)) > (
        _MAX_XML_MARKS
    ):
        raise MalformedResponseError("The response has more elements than any valid one.")
    if not _PROLOG.match(text):
        raise MalformedResponseError("The response is not XML, or has a document type.")
    try:
        return fromstring(text)  # noqa: S314  -- without a document type there are no entities
    except (ParseError, ValueError) as error:
        raise MalformedResponseError(f"The response is not XML: {error}") from error


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON document in UTF-8."""
    if sum(map(body.count, (b",", b":", b"[", b"{"))) > _MAX_JSON_MARKS:
        raise MalformedResponseError("The response has more values than any valid one.")
    try:
        return json.loads(replace_lone_surrogates(decode(body)), parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedResponseError(f"The response is not JSON: {error}") from error


def replace_lone_surrogates(json_text: str) -> str:
    r"""Return the JSON with lone surrogates (`\ud800`), which can't be encoded, as U+FFFD."""
    if "\\ud" not in json_text and "\\uD" not in json_text:
        return json_text
    return _JSON_ESCAPE.sub(lambda escape: escape[1] or r"\ufffd", json_text)


def parse_json_object(body: bytes) -> dict[str, Any]:
    """Return the object of a JSON document in UTF-8; an empty body is an empty object."""
    value = parse_json(body) if body.strip() else {}
    if not isinstance(value, dict):
        raise MalformedResponseError("The response is JSON, but not an object.")
    return value


def decode(body: bytes) -> str:
    """Decode a body in UTF-8, without a byte order mark."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedResponseError("The response is not in UTF-8.") from error


def text_at(element: Element, path: str) -> str | None:
    """Return the stripped text of a descendant; None if it is missing or empty."""
    return (element.findtext(path) or "").strip() or None


def pairs_at(element: Element, path: str, *, key: str = "Name") -> dict[str, str]:
    """Return the values of descendants that have a key and a Value."""
    pairs = element.iterfind(path)
    return {pair.findtext(key, ""): pair.findtext("Value", "") for pair in pairs}


def whole_number(text: object, *, default: int = 0) -> int:
    """Return the integer part of a number in text or JSON."""
    return int(number(text, default=default))


def number(text: object, *, default: float = 0) -> int | float:
    """Return a number in text or JSON; `default` if it is missing or empty."""
    # Fast path for JSON: listings have thousands.
    if type(text) is int and -_LARGEST < text < _LARGEST:
        return text
    if text is None or text == "":
        return default
    shown = str(text).strip()
    try:
        if len(shown) > _MAX_DIGITS:
            raise ValueError("too many digits")  # noqa: TRY301  -- one error for both
        if not shown:
            return default
        value = int(shown) if shown.lstrip("+-").isdecimal() else float(shown)
    except ValueError as error:
        raise MalformedResponseError(f"{shown[:_MAX_DIGITS]!r} is not a number.") from error
    if not math.isfinite(value):
        raise MalformedResponseError(f"{shown!r} is not a finite number.")
    return value


def parse_http_date(text: str | None) -> datetime | None:
    """Return the aware UTC time of `Thu, 01 Jan 2026 00:00:00 GMT`; None for empty text."""
    text = (text or "").strip()
    if not text:
        return None
    try:
        # Fast path by position: listings have thousands of dates in this format.
        if len(text) == 29 and text.endswith(" GMT"):  # noqa: PLR2004  -- the format above
            day = f"{text[12:16]}-{_MONTHS[text[8:11]]}-{text[5:7]}"
            return datetime.fromisoformat(f"{day}T{text[17:25]}Z")
        instant = parsedate_to_datetime(text)
        # HTTP has no other time zone, and some date formats omit it.
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise MalformedResponseError(f"{text[:60]!r} is not a date.") from error


def format_http_date(time: datetime) -> str:
    """Return a time as `Thu, 01 Jan 2026 00:00:00 GMT`, in any locale."""
    return format_datetime(time.astimezone(UTC), usegmt=True)


def escape(text: str) -> str:
    """Return the text as the content of an XML element.

    Raises InvalidArgumentError for characters that XML 1.0 can't contain.
    """
    _check_characters(text)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")  # parsers turn a plain one into a line feed


def cdata(text: str) -> str:
    """Return the text as CDATA sections that parse to exactly this text.

    Raises InvalidArgumentError for characters that XML 1.0 can't contain.
    """
    _check_characters(text)
    whole = text.replace("]]>", "]]]]><![CDATA[>").replace("\r", "]]>&#13;<![CDATA[")
    return f"<![CDATA[{whole}]]>"


def _xml_marks(text: str) -> int:
    """Return an upper bound of the number of elements and attributes."""
    return text.count("<") + text.count("=")


def _check_characters(text: str) -> None:
    if found := _NOT_XML.search(text):
        raise InvalidArgumentError(
            f"Character U+{ord(found.group()):04X} at position {found.start() + 1} can't be sent"
            " to MaxCompute. Remove it, or write it as an escape."
        )


def _reject_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
