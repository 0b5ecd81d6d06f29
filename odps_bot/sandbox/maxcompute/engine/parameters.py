"""Which parameters of functions are texts, and which numbers.

MaxCompute converts arguments of other types to them.
Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-16
"""

_ANY = frozenset(range(64))
_FIRST, _TWO = frozenset({0}), frozenset({0, 1})

#: By function: the places of texts, from 0.
STRING_PARAMETERS: dict[str, frozenset[int]] = {
    **dict.fromkeys(
        [
            "ascii",
            "initcap",
            "length",
            "lengthb",
            "lower",
            "ltrim",
            "md5",
            "repeat",
            "rtrim",
            "sha",
            "sha1",
            "substr",
            "substring",
            "tolower",
            "toupper",
            "trim",
            "upper",
            "url_decode",
            "url_encode",
            "sha2",
            "is_encoding",
            "unhex",
            "soundex",
            "crc32",
        ],
        _FIRST,
    ),
    **dict.fromkeys(
        [
            "find_in_set",
            "get_json_object",
            "instr",
            "locate",
            "regexp_count",
            "regexp_extract",
            "regexp_instr",
            "regexp_split",
            "regexp_substr",
            "split",
            "split_part",
            "substring_index",
        ],
        _TWO,
    ),
    **dict.fromkeys(
        ["regexp_replace", "replace", "translate", "lpad", "rpad"], frozenset({0, 1, 2})
    ),
    "concat": _ANY,
    "lpad": frozenset({0, 2}),
    "rpad": frozenset({0, 2}),
    "split_part": _TWO,
    "wm_concat": _TWO,
}

#: By function: the places of numbers, to which texts are converted.
NUMBER_PARAMETERS: dict[str, frozenset[int]] = {
    **dict.fromkeys(
        [
            "abs",
            "acos",
            "asin",
            "atan",
            "cbrt",
            "ceil",
            "cos",
            "cosh",
            "cot",
            "degrees",
            "exp",
            "floor",
            "ln",
            "log10",
            "log2",
            "radians",
            "round",
            "sign",
            "sin",
            "sinh",
            "sqrt",
            "tan",
            "tanh",
            "trunc",
            "stddev",
            "stddev_samp",
            "stddev_pop",
            "variance",
            "var_samp",
            "var_pop",
            "median",
            "isnan",
        ],
        _FIRST,
    ),
    **dict.fromkeys(["atan2", "log", "pow", "power", "corr", "covar_pop", "covar_samp"], _TWO),
}

#: By function: the places of whole numbers, to which texts are converted.
WHOLE_PARAMETERS: dict[str, frozenset[int]] = {
    **dict.fromkeys(["substr", "substring"], frozenset({1, 2})),
    **dict.fromkeys(
        ["lpad", "rpad", "repeat", "round", "trunc", "dateadd", "date_add", "date_sub"],
        frozenset({1}),
    ),
    **dict.fromkeys(["space", "chr", "bin", "factorial", "from_unixtime"], _FIRST),
}
