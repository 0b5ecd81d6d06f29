"""Functions of character sets as macros.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/string-functions-1
DuckDB knows UTF-8 alone, so the characters of a set are a text, in the order of their codes.
"""

_INVALID = "ODPS-0121095:Invalid argument - "
#: Stands where a set has no character, and at 0x7F of each row.
_NONE = "\ufffd"
_LEADS, _TRAILS = range(0x81, 0xFF), range(0x40, 0xFF)


def _characters(charset: str) -> str:
    """Return the characters of a set of two bytes, one for every pair of bytes."""
    return "".join(
        bytes((lead, trail)).decode(charset, "replace")[0] for lead in _LEADS for trail in _TRAILS
    ).replace("'", "''")


def _members(charset: str) -> str:
    """Return the characters of a set of two bytes without those that stand for none."""
    return _characters(charset).replace(_NONE, "")


_ESCAPED = "replace(replace(replace(url_encode({}), '%20', '+'), '%2A', '*'), '~', '%7E')"
_ROW = len(_TRAILS)
_HEX_PAIR = (
    f"printf('%%%02X%%%02X', {_LEADS[0]} + (i - 1) // {_ROW}, {_TRAILS[0]} + (i - 1) % {_ROW})"
)
_BYTE = (
    "instr('0123456789ABCDEF', upper(t[{}])) * 16 + instr('0123456789ABCDEF', upper(t[{}])) - 17"
)
_PLACE = (
    f"(({_BYTE.format(2, 3)}) - {_LEADS[0]}) * {_ROW} + ({_BYTE.format(5, 6)}) - {_TRAILS[0]} + 1"
)
_TOKENS = "%[89A-Fa-f][0-9A-Fa-f]%[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|(?s:.)"
_UNKNOWN = f"error('{_INVALID}unknown encoding ' || {{}})"


def _by_encoding(utf8: str, gbk: str) -> str:
    return (
        "CASE WHEN s IS NULL OR e IS NULL THEN NULL"
        f" WHEN upper(e) IN ('UTF-8', 'UTF8') THEN {utf8}"
        f" WHEN upper(e) = 'GBK' THEN {gbk} ELSE {_UNKNOWN.format('e')} END"
    )


_PLAIN_DECODED = "url_decode(replace(s, '+', ' '))"

#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    "gbk()": f"'{_characters('gbk')}'",
    "gb2312_members()": f"'{_members('gb2312')}'",
    "big5_members()": f"'{_members('big5')}'",
    "gbk_place(c)": f"CASE WHEN c = '{_NONE}' THEN 0 ELSE instr(odps_functions.gbk(), c) END",
    "gbk_bytes(i)": f"CASE WHEN i = 0 THEN '%3F' ELSE {_HEX_PAIR} END",
    "gbk_escaped(c)": "CASE WHEN ascii(c) < 128 THEN "
    + _ESCAPED.format("c")
    + " ELSE odps_functions.gbk_bytes(odps_functions.gbk_place(c)) END",
    "gbk_character(t)": "CASE WHEN length(t) = 6 THEN"
    f" coalesce(nullif(substring(odps_functions.gbk(), CAST({_PLACE} AS BIGINT), 1), ''),"
    f" '{_NONE}')"
    f" WHEN length(t) = 3 AND ({_BYTE.format(2, 3)}) < 128"
    f" THEN chr(CAST({_BYTE.format(2, 3)} AS INTEGER))"
    f" WHEN length(t) = 3 THEN '{_NONE}' ELSE t END",
    "is_of(s, members)": "len(list_filter(string_split(s, ''),"
    " lambda c: ascii(c) >= 128 AND NOT contains(members, c))) = 0",
}

MACROS: dict[str, dict[str, str]] = {
    "is_encoding": {
        "s VARCHAR, f VARCHAR, t VARCHAR": "CASE WHEN s IS NULL OR f IS NULL OR t IS NULL THEN NULL"
        f" WHEN upper(f) NOT IN ('UTF-8', 'UTF8') THEN {_UNKNOWN.format('f')}"
        " WHEN upper(t) IN ('UTF-8', 'UTF8') THEN true"
        " WHEN upper(t) = 'GBK' THEN"
        f" odps_functions.is_of(s, replace(odps_functions.gbk(), '{_NONE}', ''))"
        " WHEN upper(t) = 'GB2312' THEN odps_functions.is_of(s, odps_functions.gb2312_members())"
        " WHEN upper(t) = 'BIG5' THEN odps_functions.is_of(s, odps_functions.big5_members())"
        f" ELSE {_UNKNOWN.format('t')} END"
    },
    "url_decode": {
        "s VARCHAR": _PLAIN_DECODED,
        "s VARCHAR, e VARCHAR": _by_encoding(
            _PLAIN_DECODED,
            "array_to_string(list_transform("
            f"regexp_extract_all(replace(s, '+', ' '), '{_TOKENS}'),"
            " lambda t: odps_functions.gbk_character(t)), '')",
        ),
    },
    "url_encode": {
        "s VARCHAR": _ESCAPED.format("s"),
        "s VARCHAR, e VARCHAR": _by_encoding(
            _ESCAPED.format("s"),
            "CASE WHEN s = '' THEN '' ELSE array_to_string(list_transform(string_split(s, ''),"
            " lambda c: odps_functions.gbk_escaped(c)), '') END",
        ),
    },
}
