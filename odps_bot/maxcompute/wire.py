"""XML, JSON and dates as the REST API writes them. Pure.

Parsing raises MalformedResponseError for any invalid input, and no other exception.
"""

import json
import math
import re
from collections.abc import Mapping
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

#: Servers refuse longer headers, and so all requests that would carry one.
_LONGEST_HEADER = 4096

#: No time has more characters.
_LONGEST_TIME = 60

#: Numbers of seconds since the epoch are less for thousands of years.
_FIRST_MILLIS = 10**11

#: No job has a time outside of these years, and arithmetic fails at the ends of the calendar.
_FIRST_YEAR, _LAST_YEAR = 1970, 2999


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
        # One odd character in a name or comment is no reason to lose the whole document.
        visible = _NOT_XML.sub("\ufffd", text)
        if visible == text:
            raise MalformedResponseError(f"The response is not XML: {error}") from error
    try:
        return fromstring(visible)  # noqa: S314  -- likewise
    except (ParseError, ValueError) as error:
        raise MalformedResponseError(f"The response is not XML: {error}") from error


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON document in UTF-8; numbers that are none, as NaN, are None."""
    if sum(map(body.count, (b",", b":", b"[", b"{"))) > _MAX_JSON_MARKS:
        raise MalformedResponseError("The response has more values than any valid one.")
    text = replace_lone_surrogates(decode(body))
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        pass  # perhaps a number with thousands of digits, of which `int` makes none
    try:
        return json.loads(text, parse_constant=_no_number, parse_int=_number_of_few_digits)
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


def object_or_empty(value: object) -> Mapping[str, Any]:
    """Return an object, which services write as such or as text; empty for anything else."""
    if isinstance(value, str):
        try:
            value = parse_json(value.encode())
        except (MalformedResponseError, UnicodeEncodeError):
            return {}
    return value if isinstance(value, Mapping) else {}


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


def number_or_none(value: object) -> int | float | None:
    """Return an optional number in text or JSON; None for whatever is no finite number."""
    if type(value) is int and -_LARGEST < value < _LARGEST:
        return value
    if not isinstance(value, str | float | int) or value == "" or isinstance(value, bool):
        return None
    try:
        return number(value)
    except MalformedResponseError:
        return None


def whole_number_or_none(value: object) -> int | None:
    """Return the integer part of an optional number; None for whatever is no finite number."""
    found = number_or_none(value)
    return None if found is None or abs(found) >= _LARGEST else int(found)


def count(value: object) -> int:
    """Return an optional number of things; 0 for whatever is none."""
    return max(0, whole_number_or_none(value) or 0)


def amount_or_none(value: object) -> int | None:
    """Return an optional number of things; None for whatever is none."""
    found = whole_number_or_none(value)
    return found if found is not None and found >= 0 else None


def time_or_none(value: object) -> datetime | None:
    """Return an optional time as aware UTC; None for whatever is none.

    Services write HTTP dates, ISO 8601 with and without `T` and zone, and seconds or milliseconds
    since the epoch.
    """
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > _LONGEST_TIME:
        return None
    found = _time_or_none(text, value)
    return found if found is not None and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def _time_or_none(text: str, value: object) -> datetime | None:
    try:
        if text.endswith("GMT"):  # nearly all of them
            return parse_http_date(text)
        if (since := number_or_none(value)) is not None:
            seconds = since / 1000 if since >= _FIRST_MILLIS else since
            return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
        return _parse_iso_time(text) if text[:4].isdecimal() else parse_http_date(text)
    except (ValueError, OverflowError, OSError, MalformedResponseError):
        return None


def _parse_iso_time(text: str) -> datetime:
    time = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


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


def is_of_some_size(body: bytes) -> bool:
    """Return whether a document has as many elements and attributes as a valid one can have."""
    return body.count(b"<") + body.count(b"=") <= _MAX_XML_MARKS


def is_sendable(value: str) -> bool:
    """Return whether what a service has sent can be sent back as the value of a header."""
    is_short = len(value) <= _LONGEST_HEADER
    return is_short and bool(value.strip()) and value.isascii() and value.isprintable()


def _xml_marks(text: str) -> int:
    """Return an upper bound of the number of elements and attributes."""
    return text.count("<") + text.count("=")


def _check_characters(text: str) -> None:
    if found := _NOT_XML.search(text):
        raise InvalidArgumentError(
            f"Character U+{ord(found.group()):04X} at position {found.start() + 1} can't be sent"
            " to MaxCompute. Remove it, or write it as an escape."
        )


def _no_number(name: str) -> None:  # noqa: ARG001  -- NaN, Infinity or -Infinity
    return None


def _number_of_few_digits(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None
