"""The failures of MaxCompute that can be explained: reads `failures.toml` strictly."""

import re
import threading
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources
from typing import Annotated, Any, TypeVar

import msgspec

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Code = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{7}$")]
_Prefix = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2,3}$")]
_SharedCode = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{2,3}|[0-9]{7})$")]
_AtLeastOne = msgspec.Meta(min_length=1)
_Entries = dict[str, dict[str, Any]]

_loading = threading.Lock()


class Rerun(Enum):
    """Whether a plain read that failed so can be run again as it is."""

    CAN_HELP = "can_help"  #: the trouble is temporary
    MAY_HELP = "may_help"  #: once, to find out whether it is
    AFTER_CHANGE = "after_change"  #: not until SQL, data, a setting or a permission has changed
    CANNOT_HELP = "cannot_help"
    UNSAFE = "unsafe"  #: whatever the statement: somebody has to check first


class Failure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of failure. `cause` and `remedy` are sentences of mrkdwn without foreign text."""

    name: str
    title: _Text
    cause: _Text
    remedy: _Text
    rerun: Rerun = Rerun.AFTER_CHANGE
    is_before_run: bool = False  #: nothing has run, whatever the code says
    is_compile_error: bool = False  #: as it is, the statement can never run
    lifted_by: frozenset[_Text] = frozenset()  #: settings with which it might all the same
    source: _Text  #: where it is documented
    samples: Annotated[tuple[_Text, ...], _AtLeastOne]  #: what MaxCompute says of it


class FailureByWords(Failure, frozen=True, kw_only=True):
    """A failure whose message fits one of `patterns`, and has one of `codes` if there are any."""

    patterns: Annotated[tuple[re.Pattern[str], ...], _AtLeastOne]
    codes: frozenset[_Code] = frozenset()

    def fits(self, error: str, codes: Iterable[str]) -> bool:
        """Return whether it is this failure that the error, which has these codes, speaks of."""
        is_of_code = not self.codes or not self.codes.isdisjoint(codes)
        return is_of_code and any(pattern.search(error) for pattern in self.patterns)


class FailureByCode(Failure, frozen=True, kw_only=True):
    """A failure that one of its codes is enough to recognize."""

    codes: Annotated[tuple[_Code, ...], _AtLeastOne]


class FailureByClass(Failure, frozen=True, kw_only=True):
    """What the first digits of an otherwise unknown code say."""

    prefixes: Annotated[tuple[_Prefix, ...], _AtLeastOne]


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    shared_codes: frozenset[_SharedCode]
    by_words: _Entries
    by_code: _Entries
    by_class: _Entries
    unknown: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All known failures."""

    by_words: tuple[FailureByWords, ...]  #: the first one that fits counts
    by_code: Mapping[str, FailureByCode]
    by_class: Mapping[str, FailureByClass]  #: by a code's first digits
    unknown: Failure  #: for a message without a code
    shared_codes: tuple[str, ...]  #: codes, and first digits of codes, of many different failures

    def telling_code(self, codes: Sequence[str]) -> str | None:
        """Return the code of an error that says most: the first one that few failures share.

        Of shared codes it is the last, that of the innermost error.
        """
        telling = (code for code in codes if not code.startswith(self.shared_codes))
        return next(telling, codes[-1] if codes else None)


def failure_named(name: str) -> Failure:
    """Return the entry of that name; one that this version does not know is as good as unknown."""
    catalogue = load_catalogue()
    entries = (*catalogue.by_words, *catalogue.by_code.values(), *catalogue.by_class.values())
    return next((entry for entry in entries if entry.name == name), catalogue.unknown)


def load_catalogue() -> Catalogue:
    """Return the catalogue; the file is read at the first call, by one thread.

    msgspec 0.22 crashes the process when two threads convert to the same type for the first time.
    """
    with _loading:
        return _read_catalogue()


@cache
def _read_catalogue() -> Catalogue:
    file = resources.files(__package__).joinpath("failures.toml")
    return parse_catalogue(file.read_text(encoding="utf-8"))


def parse_catalogue(text: str) -> Catalogue:
    """Return the catalogue that `text` (TOML) holds. Raises ValueError, which names the entry."""
    document = _convert("failures.toml", tomllib.loads(text), _Document)
    by_code = _entries("by_code", document.by_code, FailureByCode)
    by_class = _entries("by_class", document.by_class, FailureByClass)
    return Catalogue(
        by_words=_entries("by_words", document.by_words, FailureByWords),
        by_code=_index((code, failure) for failure in by_code for code in failure.codes),
        by_class=_index((prefix, failure) for failure in by_class for prefix in failure.prefixes),
        unknown=_convert("unknown", {**document.unknown, "name": "unknown"}, Failure),
        shared_codes=tuple(sorted(document.shared_codes)),
    )


F = TypeVar("F", bound=Failure)
T = TypeVar("T")


def _entries(section: str, entries: _Entries, kind: type[F]) -> tuple[F, ...]:
    return tuple(
        _convert(f"{section}.{name}", {**entry, "name": name}, kind)
        for name, entry in entries.items()
    )


def _convert(path: str, value: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind, dec_hook=_compile)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path}: {error}") from error


#: Not in the middle of a word: `NoSuchObject` is not found in `NoSuchObjectException`.
_WORD_END = r"(?:(?<!\w)|(?!\w))"


def _compile(_kind: type[Any], value: object) -> re.Pattern[str]:
    """Return a pattern for its text: no other type of the entries is foreign to msgspec."""
    if not isinstance(value, str) or not value:
        raise ValueError("Expected a regular expression")
    try:
        # Letters of other alphabets, which may stand right beside a name, are no part of a word.
        return re.compile(
            f"{_WORD_END}(?:{value}){_WORD_END}", re.IGNORECASE | re.DOTALL | re.ASCII
        )
    except re.error as error:
        raise ValueError(f"Not a regular expression ({error})") from error


def _index(pairs: Iterable[tuple[str, F]]) -> dict[str, F]:
    found: dict[str, F] = {}
    for digits, failure in pairs:
        if digits in found:
            raise ValueError(f"{failure.name}: {digits} also belongs to {found[digits].name}")
        found[digits] = failure
    return found
