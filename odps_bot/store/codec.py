"""Records as Redis keeps them: JSON that is checked when it is read."""

from datetime import datetime
from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, overload

import msgspec

T = TypeVar("T")

#: An aware one: others could not be compared with ours.
Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class CorruptRecordError(ValueError):
    """What Redis holds is not what we have written: it is set aside, and nobody waits for it."""


@overload
def decode(kept: bytes | str, kind: type[T]) -> T: ...
@overload
def decode(kept: bytes | str, kind: UnionType) -> Any: ...
def decode(kept: bytes | str, kind: Any) -> Any:
    """Return what was kept. Raises CorruptRecordError when it is no `kind`.

    Fields that a later version has added are ignored.
    """
    try:
        return msgspec.json.decode(kept, type=kind)
    except ValueError as error:  # besides msgspec's own for what is not UTF-8
        raise CorruptRecordError(f"no {getattr(kind, '__name__', kind)}: {error}") from error
