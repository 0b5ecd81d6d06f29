"""Functions of MaxCompute as DuckDB macros."""

import re
from collections.abc import Iterator
from itertools import product

from odps_bot.sandbox.maxcompute.engine.functions import (
    aggregates,
    dates,
    digests,
    encodings,
    id_cards,
    nested,
    numbers,
    regular_expressions,
    texts,
)

#: The schema of the macros.
SCHEMA = "odps_functions"

_FAMILIES = (
    numbers,
    texts,
    regular_expressions,
    dates,
    digests,
    encodings,
    nested,
    id_cards,
    aggregates,
)
_ODD_QUOTIENT = "'ODPS-0121145:Data overflow - Div result is nan or inf, two params are '"
_QUOTIENT = f"error({_ODD_QUOTIENT} || CAST(a AS VARCHAR) || ' and ' || CAST(b AS VARCHAR))"
_HELPERS = {"divide(a, b)": f"CASE WHEN b = 0 THEN {_QUOTIENT} ELSE a / b END"} | {
    head: body for family in _FAMILIES for head, body in family.HELPERS.items()
}

#: By function: body by parameters, one for every number and kinds of arguments. What a parameter
#: of one of `_KINDS` stands for is in braces in the body.
MACROS: dict[str, dict[str, str]] = {
    name: overloads for family in _FAMILIES for name, overloads in family.MACROS.items()
}

#: DuckDB's types that a parameter takes, with what stands for its value: the conversions that
#: MaxCompute makes without being asked.
_KINDS: dict[str, dict[str, str]] = {
    "TEXT": {
        "VARCHAR": "{}",
        "HUGEINT": "CAST({} AS VARCHAR)",  # all integers; DuckDB's type of a sum
        "DOUBLE": "CAST({} AS VARCHAR)",
        "DATE": "CAST({} AS VARCHAR)",
        "TIMESTAMP": "CAST({} AS VARCHAR)",
    },
    "NUMBER": {"DOUBLE": "{}", "VARCHAR": "CAST({} AS DOUBLE)"},
    "WHOLE": {
        "HUGEINT": "CAST({} AS BIGINT)",
        "DOUBLE": "CAST(trunc({}) AS BIGINT)",
        "VARCHAR": "CAST(trunc(CAST({} AS DOUBLE)) AS BIGINT)",
    },
}


def argument_counts(name: str) -> list[int]:
    """Return the possible numbers of arguments of a macro."""
    counts = {len(heads.split(",")) if heads else 0 for heads in MACROS[name]}
    return sorted(counts)


def macro_statements() -> list[str]:
    """Return the DuckDB statements that create the macros."""
    statements = [f"CREATE SCHEMA {SCHEMA}"]
    statements += [f"CREATE MACRO {SCHEMA}.{head} AS ({body})" for head, body in _HELPERS.items()]
    for name, overloads in MACROS.items():
        bodies = ", ".join(
            f"({parameters}) AS ({body})"
            for head, template in overloads.items()
            for parameters, body in _overloads(head, template)
        )
        statements.append(f'CREATE MACRO {SCHEMA}."{name}" {bodies}')
        if has_untyped(name):
            bodies = ", ".join(f"({head}) AS ({body})" for head, body in _untyped(overloads))
            statements.append(f'CREATE MACRO {SCHEMA}."{untyped(name)}" {bodies}')
    return statements


def untyped(name: str) -> str:
    """Return the name of the macro for arguments whose types DuckDB does not know in time.

    It chooses among the kinds of arguments before it knows the types of aggregates and windows.
    """
    return f"{name}_of_any"


def has_untyped(name: str) -> bool:
    """Return whether there is such a macro: where there is a choice."""
    return any(
        " " in head for head in MACROS.get(name, ()) if len(MACROS[name]) > 1 or _chooses(head)
    )


def _chooses(head: str) -> bool:
    return any(kind in head.split() for kind in (*_KINDS, *(f"{kind}," for kind in _KINDS)))


def _untyped(overloads: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield parameters without types, and the body, once for each number of them."""
    by_count: dict[int, list[tuple[str, str]]] = {}
    for head, template in overloads.items():
        by_count.setdefault(len(head.split(",")) if head else 0, []).append((head, template))
    for candidates in by_count.values():
        head, body = min(candidates, key=lambda candidate: _preference(candidate[0]))
        names = []
        for parameter in head.split(",") if head else []:
            name, *kind = parameter.split()
            value = _OF_ANY.get(kind[0], "{}") if kind else "{}"
            body = body.replace(f"{{{name}}}", value.format(name))
            names.append(name)
        yield ", ".join(names), body


def _preference(head: str) -> int:
    """Return the least for parameters that convert, then for those that take every type."""
    if _chooses(head):
        return 0
    return 1 if any(" " not in parameter.strip() for parameter in head.split(",")) else 2


#: What stands for the value of an argument of any type.
_OF_ANY = {
    "TEXT": "CAST({} AS VARCHAR)",
    "NUMBER": "CAST({} AS DOUBLE)",
    "WHOLE": "CAST({} AS BIGINT)",
}


def _overloads(head: str, template: str) -> Iterator[tuple[str, str]]:
    """Yield parameters and body for every combination of the types that the parameters take."""
    parameters = [parameter.split() for parameter in head.split(",")] if head else []
    choices = [
        list(_KINDS.get(kind[0], {kind[0]: "{}"}).items()) if kind else [("", "{}")]
        for _, *kind in parameters
    ]
    for chosen in product(*choices):
        body, declared = template, []
        for (name, *_), (duckdb_type, value) in zip(parameters, chosen, strict=True):
            body = re.sub(rf"\{{{name}\}}", value.format(name).replace("\\", r"\\"), body)
            declared.append(f"{name} {duckdb_type}".rstrip())
        yield ", ".join(declared), body
