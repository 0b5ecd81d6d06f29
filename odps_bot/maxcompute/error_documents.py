"""Errors as XML or JSON: in HTTP responses, and as the results of failed tasks. Pure.

A document is read leniently: each of its fields is optional, and what is none is no error here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from odps_bot.maxcompute.errors import MalformedResponseError, odps_code_in
from odps_bot.maxcompute.wire import parse_json_object, parse_xml

#: A longer result is shown as it is: an error has a few lines.
_LONGEST_TEXT = 256 * 1024

_FIELDS = frozenset({"Code", "Message", "RequestId"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDocument:
    """What a document says of an error; None for what it doesn't say."""

    code: str | None = None  #: such as ParseError, ODPS-0130131, or the latter with some words
    message: str | None = None
    request_id: str | None = None  #: what Alibaba's support asks for

    @property
    def text(self) -> str:
        """Code and message in one text, each once; empty if there is neither."""
        code, message = self.code or "", self.message or ""
        # A word such as ParseError says nothing beside the number, which stands first in the text.
        is_said = code in message or (odps_code_in(message) and not odps_code_in(code))
        if not message or not code or is_said:
            return message or code
        return f"{code} {message}" if code.endswith(("-", ":")) else f"{code}: {message}"


def read_error_document(body: bytes) -> ErrorDocument:
    """Return what a body in XML or JSON says of an error; nothing of any other body."""
    try:
        if body.lstrip().startswith(b"{"):
            found = parse_json_object(body)
            return _document({name: str(value).strip() for name, value in found.items() if value})
        root = parse_xml(body)
    except MalformedResponseError:
        return ErrorDocument()
    return read_error_element(root)


def read_error_element(root: Element) -> ErrorDocument:
    """Return what an element says, or the `<Error>` inside it."""
    for element in (root, *(one for one in root.iter() if _name(one) == "Error")):
        document = _document(dict(_texts(element)))
        if document != ErrorDocument():
            return document
    return ErrorDocument()


def read_error_text(text: str) -> ErrorDocument:
    """Return the same for the result of a failed task, which is the message if it is no document.

    https://github.com/aliyun/aliyun-odps-python-sdk: `parse_instance_error`
    """
    message = text.strip()
    if message.startswith(("<", "{", "\ufeff")) and len(message) <= _LONGEST_TEXT:
        document = read_error_document(message.encode("utf-8", "replace"))
        if document.text:
            return document
    return ErrorDocument(message=message or None)


def _document(fields: dict[str, str]) -> ErrorDocument:
    return ErrorDocument(
        code=fields.get("Code") or None,
        message=fields.get("Message") or None,
        request_id=fields.get("RequestId") or None,
    )


def _texts(element: Element) -> Iterator[tuple[str, str]]:
    """Yield the fields of an error with their texts, of which markup may be part."""
    for child in element:
        if _name(child) in _FIELDS:
            yield _name(child), "".join(child.itertext()).strip()


def _name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]
