"""Which projects the names in a statement lead to. Pure.

`a.b.c` is a table of the project `a`. `a.b` is one of the project `a` or, where schemas are on, of
the schema `a`: https://www.alibabacloud.com/help/en/maxcompute/schema-related-operations
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from odps_bot.sql.keywords import words
from odps_bot.sql.statements import Kind, Token

# CPython 3.11 looks members of an enum up slowly, and hashes them slowly.
_WORD, _NAME, _STRING = Kind.WORD, Kind.NAME, Kind.STRING
_NAMES = (_WORD, _NAME)

#: The algorithms of PAI: https://www.alibabacloud.com/help/en/pai/user-guide/appendid
_PUBLIC_ALGORITHMS = "algo_public"

_PARTS_WITH_PROJECT = 3

#: Words behind which a table, or a list of them, is named.
_BEFORE_TABLES = words(
    "from join into overwrite table tables view update using exists desc describe extended"
    " formatted like to partitions columns tblproperties read count on lateral history for acl"
    " statistic call exec execute model download upload"
)

#: Words behind which `project:name` is one thing of a project.
_BEFORE_THINGS = words("function resource package table view model instance")

_LISTS_OF_TABLES = words("from join")
_ENDS_OF_LISTS = words("where group having order limit select insert on union lateral window")

#: Words of statements about rights behind which something with its project is named.
_BEFORE_OBJECTS = words("table view function model instance schema volume index")

_RESOURCES = words("resource function jar")

#: Words behind which a user or role is named: these hold dots that lead nowhere.
_BEFORE_PEOPLE = words("user role group")

#: `show tables in x` looks into a project or schema, `show schemas in x` into a project.
_LOOKS_INTO = words("in from")
_COLUMNS_OF = ("columns", 3)  # `show columns from t`
_OF_PROJECTS = words("schemas projects databases")

#: `show acl for x on type project`
_ON_TYPE_PROJECT = ["on", "type", "project"]

_ADDRESS = re.compile(r"odps://`?(\w+)", re.IGNORECASE)
_RESOURCE = re.compile(r"\s*`?(\w+)`?/(?:schemas/\w+/)?resources/", re.IGNORECASE)
_DOTTED = re.compile(r"\s*`?([^\W\d]\w*)`?((?:\s*\.\s*`?[^\W\d]\w*`?){1,2})\s*")
_UNDOTTED = re.compile(r"\s*`?\w+`?\s*")
_AROUND_NAMES = re.compile(r"[\s`]+")

_BETWEEN_VALUES = re.compile(r"[,;\s]+")

#: What the names of files end with, in parameters of PAI that name no table.
_FILES = re.compile(r".*\.(?:py|jar|zip|gz|tar|tgz|whl|json|ya?ml|xml|txt|csv|sh|conf)")

_COMMENTS = re.compile(r"--[^\r\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)

_ANY_NAME = re.compile(
    r"\b(?:from|join|into|overwrite|table|view|update|using|exists|desc|describe|in|use|project)"
    r"\s+(`?[^\s`.:;,()'\"]+`?(?:\s*\.\s*`?[^\s`.:;,()'\"]+`?){0,2})",
    re.IGNORECASE,
)


class NamedPlaces:
    """The places that names lead to, in lower case."""

    def __init__(self) -> None:
        self.projects: set[str] = set()  #: certainly projects
        self.containers: set[str] = set()  #: projects or, where there are schemas, schemas
        self.changed: set[str] = set()  #: those of both that a definition may change

    def add(self, name: str) -> None:
        """Add the place of a table, view or function that is named by up to three parts."""
        if "." not in name and ":" not in name:
            return
        # Back-ticks may hold the colon of `project:function`, too.
        first, *others = (part.strip().lower() for part in re.split("[.:]", name))
        is_certain = ":" in name or len(others) + 1 >= _PARTS_WITH_PROJECT
        (self.projects if is_certain else self.containers).add(first)

    def add_project(self, name: str) -> None:
        """Add a project; of `project.schema` the first."""
        self.projects.add(name.partition(".")[0].strip().lower())

    def add_of_text(self, text: str) -> None:
        """Add what addresses in a quoted text lead to: of tables, and of resources."""
        self.projects |= {found[1].lower() for found in _ADDRESS.finditer(text)}
        for path in text.split(","):
            if found := _RESOURCE.match(path):
                self.projects.add(found[1].lower())


class _Chain(NamedTuple):
    """A name with the dots in it."""

    start: int  #: index of its first token
    end: int  #: index behind its last token
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        return ".".join(self.parts)


def places_of_definition(tokens: Sequence[Token], noun: str) -> NamedPlaces:
    """Return what names with dots lead to in a definition, or in a part of one without queries.

    `noun` says of what kind the defined thing is. What stands behind LIKE is only read.
    """
    places = NamedPlaces()
    for chain in _chains(tokens):
        first = chain.parts[0].lower()
        is_called = _is_called(tokens, chain.end + 1)
        if _text(tokens, chain.end) == ":" and (noun == "function" or is_called):
            places.add_project(chain.name)  # project:function
        elif len(chain.parts) == 1 or _text(tokens, chain.start - 1) == ":":
            continue
        elif noun in {"schema", "database"}:
            places.add_project(chain.name)
        else:
            places.add(chain.name)
        places.changed |= {first} if _word(tokens, chain.start - 1) != "like" else set()
    addressed = NamedPlaces()
    _add_texts(tokens, addressed)
    places.projects |= addressed.projects
    places.changed |= addressed.projects  # their code runs
    return places


def places_of_rights(tokens: Sequence[Token]) -> NamedPlaces:
    """Return what a statement about rights, users and packages leads to."""
    places = NamedPlaces()
    for chain in _chains(tokens):
        before = _word(tokens, chain.start - 1)
        is_used = chain.start == 1 and before == "use"
        if before == "project" or is_used or (before == "package" and len(chain.parts) > 1):
            places.add_project(chain.name)
        elif before in _BEFORE_OBJECTS:
            places.add(chain.name)
        elif before not in _BEFORE_PEOPLE and _is_resource(tokens, chain):
            places.add_project(chain.name)
    _add_texts(tokens, places)
    return places


def places_of_inquiry(tokens: Sequence[Token]) -> NamedPlaces:
    """Return what SHOW, DESC, LIST and their like look into."""
    places = NamedPlaces()
    is_of_projects = _word(tokens, 1) in _OF_PROJECTS
    for chain in _chains(tokens):
        before = _word(tokens, chain.start - 1)
        beside = {_text(tokens, chain.start - 1), _text(tokens, chain.end)}
        if before in _BEFORE_PEOPLE or beside & {"@", ":"} or "$" in chain.name:
            continue
        is_typed = [_word(tokens, chain.end + ahead) for ahead in range(3)] == _ON_TYPE_PROJECT
        names_project = before == "project" or is_typed or _is_of_option(tokens, chain)
        if names_project or (before in {"package", "schema"} and chain.parts[1:]):
            places.add_project(chain.name)
        elif chain.parts[1:]:
            looks_into = before in _LOOKS_INTO and _word(tokens, 0) == "show"
            is_place = looks_into and _word(tokens, 1) not in {"columns", "recyclebin"}
            (places.add_project if is_place else places.add)(chain.name)
        elif before in _LOOKS_INTO and (_word(tokens, 1), chain.start) != _COLUMNS_OF:
            place = chain.name.lower()
            (places.projects if is_of_projects else places.containers).add(place)
    return places


def places_of_unproven(tokens: Sequence[Token]) -> NamedPlaces:
    """Return what stands where tables are named, in a statement that nobody has followed.

    Behind an alias a dot leads to a column, so that names elsewhere count only in PAI commands.
    """
    if tokens[0].word == "pai":
        return _places_of_pai(tokens)
    places = NamedPlaces()
    in_list = False
    for chain in _chains(tokens):
        at = chain.start
        first = tokens[at].word
        in_list = first in _LISTS_OF_TABLES or (in_list and first not in _ENDS_OF_LISTS)
        before, mark = _word(tokens, at - 1), _text(tokens, at - 1)
        if before in {"project", "use"} or _is_of_project(tokens, chain):
            places.add_project(chain.name)
        elif before in _BEFORE_TABLES or (in_list and mark in {",", "("}) or _is_object(tokens, at):
            places.add(chain.name)
    _add_texts(tokens, places)
    return places


def places_in_text(sql: str) -> NamedPlaces:
    """Return the same for a text that cannot be cut into statements."""
    places = NamedPlaces()
    for found in _ANY_NAME.finditer(_COMMENTS.sub(" ", sql)):
        places.add(found[1].replace("`", ""))
    places.add_of_text(sql)
    return places


def table_in_text(text: str) -> str | None:
    """Return the table that a text names, without back-ticks; None if it is no name of one."""
    is_name = _DOTTED.fullmatch(text) or _UNDOTTED.fullmatch(text)
    return _AROUND_NAMES.sub("", text) if is_name else None


def _places_of_pai(tokens: Sequence[Token]) -> NamedPlaces:
    """Return the projects of the tables that parameters name, and that of the algorithm."""
    places = NamedPlaces()
    parameter = behind = ""
    chains = {chain.start: chain for chain in _chains(tokens)}
    for at, token in enumerate(tokens):
        mark, behind = behind, token.text
        if mark == "-" and token.kind is _WORD:
            parameter = token.text.lower()
        elif token.kind is _STRING:
            for value in _BETWEEN_VALUES.split(token.text[1:-1]):
                _add_parameter(places, value, parameter)
            places.add_of_text(token.text[1:-1])
            if parameter == "project":
                places.add_project(token.text[1:-1])
        elif at in chains and mark in {"=", ","}:
            _add_parameter(places, chains[at].name, parameter)
        elif at in chains and _word(tokens, at - 1) == parameter == "project":
            places.add_project(chains[at].name)
        elif mark == "/" and "".join(one.text for one in tokens[at - 4 : at]).lower() == "odps://":
            places.add_project(token.text)
    places.projects.discard(_PUBLIC_ALGORITHMS)
    return places


def _add_parameter(places: NamedPlaces, value: str, parameter: str) -> None:
    table = value.partition("/")[0]  # and a partition of it
    if "." not in table or not _DOTTED.fullmatch(table):
        return
    if "table" in parameter or not _FILES.fullmatch(value.lower()):
        places.add(_AROUND_NAMES.sub("", table))


def _chains(tokens: Sequence[Token]) -> Iterator[_Chain]:
    at = 0
    for start, token in enumerate(tokens):
        if start < at or (token.kind is not _WORD and token.kind is not _NAME):
            continue
        parts = token.text.split(".")
        at = start + 1
        while _text(tokens, at) == "." and _is_name(tokens, at + 1):
            parts += tokens[at + 1].text.split(".")
            at += 2
        yield _Chain(start, at, tuple(parts))


def _add_texts(tokens: Sequence[Token], places: NamedPlaces) -> None:
    for token in tokens:
        if token.kind is _STRING:
            places.add_of_text(token.text[1:-1])


def _is_object(tokens: Sequence[Token], at: int) -> bool:
    """Return whether it is the first thing that a statement is about, unless that is a column."""
    return at == 1 and tokens[0].word != "select"


def _is_of_project(tokens: Sequence[Token], chain: _Chain) -> bool:
    """Return whether the chain is `x` of `x:function(…)`, `x/resources/…` or `-p x`."""
    behind, word = _text(tokens, chain.end), _word(tokens, chain.end + 1)
    if behind == ":":
        before = _word(tokens, chain.start - 1)
        return before in _BEFORE_THINGS or _is_called(tokens, chain.end + 1)
    return _is_of_option(tokens, chain) or (behind, word) == ("/", "resources")


def _is_of_option(tokens: Sequence[Token], chain: _Chain) -> bool:
    """Return whether the chain is `x` of odpscmd's option `-p x`."""
    return _word(tokens, chain.start - 1) == "p" and _text(tokens, chain.start - 2) == "-"


def _is_resource(tokens: Sequence[Token], chain: _Chain) -> bool:
    """Return whether the chain is `x` of `x:name`, of a resource or a function."""
    nouns = {_word(tokens, at) for at in range(min(chain.start, 8))}
    return _text(tokens, chain.end) == ":" and not nouns.isdisjoint(_RESOURCES)


def _is_called(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a function is called there, perhaps one of a schema."""
    if not _is_name(tokens, at):
        return False
    return _text(tokens, at + 1) == "(" or (
        _text(tokens, at + 1) == "." and _is_name(tokens, at + 2) and _text(tokens, at + 3) == "("
    )


def _is_name(tokens: Sequence[Token], at: int) -> bool:
    return 0 <= at < len(tokens) and tokens[at].kind in _NAMES


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].word if 0 <= at < len(tokens) else ""
