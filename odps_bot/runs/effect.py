"""What a statement destroys, and how much that is as far as MaxCompute tells. Pure values."""

import msgspec

from odps_bot.sql.classification import DestructionKind

#: So many of the things that one text destroys are kept by name.
MOST_HITS = 10


class Hit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is destroyed; what is not known of it is None."""

    kind: DestructionKind
    name: str = ""  #: as the statement has it, without back-ticks; empty: it names none
    noun: str = ""  #: what it is, such as `view`
    partition: str = ""  #: the partitions of it, as the statement has them
    is_sized: bool = False  #: it has rows, so that MaxCompute was asked how many
    rows: int | None = None
    size_bytes: int | None = None
    is_partitioned: bool = False
    is_missing: bool = False  #: MaxCompute knows no such thing


class Effect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run destroys."""

    hits: tuple[Hit, ...]  #: the first `MOST_HITS`
    total: int  #: of all that it destroys

    @property
    def in_short(self) -> str:
        """Return it for the audit trail, which is for machines, too."""
        named = [" ".join(filter(None, (hit.kind, hit.noun, hit.name))) for hit in self.hits]
        more = self.total - len(named)
        return ", ".join([*named, *([f"and {more:,} more"] if more else [])])
