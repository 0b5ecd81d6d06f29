"""What a statement does, as values. Pure."""

from dataclasses import dataclass
from enum import IntEnum


class StatementClass(IntEnum):
    """What a statement does, the harmless first: of several statements the strongest counts."""

    READ = 1  #: looks only
    WRITE = 2  #: changes rows, or copies them to elsewhere
    DDL = 3  #: changes tables, views, functions and what else has a definition
    ADMIN = 4  #: changes rights, users, resources, other people's jobs or guards
    UNKNOWN = 5  #: not proven to be any of these

    @property
    def label(self) -> str:
        """Return the word for people and for settings files, such as `read`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementInfo:
    """One statement of a text; `set key=value` is none."""

    statement_class: StatementClass
    verb: str  #: such as `INSERT OVERWRITE`; for people, from a fixed list of words
    offset: int  #: where it begins, in characters
    targets: tuple[str, ...] = ()  #: the tables it changes, as far as proven; typed by people
    sources: frozenset[str] = frozenset()  #: the names a proven query reads, views unresolved
    is_repeatable: bool = False  #: running it again right afterwards changes nothing more
    doubt: str = ""  #: why its class is UNKNOWN; may quote the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A `set key=value;`, or what is sent beside the text."""

    key: str
    value: str
    offset: int  #: where it begins, in characters; 0 beside the text


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenSetting:
    """A setting that would weaken a guard."""

    key: str
    reason: str  #: a clause for people, such as "it lifts the limit of costs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What a text does."""

    statement_class: StatementClass
    statements: tuple[StatementInfo, ...] = ()
    settings: tuple[Setting, ...] = ()
    forbidden_settings: tuple[ForbiddenSetting, ...] = ()
    doubt: str = ""  #: why the class is UNKNOWN; may quote the text

    @property
    def is_read(self) -> bool:
        """Whether the text is proven to look only."""
        return self.statement_class is StatementClass.READ

    @property
    def is_safe_to_repeat(self) -> bool:
        """Whether running all of it twice is proven to end as running it once.

        True of reads, and of INSERT OVERWRITE into whole tables and static partitions that nothing
        in the text reads by name. Rows may still differ when other people write meanwhile, or when
        a query asks for random numbers or the time.
        """
        if self.statement_class > StatementClass.WRITE:
            return False
        targets = {_last_part(name) for info in self.statements for name in info.targets}
        sources = {_last_part(name) for info in self.statements for name in info.sources}
        return all(info.is_repeatable for info in self.statements) and targets.isdisjoint(sources)


def _last_part(name: str) -> str:
    # A project or schema may be left out in one place and not in another.
    return name.rpartition(".")[2].lower()
