"""XML, JSON and dates of the wire, read strictly and written safely. Pure.

Whatever is no sound answer becomes a MalformedResponseError, never another exception.
"""

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

from odps_bot.maxcompute.errors import InvalidArgumentError, MalformedResponseError

#: What may stand before the root element, and how that begins. A document type is none of it.
_PROLOG = re.compile(r"(?:[ \t\r\n]|<\?.*?\?>|<!--.*?-->)*+<[^!?]", re.DOTALL)

#: What XML 1.0 cannot carry, https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}

#: No number of MaxCompute has more digits; int() of millions of them would take minutes.
_MOST_DIGITS = 40
_LARGEST = 10**_MOST_DIGITS


#: An escape of JSON; only in the first group it does not leave half a character behind.
_JSON_ESCAPE = re.compile(
    r"(\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\[^u]|\\u(?![dD][89a-fA-F]))"
    r"|\\u[dD][89a-fA-F][\da-fA-F]{2}"
)

#: What a document may consist of. Every element and value takes a hundred bytes or more, so that a
#: few megabytes of nothing but these would fill the memory.
_MOST_XML_MARKS = 1_000_000
_MOST_JSON_MARKS = 5_000_000

_NO_ELEMENTS = re.compile(r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>", re.DOTALL)


def parse_xml(body: bytes) -> Element:
    """Return the root of a document in UTF-8. Document types and their entities are refused."""
    text = decode(body)
    if _xml_marks(text) > _MOST_XML_MARKS and _xml_marks(_NO_ELEMENTS.sub("", text)) > (
        _MOST_XML_MARKS
    ):
        raise MalformedResponseError("The answer has more elements than any answer needs.")
    if not _PROLOG.match(text):
        raise MalformedResponseError("The answer is no XML, or has a document type.")
    try:
        return fromstring(text)  # noqa: S314  -- without a document type there are no entities
    except (ParseError, ValueError) as error:
        raise MalformedResponseError(f"The answer is no XML: {error}") from error


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON document in UTF-8."""
    if sum(map(body.count, (b",", b":", b"[", b"{"))) > _MOST_JSON_MARKS:
        raise MalformedResponseError("The answer has more values than any answer needs.")
    try:
        return json.loads(replace_half_characters(decode(body)), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedResponseError(f"The answer is no JSON: {error}") from error


def replace_half_characters(json_text: str) -> str:
    r"""Return JSON whose texts can be sent on: half characters (`\ud800`) become U+FFFD."""
    if "\\ud" not in json_text and "\\uD" not in json_text:
        return json_text
    return _JSON_ESCAPE.sub(lambda escape: escape[1] or r"\ufffd", json_text)


def parse_json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in UTF-8; an empty body is an empty object."""
    value = parse_json(body) if body.strip() else {}
    if not isinstance(value, dict):
        raise MalformedResponseError("The answer is JSON, but no object.")
    return value


def decode(body: bytes) -> str:
    """Return the text of a body in UTF-8, without a byte order mark."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedResponseError("The answer is not in UTF-8.") from error


def text_at(element: Element, path: str) -> str | None:
    """Return the stripped text of a descendant; None when there is none or it is blank."""
    return (element.findtext(path) or "").strip() or None


def whole_number(text: object, *, default: int = 0) -> int:
    """Return the number of a text or JSON value, without its fraction."""
    return int(number(text, default=default))


def number(text: object, *, default: float = 0) -> int | float:
    """Return the number of a text or JSON value; `default` when it is missing or blank."""
    # As JSON has them: listings have thousands.
    if type(text) is int and -_LARGEST < text < _LARGEST:
        return text
    if text is None or text == "":
        return default
    shown = str(text).strip()
    try:
        if len(shown) > _MOST_DIGITS:
            raise ValueError("too many digits")  # noqa: TRY301  -- one way to say no
        if not shown:
            return default
        value = int(shown) if shown.lstrip("+-").isdecimal() else float(shown)
    except ValueError as error:
        raise MalformedResponseError(f"{shown[:_MOST_DIGITS]!r} is not a number.") from error
    if not math.isfinite(value):
        raise MalformedResponseError(f"{shown!r} is not a number we can use.")
    return value


def parse_http_date(text: str | None) -> datetime | None:
    """Return the aware UTC instant of `Thu, 01 Jan 2026 00:00:00 GMT`; None for a blank text."""
    text = (text or "").strip()
    if not text:
        return None
    try:
        # By position: listings have thousands of dates, always in this one form.
        if len(text) == 29 and text.endswith(" GMT"):  # noqa: PLR2004  -- the form above
            day = f"{text[12:16]}-{_MONTHS[text[8:11]]:02}-{text[5:7]}"
            return datetime.fromisoformat(f"{day}T{text[17:25]}Z")
        instant = parsedate_to_datetime(text)
        # HTTP has no other time zone; some forms of its dates do not name it.
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise MalformedResponseError(f"{text[:60]!r} is not a date.") from error


def format_http_date(instant: datetime) -> str:
    """Return an instant as `Thu, 01 Jan 2026 00:00:00 GMT`, whatever the locale."""
    utc = instant.astimezone(UTC)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[utc.weekday()]
    month = next(name for name, month in _MONTHS.items() if month == utc.month)
    return f"{day}, {utc.day:02} {month} {utc.year:04} {utc:%H:%M:%S} GMT"


def escape(text: str) -> str:
    """Return the text as the content of an XML element.

    Raises InvalidArgumentError for characters that XML 1.0 cannot carry.
    """
    _check_characters(text)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")  # a reader turns a plain one into a new line


def cdata(text: str) -> str:
    """Return the text as CDATA sections, exact for whoever reads them.

    Raises InvalidArgumentError for characters that XML 1.0 cannot carry.
    """
    _check_characters(text)
    whole = text.replace("]]>", "]]]]><![CDATA[>").replace("\r", "]]>&#13;<![CDATA[")
    return f"<![CDATA[{whole}]]>"


def _xml_marks(text: str) -> int:
    """Return a number that no elements and attributes together exceed."""
    return text.count("<") + text.count("=")


def _check_characters(text: str) -> None:
    if found := _NOT_XML.search(text):
        raise InvalidArgumentError(
            f"Character U+{ord(found.group()):04X} at position {found.start() + 1} cannot be sent"
            " to MaxCompute. Remove it, or write it as an escape."
        )


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
