"""Functions of arrays and maps as macros; those with a lambda are in `lambdas`.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/complex-type-functions
"""

_INVALID = "ODPS-0121095:Invalid argument - "
_POLICY = "exception"

#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    # In the order of the first appearance, and NULL is an element.
    "distinct_items(a)": "list_filter(a, lambda x, i: list_position(a, x) = i)",
    "has_item(a, x)": "coalesce(list_position(a, x), 0) > 0",
    "last_entries(e)": "list_filter(e, lambda x, i: NOT list_contains("
    "list_transform(list_slice(e, i + 1, len(e)), lambda y: y.k), x.k))",
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

_BOTH = "CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE {} END"

MACROS: dict[str, dict[str, str]] = {
    "array_distinct": {"a": "odps_functions.distinct_items(a)"},
    "array_except": {
        "a, b": _BOTH.format(
            "odps_functions.distinct_items("
            "list_filter(a, lambda x: NOT odps_functions.has_item(b, x)))"
        )
    },
    "array_intersect": {
        "a, b": _BOTH.format(
            "odps_functions.distinct_items(list_filter(a, lambda x: odps_functions.has_item(b, x)))"
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
        "x, n BIGINT": "CASE WHEN n IS NOT NULL THEN"
        " list_transform(range(greatest(n, 0)), lambda i: x) END"
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
        " ELSE odps_functions.map_of(list_transform(a, lambda x, i: {'k': x, 'v': b[i]}),"
        " 'last_win') END",
        "policy VARCHAR, a, b": "CASE WHEN a IS NULL OR b IS NULL THEN NULL"
        f" WHEN len(a) <> len(b) THEN"
        f" error('{_INVALID}arrays of function map_from_arrays must have the same length')"
        " ELSE odps_functions.map_of(list_transform(a, lambda x, i: {'k': x, 'v': b[i]}),"
        " policy) END",
    },
    "map_from_entries": {
        "e": "odps_functions.map_of(list_transform(e, lambda x:"
        " {'k': struct_extract_at(x, 1), 'v': struct_extract_at(x, 2)}), 'last_win')",
        "policy VARCHAR, e": "odps_functions.map_of(list_transform(e, lambda x:"
        " {'k': struct_extract_at(x, 1), 'v': struct_extract_at(x, 2)}), policy)",
    },
    "map_values": {"m": "map_values(m)"},
    "sequence": {"a, b": "range(a, b + 1)", "a, b, n": "range(a, b + sign(n), n)"},
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
