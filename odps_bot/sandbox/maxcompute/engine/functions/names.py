"""MaxCompute's built-in functions, and how DuckDB computes them.

A function that is neither in these tables nor in `macros` does not exist, even if DuckDB has it.
Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-16
"""

import re

_TRANSLATED = """
    ANY_VALUE APPROX_DISTINCT ARRAY ARRAY_CONTAINS AVG COALESCE COLLECT_LIST COLLECT_SET CORR COUNT
    COUNT_IF COVAR_POP COVAR_SAMP CUME_DIST DENSE_RANK EXPLODE FIRST_VALUE GREATEST IF LAG
    LAST_VALUE LEAD LEAST LTRIM MAP_KEYS MAX MEDIAN MIN NTH_VALUE NTILE NULLIF NVL NVL2 PERCENT_RANK
    POSEXPLODE POW POWER RANK REPEAT ROW_NUMBER RTRIM SIZE SORT_ARRAY SPLIT STDDEV
    STDDEV_SAMP STRUCT SUM VARIANCE VAR_SAMP
"""
_SPECIAL = "CAST DECODE EXTRACT PERCENTILE PERCENTILE_APPROX TRIM"

#: sqlglot translates these from Hive to DuckDB.
TRANSLATED = frozenset(_TRANSLATED.split())
#: Likewise, functions with their own syntax.
SPECIAL = frozenset(_SPECIAL.split())
#: DuckDB's name of a function with the same arguments, by MaxCompute's.
RENAMED = {
    "arg_max": "arg_max",
    "arg_min": "arg_min",
    "bit_count": "bit_count",
    "bitwise_and_agg": "bit_and",
    "bitwise_or_agg": "bit_or",
    "bitwise_xor_agg": "bit_xor",
    "grouping": "grouping",
    "grouping_id": "grouping_id",
    "histogram": "histogram",
    "max_by": "max_by",
    "min_by": "min_by",
    "pi": "pi",
    "stddev_pop": "stddev_pop",
    "var_pop": "var_pop",
}

_ORACLE_PATTERN = {
    "yyyy": "%Y",
    "mi": "%M",
    "mm": "%m",
    "dd": "%d",
    "hh24": "%H",
    "hh": "%H",
    "ss": "%S",
    "ff3": "%g",
}
_JAVA_PATTERN = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "SSS": "%g",
    "ss": "%S",
}
#: Functions whose last argument is a date pattern, with the translation of its letters to those of
#: strftime. DuckDB needs the pattern as a constant, so a macro cannot translate it.
DATE_PATTERNS = {
    "to_char": _ORACLE_PATTERN,
    "to_date": _ORACLE_PATTERN,
    "isdate": _ORACLE_PATTERN,
    "date_format": _JAVA_PATTERN,
}


def date_pattern(function: str, pattern: str) -> str:
    """Return the strftime pattern for a pattern of MaxCompute: `yyyy-mm-dd` -> `%Y-%m-%d`."""
    letters = DATE_PATTERNS[function]
    # Longer ones first: hh24 before hh.
    known = "|".join(sorted(letters, key=len, reverse=True))
    flags = re.IGNORECASE if letters is _ORACLE_PATTERN else re.NOFLAG
    translated = {**letters, "%": "%%"}
    return re.sub(
        f"{known}|%",
        lambda found: translated.get(found[0]) or translated[found[0].lower()],
        pattern,
        flags=flags,
    )
