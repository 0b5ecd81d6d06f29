"""MaxCompute's built-in functions: which there are, and how DuckDB gets to compute them.

A function that is named in none of these tables, nor in `macros`, does not exist, whatever
DuckDB has. Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-16
"""

_TRANSLATED = """
    ABS ACOS ANY_VALUE APPROX_DISTINCT ARRAY ARRAY_CONTAINS ARRAY_DISTINCT ASIN ATAN ATAN2 AVG CBRT
    COALESCE COLLECT_LIST COLLECT_SET CONCAT CONCAT_WS CORR COS COT COUNT COUNT_IF COVAR_POP
    COVAR_SAMP CUME_DIST DEGREES DENSE_RANK EXP EXPLODE FIRST_VALUE GET_JSON_OBJECT GREATEST IF
    LAG LAST_VALUE LEAD LEAST LENGTH LN LOWER LTRIM MAP_KEYS MAX MD5 MEDIAN MIN NTH_VALUE NTILE
    NULLIF NVL NVL2 PERCENT_RANK POSEXPLODE POW POWER QUANTILE RADIANS RANK REPEAT REVERSE ROUND
    ROW_NUMBER RTRIM SIGN SIN SIZE SORT_ARRAY SPLIT SQRT STDDEV STDDEV_SAMP STRUCT SUM TAN UPPER
    VARIANCE VAR_SAMP
"""
_SPECIAL = "CAST CEIL DECODE EXTRACT FLOOR PERCENTILE PERCENTILE_APPROX SUBSTRING TRIM"

#: sqlglot reads these as Hive does, and writes them for DuckDB.
TRANSLATED = frozenset(_TRANSLATED.split())
#: Functions with a syntax of their own, likewise.
SPECIAL = frozenset(_SPECIAL.split())
#: MaxCompute's name -> DuckDB's, where the arguments are the same.
RENAMED = {
    "arg_max": "arg_max",
    "arg_min": "arg_min",
    "bit_count": "bit_count",
    "bitwise_and_agg": "bit_and",
    "bitwise_or_agg": "bit_or",
    "cosh": "cosh",
    "factorial": "factorial",
    "grouping": "grouping",
    "grouping_id": "grouping_id",
    "isnan": "isnan",
    "log10": "log10",
    "log2": "log2",
    "map_values": "map_values",
    "max_by": "max_by",
    "min_by": "min_by",
    "pi": "pi",
    "rand": "random",
    "sinh": "sinh",
    "stddev_pop": "stddev_pop",
    "tanh": "tanh",
    "translate": "translate",
    "uuid": "uuid",
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
#: Functions whose last argument is the pattern of a date, and the pattern's letters -> strftime's.
#: DuckDB wants such a pattern as a constant, so it cannot be rewritten by a macro.
DATE_PATTERNS = {
    "to_char": _ORACLE_PATTERN,
    "to_date": _ORACLE_PATTERN,
    "isdate": _ORACLE_PATTERN,
    "date_format": _JAVA_PATTERN,
}


def date_pattern(function: str, pattern: str) -> str:
    """Return strftime's pattern for one of MaxCompute's: `yyyy-mm-dd` -> `%Y-%m-%d`."""
    letters = DATE_PATTERNS[function]
    if letters is _ORACLE_PATTERN:
        pattern = pattern.lower()
    for ours, theirs in letters.items():
        pattern = pattern.replace(ours, theirs)
    return pattern
