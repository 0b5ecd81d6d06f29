"""Reads pages of listings, of which each has a thousand records, at little cost. Pure.

Pages in XML are read as events, without a tree: no element is an object, and none is left to the
garbage collector. Documents with anything unusual (a type, nesting, characters that XML can't
have) are left to `wire.parse_xml`, which reads or refuses them as any other document.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Generic, TypeVar
from xml.etree.ElementTree import Element
from xml.parsers import expat

from odps_bot.maxcompute import wire
from odps_bot.maxcompute.models.instances import InstanceStatus, InstanceSummary, is_instance_id

T = TypeVar("T")

#: A page, its records, their fields. What is deeper is no page.
_RECORD, _FIELD = 2, 3

#: Of `Thu, 01 Jan 2026 00:00:00 GMT`, the usual form.
_HTTP_DATE_LENGTH = 29

#: The texts of a record's fields by their names. One object for all records of a page.
Fields = dict[str, str]

_STATUSES: dict[str | None, InstanceStatus] = {one.value: one for one in InstanceStatus}


class _UnusualPageError(Exception):
    """The page is not one of flat records."""


def parse_instances(body: bytes) -> tuple[list[InstanceSummary], str | None]:
    """Parse a page of a listing and the next page's marker; None on the last page."""
    return parse_records(body, "Instance", _summary)


def parse_brief_instances(body: bytes) -> tuple[list[InstanceSummary], str | None]:
    """Parse ids and states alone of such a page, which takes two thirds of the time."""
    return parse_records(body, "Instance", _brief_summary)


def parse_records(
    body: bytes, name: str, read: Callable[[Fields], T | None]
) -> tuple[list[T], str | None]:
    """Return what `read` makes of each record with this name but None, and the next marker.

    Raises MalformedResponseError.
    """
    try:
        return _read_events(body, _Page(name, read))
    except (expat.ExpatError, _UnusualPageError):
        return _read_tree(wire.parse_xml(body), name, read)


class _Page(Generic[T]):
    """What has been read of a page."""

    def __init__(self, name: str, read: Callable[[Fields], T | None]) -> None:
        self.items: list[T] = []
        self.marker: str | None = None
        self.fields: Fields = {}
        self._name, self._read = name, read

    def end(self, tag: str, texts: list[str]) -> None:
        """Take the element that has just ended, with what was between its start and its end."""
        if tag == self._name:
            record = self._read(self.fields)
            if record is not None:
                self.items.append(record)
        elif tag == "Marker":
            if self.fields or self.marker is not None:
                raise _UnusualPageError
            self.marker = "".join(texts).strip()
        self.fields.clear()


def _read_events(body: bytes, page: _Page[T]) -> tuple[list[T], str | None]:
    if not wire.is_of_some_size(body):
        raise _UnusualPageError
    fields = page.fields
    texts: list[str] = []
    depth = 0

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _FIELD:
            raise _UnusualPageError
        texts.clear()

    def end(tag: str) -> None:
        nonlocal depth
        if depth == _FIELD:
            fields[tag] = "".join(texts)
        elif depth == _RECORD:
            page.end(tag, texts)
        depth -= 1

    # As ElementTree does: the declared encoding does not count, and names have their namespaces.
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    parser.Parse(wire.decode(body), True)
    return page.items, page.marker or None


def _refuse(*_: object) -> None:
    raise _UnusualPageError


def _read_tree(
    root: Element, name: str, read: Callable[[Fields], T | None]
) -> tuple[list[T], str | None]:
    records = (
        read({field.tag: field.text or "" for field in record}) for record in root.iterfind(name)
    )
    return [record for record in records if record is not None], wire.text_at(root, "Marker")


def _summary(fields: Fields) -> InstanceSummary | None:
    instance_id = fields.get("Name", "").strip()
    if not is_instance_id(instance_id):
        return None
    word = fields.get("Status")
    return InstanceSummary(
        id=instance_id,
        status=_STATUSES.get(word) or InstanceStatus(word),
        owner=fields.get("Owner", "").strip() or None,
        start_time=_time_or_none(fields.get("StartTime")),
        end_time=_time_or_none(fields.get("EndTime")),
    )


def _brief_summary(fields: Fields) -> InstanceSummary | None:
    instance_id = fields.get("Name", "").strip()
    if not is_instance_id(instance_id):
        return None
    word = fields.get("Status")
    return InstanceSummary(id=instance_id, status=_STATUSES.get(word) or InstanceStatus(word))


def _time_or_none(text: str | None) -> datetime | None:
    """Return what `wire.time_or_none` does; days are few, and remembered."""
    if not text:
        return None
    if len(text) == _HTTP_DATE_LENGTH and text.endswith(" GMT") and (day := _day(text[:16])):
        try:
            return datetime.fromisoformat(f"{day}{text[17:25]}+00:00")
        except ValueError:
            pass
    return wire.time_or_none(text)


@lru_cache(maxsize=1_000)
def _day(text: str) -> str | None:
    """Return `2026-01-01T` for `Thu, 01 Jan 2026`; None for anything else."""
    midnight = wire.time_or_none(f"{text} 00:00:00 GMT")
    return None if midnight is None else f"{midnight:%Y-%m-%d}T"
