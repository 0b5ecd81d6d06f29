"""Records as Redis keeps them: JSON that is checked when it is read."""

import logging
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, overload

import msgspec

log = logging.getLogger(__name__)

T = TypeVar("T")

#: An aware datetime: others could not be compared with ours.
Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class CorruptRecordError(ValueError):
    """What Redis holds is not what we have written."""


@overload
def decode(kept: bytes | str, kind: type[T]) -> T: ...
@overload
def decode(kept: bytes | str, kind: UnionType) -> Any: ...
def decode(kept: bytes | str, kind: Any) -> Any:
    """Return the record. Raises CorruptRecordError when it is no `kind`.

    Fields that a later version has added are ignored.
    """
    try:
        return msgspec.json.decode(kept, type=kind)
    except ValueError as error:  # besides msgspec's own for what is not UTF-8
        raise CorruptRecordError(f"no {getattr(kind, '__name__', kind)}: {error}") from error


def decode_or_none(kept: object, kind: type[T]) -> T | None:
    """Return the record, or None when there is none or it is corrupt."""
    try:
        return decode(kept, kind) if isinstance(kept, bytes) else None
    except CorruptRecordError:
        return None


def decode_or_discard(kept: bytes, kind: type[T]) -> T | None:
    """Return the record, or None when it is corrupt, which is logged."""
    try:
        return decode(kept, kind)
    except CorruptRecordError as error:
        log.error("discarding a corrupt record: %s", error)  # noqa: TRY400  -- says it all
        return None
