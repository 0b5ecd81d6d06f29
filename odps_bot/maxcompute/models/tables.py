"""What tables hold, as frozen values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContent:
    """How much a table or partition holds; what the service does not tell is None."""

    size_bytes: int | None = None  #: as it is stored: compressed
    rows: int | None = None
    is_partitioned: bool = False
    is_view: bool = False
