"""Functions of regular expressions as macros.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/string-functions-1
"""

_INVALID = "ODPS-0121095:Invalid argument - "


def _checked(name: str, body: str, **positive: str) -> str:
    """Refuse an empty pattern, and numbers below 1, by their names in the vendor's page."""
    checks = [f"WHEN p = '' THEN error('{_INVALID}pattern of function {name} must not be empty')"]
    checks += [
        f"WHEN {number} < 1 THEN"
        f" error('{_INVALID}{title} of function {name} must be greater than 0')"
        for number, title in positive.items()
    ]
    return f"CASE {' '.join(checks)} ELSE {body} END"


_REST = "substring(s, CAST({start} AS BIGINT))"
_MATCHES = f"regexp_extract_all({_REST}, p)"
_START, _NTH = {"a": "start_position"}, {"n": "nth_occurrence"}

#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    # How many characters stand before the nth match.
    "before_match(s, p, n)": "length(array_to_string("
    "list_slice(regexp_split_to_array(s, p), 1, n), ''))"
    " + coalesce(length(array_to_string(list_slice(regexp_extract_all(s, p), 1, n - 1), '')), 0)",
    "match_position(s, p, a, n, o)": "CASE WHEN o NOT IN (0, 1) THEN"
    f" error('{_INVALID}return_option of function regexp_instr must be 0 or 1')"
    f" WHEN s IS NULL OR p IS NULL OR a IS NULL OR n IS NULL OR o IS NULL THEN NULL"
    f" WHEN len({_MATCHES.format(start='a')}) < n THEN 0"
    f" ELSE a + odps_functions.before_match({_REST.format(start='a')}, p, n)"
    f" + CASE WHEN o = 1 THEN length(({_MATCHES.format(start='a')})[n]) ELSE 0 END END",
    "groups(p)": "length(regexp_replace(p, '\\\\.|\\(\\?[^P<]|[^(]', '', 'g'))",
    "highest_group(r)": "coalesce(list_max(list_transform("
    "regexp_extract_all(r, '\\\\([0-9])', 1), lambda x: CAST(x AS INTEGER))), 0)",
    "replaced(s, p, r, n)": "CASE WHEN n = 0 THEN regexp_replace(s, p, r, 'g')"
    " WHEN len(regexp_extract_all(s, p)) < n THEN s"
    " ELSE substring(s, 1, odps_functions.before_match(s, p, n)) || regexp_replace("
    "substring(s, odps_functions.before_match(s, p, n) + 1), p, r) END",
}

# What a group is that the pattern lacks is undefined: nothing, or nothing is replaced if there are
# others, by the examples of the page.
_REPLACED = (
    "CASE WHEN r IS NULL THEN CASE WHEN regexp_matches(s, p) THEN NULL ELSE s END"
    f" WHEN {{n}} < 0 THEN error('{_INVALID}"
    "occurrence of function regexp_replace must not be negative')"
    " WHEN odps_functions.highest_group(r) > odps_functions.groups(p) THEN"
    " CASE WHEN odps_functions.groups(p) > 0 THEN s ELSE odps_functions.replaced(s, p,"
    " regexp_replace(r, '\\\\[1-9]', '', 'g'), {n}) END"
    " ELSE odps_functions.replaced(s, p, r, {n}) END"
)


def _position(start: str, nth: str, option: str) -> str:
    return f"odps_functions.match_position(s, p, {start}, {nth}, {option})"


_S, _P = "s VARCHAR", "p VARCHAR"
_EXTRACTED = "regexp_extract({{s}}, p, {group})"

MACROS: dict[str, dict[str, str]] = {
    "regexp_count": {
        f"{_S}, {_P}": _checked("regexp_count", f"len({_MATCHES.format(start=1)})"),
        f"{_S}, {_P}, a BIGINT": _checked(
            "regexp_count", f"len({_MATCHES.format(start='a')})", **_START
        ),
    },
    "regexp_extract": {
        "s TEXT, p VARCHAR": _checked("regexp_extract", _EXTRACTED.format(group=1)),
        "s TEXT, p VARCHAR, n": _checked("regexp_extract", _EXTRACTED.format(group="n")),
    },
    "regexp_extract_all": {
        "s TEXT, p VARCHAR": _checked("regexp_extract_all", "regexp_extract_all({s}, p, 1)"),
        "s TEXT, p VARCHAR, n": _checked("regexp_extract_all", "regexp_extract_all({s}, p, n)"),
    },
    "regexp_instr": {
        f"{_S}, {_P}": _checked("regexp_instr", _position("1", "1", "0")),
        f"{_S}, {_P}, a BIGINT": _checked("regexp_instr", _position("a", "1", "0"), **_START),
        f"{_S}, {_P}, a BIGINT, n BIGINT": _checked(
            "regexp_instr", _position("a", "n", "0"), **_START, **_NTH
        ),
        f"{_S}, {_P}, a BIGINT, n BIGINT, o BIGINT": _checked(
            "regexp_instr", _position("a", "n", "o"), **_START, **_NTH
        ),
    },
    "regexp_replace": {
        f"{_S}, {_P}, r VARCHAR": _checked("regexp_replace", _REPLACED.replace("{n}", "0")),
        f"{_S}, {_P}, r VARCHAR, n BIGINT": _checked(
            "regexp_replace", _REPLACED.replace("{n}", "n")
        ),
    },
    "regexp_substr": {
        f"{_S}, {_P}": _checked("regexp_substr", f"({_MATCHES.format(start=1)})[1]"),
        f"{_S}, {_P}, a BIGINT": _checked(
            "regexp_substr", f"({_MATCHES.format(start='a')})[1]", **_START
        ),
        f"{_S}, {_P}, a BIGINT, n BIGINT": _checked(
            "regexp_substr", f"({_MATCHES.format(start='a')})[n]", **_START, **_NTH
        ),
    },
}
