"""Functions of arrays and maps as macros; those with a lambda are in `lambdas`.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/complex-type-functions
"""

#: Where a node notes what it takes an item of: a map or an array.
CONTAINER = "container"
_INVALID = "ODPS-0121095:Invalid argument - "
_POLICY = "exception"
#: DuckDB has no limit of its own, and does not count such memory.
_MOST_ITEMS = 1_000_000
_TOO_MANY = (
    "error('ODPS-0010000:System internal error - fuxi job failed, caused by: kWorkerOutOfMemory')"
)


def _bound(name: str, value: str, body: str) -> str:
    """Return a body with a name for a value, which is then computed once for each row.

    A lambda computes what it does not get as a column or as a parameter for each element.
    """
    return f"list_transform([{value}], lambda {name}: {body})[1]"


#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    # In the order of the first appearance, and NULL is an element.
    "distinct_items(a)": _bound(
        "s",
        "list_sort(list_transform(a, lambda x, i: {'x': x, 'i': i}))",
        "list_transform(list_sort(list_transform("
        "list_filter(s, lambda y, j: j = 1 OR s[j - 1].x IS DISTINCT FROM y.x),"
        " lambda y: {'i': y.i, 'x': y.x})), lambda y: y.x)",
    ),
    "has_item(a, x)": "coalesce(list_position(a, x), 0) > 0",
    # The last one of the entries with the same key.
    "last_entries(e)": _bound(
        "entries",
        "e",
        _bound(
            "s",
            "list_sort(list_transform(entries, lambda x, i: {'k': x.k, 'i': i}))",
            "list_transform(list_sort(list_transform("
            "list_filter(s, lambda y, j: j = len(s) OR s[j + 1].k IS DISTINCT FROM y.k),"
            " lambda y: y.i)), lambda i: entries[i])",
        ),
    ),
    "map_of(e, policy)": "CASE WHEN e IS NULL THEN NULL"
    " WHEN len(list_filter(e, lambda x: x.k IS NULL)) > 0 THEN"
    f" error('{_INVALID}key of map must not be NULL')"
    f" WHEN lower(policy) = '{_POLICY}' AND len(list_distinct(list_transform(e, lambda x: x.k)))"
    f" < len(e) THEN error('{_INVALID}duplicate map key')"
    " WHEN lower(policy) NOT IN ('exception', 'last_win') THEN"
    f" error('{_INVALID}mapDupKeyPolicy must be exception or last_win')"
    " ELSE map_from_entries(odps_functions.last_entries(e)) END",
    "entries_of(m)": "list_transform(map_entries(m), lambda x: {'k': x.key, 'v': x.value})",
    "pairs_of(s, d, t)": "list_transform(string_split_regex(s, d), lambda p:"
    " {'k': string_split_regex(p, t)[1], 'v': CASE WHEN len(string_split_regex(p, t)) > 1"
    " THEN substring(p, length(string_split_regex(p, t)[1]) + 1"
    " + length(regexp_extract(p, t))) END})",
    "all_true(b)": "CASE WHEN b IS NULL THEN NULL WHEN list_contains(b, false) THEN false"
    " WHEN len(list_filter(b, lambda x: x IS NULL)) > 0 THEN NULL ELSE true END",
    "any_true(b)": "CASE WHEN b IS NULL THEN NULL WHEN list_contains(b, true) THEN true"
    " WHEN len(list_filter(b, lambda x: x IS NULL)) > 0 THEN NULL ELSE false END",
}

#: As many as the service makes unless a setting says otherwise.
_LONGEST_SEQUENCE = 10_000


def _sequence(step: str) -> str:
    """Return the numbers from `a` to `b`, both included."""
    length = f"(CAST(b AS HUGEINT) - a) // ({step}) + 1"
    return (
        f"CASE WHEN a IS NULL OR b IS NULL OR ({step}) IS NULL THEN NULL"
        f" WHEN ({step}) = 0 OR (a <> b AND (b > a) <> (({step}) > 0)) THEN"
        f" error('{_INVALID}step of function sequence does not lead from start to stop')"
        f" WHEN {length} > {_LONGEST_SEQUENCE} THEN error('{_INVALID}"
        f"function sequence makes at most {_LONGEST_SEQUENCE} elements')"
        f" ELSE list_transform(range(CAST(least({length}, {_LONGEST_SEQUENCE}) AS BIGINT)),"
        f" lambda i: a + i * ({step})) END"
    )


def _days(kind: str) -> str:
    """Return the days from `a` to `b`, forwards or backwards."""
    days = "date_diff('day', CAST(least(a, b) AS TIMESTAMP), CAST(greatest(a, b) AS TIMESTAMP))"
    return (
        "CASE WHEN a IS NULL OR b IS NULL THEN NULL"
        f" WHEN {days} >= {_LONGEST_SEQUENCE} THEN error('{_INVALID}"
        f"function sequence makes at most {_LONGEST_SEQUENCE} elements')"
        f" ELSE list_filter(list_transform(range(least({days}, {_LONGEST_SEQUENCE}) + 1), lambda i:"
        f" CAST(CAST(a AS TIMESTAMP) + to_days(CAST(CASE WHEN a > b THEN -i ELSE i END AS INTEGER))"
        f" AS {kind})), lambda x: x BETWEEN least(a, b) AND greatest(a, b)) END"
    )


_PAIRED = _bound("other", "b", "list_transform(a, lambda x, i: {'k': x, 'v': other[i]})")
_BOTH = "CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE {} END"

MACROS: dict[str, dict[str, str]] = {
    "array_distinct": {"a": "odps_functions.distinct_items(a)"},
    "array_except": {
        "a, b": _BOTH.format(
            "odps_functions.distinct_items("
            + _bound(
                "other", "b", "list_filter(a, lambda x: NOT odps_functions.has_item(other, x))"
            )
            + ")"
        )
    },
    "array_intersect": {
        "a, b": _BOTH.format(
            "odps_functions.distinct_items("
            + _bound("other", "b", "list_filter(a, lambda x: odps_functions.has_item(other, x))")
            + ")"
        )
    },
    "array_join": {
        "a, s": "array_to_string(list_filter(a, lambda x: x IS NOT NULL), s)",
        "a, s, n VARCHAR": "array_to_string("
        "list_transform(a, lambda x: coalesce(CAST(x AS VARCHAR), n)), s)",
    },
    "array_max": {"a": "list_max(a)"},
    "array_min": {"a": "list_min(a)"},
    "array_position": {
        "a, x": "CASE WHEN a IS NULL OR x IS NULL THEN NULL"
        " ELSE CAST(coalesce(list_position(a, x), 0) AS BIGINT) END"
    },
    "array_remove": {
        "a, x": "CASE WHEN x IS NOT NULL THEN list_filter(a, lambda y: y IS DISTINCT FROM x) END"
    },
    "array_repeat": {
        "x, n BIGINT": f"CASE WHEN n > {_MOST_ITEMS} THEN {_TOO_MANY} WHEN n IS NOT NULL THEN"
        f" list_transform(range(least(greatest(n, 0), {_MOST_ITEMS})), lambda i: x) END"
    },
    "array_union": {
        "a, b": _BOTH.format("odps_functions.distinct_items(list_concat(a, b))"),
    },
    "arrays_overlap": {
        "a, b": "CASE WHEN a IS NULL OR b IS NULL THEN NULL"
        " WHEN list_has_any(list_filter(a, lambda x: x IS NOT NULL), b) THEN true"
        " WHEN len(a) > 0 AND len(b) > 0 AND (odps_functions.has_item(a, NULL)"
        " OR odps_functions.has_item(b, NULL)) THEN NULL ELSE false END"
    },
    "flatten": {"a": "flatten(a)"},
    "map_concat": {
        "m, n": "CASE WHEN m IS NULL OR n IS NULL THEN"
        f" error('{_INVALID}argument of function map_concat must not be NULL')"
        " ELSE odps_functions.map_of(list_concat(odps_functions.entries_of(m),"
        " odps_functions.entries_of(n)), 'last_win') END",
        "policy VARCHAR, m, n": "CASE WHEN m IS NULL OR n IS NULL THEN"
        f" error('{_INVALID}argument of function map_concat must not be NULL')"
        " ELSE odps_functions.map_of(list_concat(odps_functions.entries_of(m),"
        " odps_functions.entries_of(n)), policy) END",
    },
    "map_entries": {"m": "map_entries(m)"},
    "map_from_arrays": {
        "a, b": "CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(a) <> len(b) THEN"
        f" error('{_INVALID}arrays of function map_from_arrays must have the same length')"
        f" ELSE odps_functions.map_of({_PAIRED}, 'last_win') END",
        "policy VARCHAR, a, b": "CASE WHEN a IS NULL OR b IS NULL THEN NULL"
        f" WHEN len(a) <> len(b) THEN"
        f" error('{_INVALID}arrays of function map_from_arrays must have the same length')"
        f" ELSE odps_functions.map_of({_PAIRED}, policy) END",
    },
    "map_from_entries": {
        "e": "odps_functions.map_of(list_transform(e, lambda x:"
        " {'k': struct_extract_at(x, 1), 'v': struct_extract_at(x, 2)}), 'last_win')",
        "policy VARCHAR, e": "odps_functions.map_of(list_transform(e, lambda x:"
        " {'k': struct_extract_at(x, 1), 'v': struct_extract_at(x, 2)}), policy)",
    },
    "map_values": {"m": "map_values(m)"},
    "sequence": {
        "a BIGINT, b BIGINT": _sequence("CASE WHEN a > b THEN -1 ELSE 1 END"),
        "a BIGINT, b BIGINT, n BIGINT": _sequence("n"),
        "a DATE, b DATE": _days("DATE"),
        "a TIMESTAMP_MS, b TIMESTAMP_MS": _days("TIMESTAMP_MS"),
        "a TIMESTAMP, b TIMESTAMP": _days("TIMESTAMP"),
    },
    "slice": {
        "a, p BIGINT, n BIGINT": "CASE WHEN n < 0 THEN"
        f" error('{_INVALID}length of function slice must not be negative')"
        " WHEN p < 0 THEN list_slice(a, greatest(len(a) + p + 1, 1), len(a) + p + n)"
        " ELSE list_slice(a, p, p + n - 1) END"
    },
    "str_to_map": {
        "s VARCHAR": "odps_functions.map_of(odps_functions.pairs_of(s, ',', '='), 'last_win')",
        "s VARCHAR, d VARCHAR": "odps_functions.map_of(CASE WHEN s IN ('exception', 'last_win')"
        " THEN odps_functions.pairs_of(d, ',', '=') ELSE odps_functions.pairs_of(s, d, '=') END,"
        " CASE WHEN s = 'exception' THEN s ELSE 'last_win' END)",
        "s VARCHAR, d VARCHAR, t VARCHAR": "odps_functions.map_of("
        "CASE WHEN s IN ('exception', 'last_win') THEN odps_functions.pairs_of(d, t, '=')"
        " ELSE odps_functions.pairs_of(s, d, t) END,"
        " CASE WHEN s = 'exception' THEN s ELSE 'last_win' END)",
        "policy VARCHAR, s VARCHAR, d VARCHAR, t VARCHAR": "odps_functions.map_of("
        "odps_functions.pairs_of(s, d, t), policy)",
    },
}
