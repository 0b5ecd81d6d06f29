"""Records as Redis keeps them: JSON that is checked when it is read."""

import logging
import threading
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, overload

import msgspec

log = logging.getLogger(__name__)

T = TypeVar("T")

#: An aware datetime: others could not be compared with ours.
Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


#: A decoder for each kind that was read, see `_decoder_of`.
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
_describing = threading.Lock()


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
        return _decoder_of(kind).decode(kept)
    except ValueError as error:  # besides msgspec's own for what is not UTF-8
        raise CorruptRecordError(f"no {getattr(kind, '__name__', kind)}: {error}") from error


def convert(value: object, kind: type[T]) -> T:
    """Return the record that consists of these values. Raises CorruptRecordError if it is none."""
    _decoder_of(kind)
    try:
        return msgspec.convert(value, kind)
    except ValueError as error:
        raise CorruptRecordError(f"no {kind.__name__}: {error}") from error


def _decoder_of(kind: Any) -> msgspec.json.Decoder[Any]:
    """Return the decoder for a kind; one thread at a time creates one.

    msgspec 0.22 puts the description of a type where other threads see it before it is complete:
    two that read the first record of a kind at once can crash the process.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        with _describing:
            decoder = _DECODERS.setdefault(kind, msgspec.json.Decoder(kind))
    return decoder


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
