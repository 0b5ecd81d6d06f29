"""What statements destroy that no other statement brings back. Pure.

Of `drop`, `truncate`, `purge` and their like the first words tell, as in
`odps_bot.sql.classification.definitions`; of statements about rows, whether they hit every row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from odps_bot.sql.classification.classes import Destruction, DestructionKind
from odps_bot.sql.keywords import words
from odps_bot.sql.statements import Kind, Token

#: A text that nobody can read may destroy something if one of these is in it.
_DESTRUCTIVE = ("drop", "truncate", "overwrite", "purge", "delete", "update", "restore")

#: Words between a verb and what it is about, as far as they do not say what that is.
_BETWEEN = words("or replace temporary sql tenant delta bloomfilter bitmap")
_KINDS_OF_TABLES = words("external materialized")

#: What people are told by name; anything else is an object.
_NOUNS = words(
    "table view function macro index schema model offlinemodel database role package user group"
    " policy resource project accountprovider quota network networklink"
)

_PURGED = MappingProxyType(
    {"all": "recycle bin", "temporary": "temporary output", "privs": "privileges"}
    | {"privileges": "privileges"}
)

_VALUES = (Kind.STRING, Kind.NUMBER)
_NO_COLUMNS = words("true false null not is in like between and or")
_TRUE_OF_ITSELF = ("=", "==", "<=", ">=", "<=>")


def destroyed_by_definition(tokens: Sequence[Token]) -> tuple[Destruction, ...]:
    """Return what a statement about definitions or permissions destroys."""
    read = _BY_VERB.get(tokens[0].word)
    return tuple(dict.fromkeys(read(_Reader(tokens)))) if read else ()


def perhaps_destroyed(found_words: Iterable[str]) -> tuple[Destruction, ...]:
    """Return what a text may destroy that cannot be read, by the words in it."""
    known = set(found_words)
    return tuple(
        Destruction(kind=DestructionKind.UNPROVEN, noun=word)
        for word in _DESTRUCTIVE
        if word in known
    )


def holds_for_every_row(condition: Sequence[Token]) -> bool:
    """Return whether a condition is none: there is nothing, or no column in what decides it."""
    while _is_in_brackets(condition):
        condition = condition[1:-1]
    either = _split(condition, "or")
    if len(either) > 1:
        return any(map(holds_for_every_row, either))
    both = _split(condition, "and")
    if len(both) > 1 and not any(token.word == "between" for token in condition):
        return all(map(holds_for_every_row, both))
    return _is_always_true(condition)


def _is_always_true(condition: Sequence[Token]) -> bool:
    if len(condition) == 1 and condition[0].word in {"false", "null"}:
        return False
    middle = len(condition) // 2
    left, right = condition[:middle], condition[middle + 1 :]
    comparison = condition[middle].text if left and right else ""
    if comparison in _TRUE_OF_ITSELF and _texts(left) == _texts(right):
        return True
    if comparison in {"=", "=="} and _is_value(left) and _is_value(right):
        return False
    return not any(_may_be_column(condition, at) for at in range(len(condition)))


def _may_be_column(condition: Sequence[Token], at: int) -> bool:
    token = condition[at]
    is_name = token.kind in (Kind.WORD, Kind.NAME, Kind.VARIABLE)
    is_called = at + 1 < len(condition) and condition[at + 1].text == "("
    return is_name and not is_called and token.word not in _NO_COLUMNS


def _is_value(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 1 and tokens[0].kind in _VALUES


def _texts(tokens: Sequence[Token]) -> list[str]:
    return [token.text.lower() for token in tokens]


def _is_in_brackets(tokens: Sequence[Token]) -> bool:
    if len(tokens) < 2 or tokens[0].text != "(" or tokens[-1].text != ")":  # noqa: PLR2004  -- a pair
        return False
    depths = [depth for depth, _ in _with_depth(tokens)]
    return min(depths[1:-1], default=1) > 0


def _with_depth(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Yield each token and how deep in brackets it stands; a bracket is outside of itself."""
    depth = 0
    for token in tokens:
        is_mark = token.kind is Kind.MARK
        if is_mark and token.text in {")", "]"}:
            depth -= 1
        yield depth, token
        if is_mark and token.text in {"(", "["}:
            depth += 1


def _split(tokens: Sequence[Token], word: str) -> list[Sequence[Token]]:
    parts: list[list[Token]] = [[]]
    for depth, token in _with_depth(tokens):
        if not depth and token.word == word:
            parts.append([])
        else:
            parts[-1].append(token)
    return list(parts)


class _Reader:
    """Reads a statement from its second word on; what is odd ends it, and is no error."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.verb = tokens[0].word
        self.between: set[str] = set()
        self._tokens = tokens
        self._at = 1
        while self.peek() in _BETWEEN | _KINDS_OF_TABLES:
            self.between.add(self.take())

    def peek(self) -> str:
        """Return the next word; empty for whatever is none."""
        return self._tokens[self._at].word if self._at < len(self._tokens) else ""

    def take(self) -> str:
        """Return the next word and go on."""
        word = self.peek()
        self._at += 1
        return word

    def noun(self) -> str:
        """Take what the statement is about, and `if exists`."""
        word = self.take()
        if self.peek() == "if":
            while self.peek() in {"if", "not", "exists"}:
                self.take()
        noun = word if word in _NOUNS else "object"
        return "materialized view" if "materialized" in self.between and noun == "view" else noun

    def name(self) -> str:
        """Take a name with its dots, without back-ticks; empty if there is none."""
        parts: list[str] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind not in (Kind.WORD, Kind.NAME):
                break
            parts.append(token.text)
            self._at += 1
            if not self.take_mark("."):
                break
        return ".".join(parts)

    def take_mark(self, mark: str) -> bool:
        """Go on if the mark comes next."""
        is_next = self._at < len(self._tokens) and self._tokens[self._at].text == mark
        self._at += is_next
        return is_next

    def names(self) -> Iterator[str]:
        """Take names with commas in between."""
        yield self.name()
        while self.take_mark(","):
            yield self.name()

    def words(self) -> list[str]:
        """Return the words that are left, outside of brackets."""
        left = self._tokens[self._at :]
        return [token.word for depth, token in _with_depth(left) if not depth]

    def partitions(self) -> str:
        """Return what stands in the brackets behind each `partition` that is left."""
        found: list[str] = []
        left = list(_with_depth(self._tokens[self._at :]))
        for at, (depth, token) in enumerate(left):
            if not depth and token.word == "partition":
                inner = []
                for inner_depth, other in left[at + 2 :]:
                    if not inner_depth:
                        break
                    inner.append(other)
                found.append(shown(inner))
        return "; ".join(found)


def shown(tokens: Sequence[Token]) -> str:
    """Return tokens as people write the values of a partition."""
    text = " ".join(token.text for token in tokens)
    return text.replace(" = ", "=").replace(" == ", "=").replace(" ,", ",")


def _drop(reader: _Reader) -> Iterator[Destruction]:
    noun = reader.noun()
    for name in reader.names():
        yield Destruction(kind=DestructionKind.DROP, noun=noun, name=name)


def _truncate(reader: _Reader) -> Iterator[Destruction]:
    noun, names = reader.noun(), list(reader.names())
    partition = reader.partitions()
    for name in names:
        yield Destruction(kind=DestructionKind.TRUNCATE, noun=noun, name=name, partition=partition)


def _alter(reader: _Reader) -> Iterator[Destruction]:
    noun, name = reader.noun(), reader.name()
    left = [word for word in reader.words() if word not in {"if", "exists"}]
    for verb, what in pairwise(left):
        kind = _ALTERED.get((verb, what))
        if kind is not None:
            is_of_partition = what == "partition"
            partition = reader.partitions() if is_of_partition else ""
            yield Destruction(kind=kind, noun=noun, name=name, partition=partition)


_ALTERED: Mapping[tuple[str, str], DestructionKind] = MappingProxyType(
    {
        ("drop", "partition"): DestructionKind.DROP_PARTITION,
        ("drop", "column"): DestructionKind.DROP_COLUMN,
        ("drop", "columns"): DestructionKind.DROP_COLUMN,
        ("replace", "columns"): DestructionKind.DROP_COLUMN,
        ("truncate", "partition"): DestructionKind.TRUNCATE,
    }
)


def _create(reader: _Reader) -> Iterator[Destruction]:
    noun = reader.noun()
    # A view or function that is replaced loses no rows: to define it anew is what was asked for.
    if "replace" in reader.between and noun == "table":
        yield Destruction(kind=DestructionKind.REPLACE, name=reader.name())


def _purge(reader: _Reader) -> Iterator[Destruction]:
    if purged := _PURGED.get(reader.peek()):
        yield Destruction(kind=DestructionKind.PURGE, noun=purged)
    elif "temporary" in reader.between:
        yield Destruction(kind=DestructionKind.PURGE, noun=_PURGED["temporary"])
    else:
        noun = reader.noun()
        yield Destruction(kind=DestructionKind.PURGE, noun=noun, name=reader.name())


def _clone(reader: _Reader) -> Iterator[Destruction]:
    reader.noun()
    reader.name()
    left = reader.words()
    # With partitions it overwrites these.
    if "overwrite" not in left or "partition" in left:
        return
    while reader.peek() != "to":
        reader.take()
    reader.take()
    yield Destruction(kind=DestructionKind.OVERWRITE, name=reader.name())


def _restore(reader: _Reader) -> Iterator[Destruction]:
    noun, name = reader.noun(), reader.name()
    left = reader.words()
    # Without a version it is a dropped table that is restored; AS makes a new one.
    if reader.verb != "restore" or ("to" in left and "as" not in left):
        partition = reader.partitions()
        yield Destruction(kind=DestructionKind.RESTORE, noun=noun, name=name, partition=partition)


_BY_VERB: Mapping[str, Callable[[_Reader], Iterator[Destruction]]] = MappingProxyType(
    {
        **dict.fromkeys(("drop", "delete"), _drop),
        **dict.fromkeys(("restore", "undo", "redo"), _restore),
        "truncate": _truncate,
        "alter": _alter,
        "create": _create,
        "purge": _purge,
        "clone": _clone,
    }
)
