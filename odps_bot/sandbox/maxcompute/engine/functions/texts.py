"""String functions as macros, but for regular expressions and encodings.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/string-functions-1
"""

_INVALID = "ODPS-0121095:Invalid argument - "


def _value_of(between_pairs: str, within_pair: str) -> str:
    """Return the value of the key `k` in the text `s`."""
    pairs = f"string_split({{s}}, {between_pairs})"
    found = f"list_filter({pairs}, lambda p: split_part(p, {within_pair}, 1) = {{k}})[1]"
    return f"nullif(split_part({found}, {within_pair}, 2), '')"


_INITIALS = (
    "list_transform(string_split(lower({s}), ' '), lambda w: upper(w[1]) || substring(w, 2))"
)
_FIRST = "list_slice(string_split({s}, t), 1, n)"
_LAST = "list_slice(string_split({s}, t), n, -1)"
_START = f"error('{_INVALID}start position of function split_part must be greater than 0')"
_PARTS = (
    f"CASE WHEN n < 1 THEN {_START} WHEN t = '' THEN {{s}} ELSE coalesce("
    "array_to_string(list_slice(string_split({s}, t), n, {m}), t), '') END"
)
_NOT_NULL = "CASE WHEN {s} IS NULL OR t IS NULL OR n IS NULL THEN NULL ELSE "
_LETTERS, _CODES = "AEIOUYHWBFPVCGJKQSXZDTLMNR", "00000000111122222222334556"
_POSITIONS = (
    "CASE WHEN {p} > 0 THEN range({p}, length({s}) + 2)"
    " ELSE range(length({s}) + {p} + 1, 0, -1) END"
)
_FOUND = (
    f"list_filter({_POSITIONS},"
    " lambda i: substring({s}, CAST(i AS BIGINT), length({t})) = {t})"
)
_NTH = f"error('{_INVALID}nth_appearance of function instr must be greater than 0')"
_IN_STRING = (
    f"CASE WHEN {{n}} < 1 THEN {_NTH} WHEN {{s}} IS NULL OR {{t}} IS NULL OR {{p}} IS NULL"
    f" THEN NULL ELSE coalesce(({_FOUND})[{{n}}], 0) END"
)


def _instr(position: str, nth: str) -> str:
    return _IN_STRING.replace("{p}", position).replace("{n}", nth)


#: DuckDB takes no places and lengths beyond those of an INTEGER.
_PLACE = "least(greatest(CAST(p AS BIGINT), -2147483647), 2147483647)"
_LENGTH = "least(CAST(n AS BIGINT), 2147483647)"
_BEFORE_ALL = "p = 0 OR -CAST(p AS HUGEINT) > length({s})"
_SUBSTR = {
    "s TEXT, p BIGINT": f"CASE WHEN p IS NULL THEN NULL"
    f" WHEN {_BEFORE_ALL} THEN '' ELSE substring({{s}}, {_PLACE}) END",
    "s TEXT, p BIGINT, n BIGINT": f"CASE WHEN p IS NULL OR n IS NULL THEN NULL"
    f" WHEN {_BEFORE_ALL} OR n < 1 THEN CASE WHEN {{s}} IS NOT NULL THEN '' END"
    f" ELSE substring({{s}}, {_PLACE}, {_LENGTH}) END",
}
_PADDED = "CASE WHEN n > 0 THEN {side}pad({s}, CAST(n AS INTEGER), p) END"
_URL = (
    r"'^([^:/?#]+)://((?:([^@/?#]*)@)?([^:/?#]*)(?::[0-9]+)?)(([^?#]*)(?:\?([^#]*))?)(?:#(.*))?$'"
)
_URL_PARTS = ("PROTOCOL", "AUTHORITY", "USERINFO", "HOST", "FILE", "PATH", "QUERY", "REF")
_URL_PART = (
    "CASE {p} "
    + " ".join(
        f"WHEN '{part}' THEN nullif(regexp_extract(s, {_URL}, {group}), '')"
        for group, part in enumerate(_URL_PARTS, start=1)
    )
    + f" ELSE error('{_INVALID}unknown part of function parse_url: ' || coalesce(p, 'NULL')) END"
)

#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    "single_codes(t)": "regexp_replace(regexp_replace(regexp_replace(regexp_replace("
    "regexp_replace(regexp_replace(t, '1+', '1', 'g'), '2+', '2', 'g'), '3+', '3', 'g'),"
    " '4+', '4', 'g'), '5+', '5', 'g'), '6+', '6', 'g')",
    # H and W do not part letters of the same code, vowels do.
    "soundex_of(u)": "CASE WHEN u = '' THEN '' ELSE rpad(u[1] || replace(substring("
    "odps_functions.single_codes(translate("
    "u[1] || regexp_replace(substring(u, 2), '[HW]', '', 'g'),"
    f" '{_LETTERS}', '{_CODES}')), 2), '0', ''), 4, '0')[1:4] END",
}

MACROS: dict[str, dict[str, str]] = {
    "ascii": {"s TEXT": "CAST(ascii({s}) AS BIGINT)"},
    "base64": {"s": "to_base64(CAST(s AS BLOB))"},
    "char_matchcount": {
        "s TEXT, t VARCHAR": "CASE WHEN {s} = '' THEN 0 ELSE"
        " len(list_filter(string_split({s}, ''), lambda c: contains(t, c))) END"
    },
    "chr": {
        "n WHOLE": "CASE WHEN {n} NOT BETWEEN 0 AND 255 THEN"
        f" error('{_INVALID}argument of function chr must be 0 to 255')"
        " ELSE chr(CAST({n} AS INTEGER)) END"
    },
    "find_in_set": {
        "s TEXT, l VARCHAR": "CASE WHEN {s} IS NULL OR l IS NULL THEN NULL"
        " ELSE coalesce(list_position(string_split(l, ','), {s}), 0) END",
        "s TEXT, l VARCHAR, d VARCHAR": "CASE WHEN {s} IS NULL OR l IS NULL OR d IS NULL THEN NULL"
        " ELSE coalesce(list_position(string_split(l, d), {s}), 0) END",
    },
    "initcap": {"s TEXT": f"array_to_string({_INITIALS}, ' ')"},
    "instr": {
        "s TEXT, t VARCHAR": "CAST(instr({s}, t) AS BIGINT)",
        "s TEXT, t VARCHAR, p BIGINT": _instr("p", "1").replace("{t}", "t"),
        "s TEXT, t VARCHAR, p BIGINT, n BIGINT": _instr("p", "n").replace("{t}", "t"),
    },
    "keyvalue": {
        "s VARCHAR, k TEXT": _value_of("';'", "':'").replace("{s}", "s"),
        "s VARCHAR, a VARCHAR, b VARCHAR, k TEXT": _value_of("a", "b").replace("{s}", "s"),
    },
    "length": {"s TEXT": "length({s})", "s BLOB": "octet_length(s)"},
    "lengthb": {"s TEXT": "octet_length(encode({s}))", "s BLOB": "octet_length(s)"},
    "locate": {
        "t VARCHAR, s TEXT": "CAST(instr({s}, t) AS BIGINT)",
        "t VARCHAR, s TEXT, p BIGINT": _instr("p", "1").replace("{t}", "t"),
    },
    "lower": {"s TEXT": "lower({s})"},
    "lpad": {"s TEXT, n BIGINT, p VARCHAR": _PADDED.replace("{side}", "l")},
    "md5": {"s TEXT": "md5({s})", "s BLOB": "md5(s)"},
    "parse_url": {
        "s VARCHAR, p VARCHAR": _URL_PART.replace("{p}", "p"),
        "s VARCHAR, p VARCHAR, k VARCHAR": "CASE WHEN p = 'QUERY' THEN nullif(regexp_extract(s,"
        " '[?&]' || regexp_escape(k) || '=([^&#]*)', 1), '') END",
    },
    "replace": {"s TEXT, o VARCHAR, n VARCHAR": "replace({s}, o, n)"},
    "reverse": {"s TEXT": "reverse({s})", "a": "list_reverse(a)"},
    "rpad": {"s TEXT, n BIGINT, p VARCHAR": _PADDED.replace("{side}", "r")},
    "sha": {"s VARCHAR": "sha1(s)", "s BLOB": "sha1(s)"},
    "sha1": {"s VARCHAR": "sha1(s)", "s BLOB": "sha1(s)"},
    "soundex": {
        "s VARCHAR": "odps_functions.soundex_of(regexp_replace(upper(s), '[^A-Z]', '', 'g'))"
    },
    "space": {"n BIGINT": "repeat(' ', n)"},
    "split_part": {
        "s TEXT, t, n BIGINT": _NOT_NULL + _PARTS.replace("{m}", "n") + " END",
        "s TEXT, t, n BIGINT, m BIGINT": _NOT_NULL.replace("n IS NULL", "n IS NULL OR m IS NULL")
        + _PARTS.replace("{m}", "m")
        + " END",
    },
    "substr": _SUBSTR,
    "substring": _SUBSTR
    | {
        "s BLOB, p BIGINT": "unhex(substring(hex(s), CAST(CASE WHEN p > 0 THEN 2 * p - 1"
        " ELSE 2 * p END AS BIGINT)))",
        "s BLOB, p BIGINT, n BIGINT": "unhex(substring(hex(s), CAST(CASE WHEN p > 0 THEN 2 * p - 1"
        " ELSE 2 * p END AS BIGINT), 2 * n))",
    },
    "substring_index": {
        "s TEXT, t, n BIGINT": "CASE WHEN t IS NULL OR n IS NULL THEN NULL"
        f" WHEN n = 0 OR t = '' THEN '' WHEN n > 0 THEN array_to_string({_FIRST}, t)"
        f" ELSE array_to_string({_LAST}, t) END"
    },
    "tolower": {"s TEXT": "lower({s})"},
    "toupper": {"s TEXT": "upper({s})"},
    "translate": {"s TEXT, a VARCHAR, b VARCHAR": "translate({s}, a, b)"},
    "unbase64": {"s VARCHAR": "from_base64(s)"},
    "unique_id": {"": "CAST(uuid() AS VARCHAR) || '_1'"},
    "upper": {"s TEXT": "upper({s})"},
    "uuid": {"": "CAST(uuid() AS VARCHAR)"},
}
