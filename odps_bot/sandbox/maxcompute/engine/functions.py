"""MaxCompute's built-in functions: which there are, and what stands for each in DuckDB.

A function that is named in none of the tables here does not exist, whatever DuckDB has.
Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-16
"""

#: Schema of the macros below in DuckDB.
SCHEMA = "odps_functions"

#: sqlglot reads these as Hive does, and writes them for DuckDB.
TRANSLATED = frozenset(
    [
        "ABS",
        "ACOS",
        "ANY_VALUE",
        "APPROX_DISTINCT",
        "ARRAY",
        "ARRAY_CONTAINS",
        "ARRAY_DISTINCT",
        "ASIN",
        "ATAN",
        "ATAN2",
        "AVG",
        "CBRT",
        "COALESCE",
        "COLLECT_LIST",
        "COLLECT_SET",
        "CONCAT",
        "CONCAT_WS",
        "CORR",
        "COS",
        "COT",
        "COUNT",
        "COUNT_IF",
        "COVAR_POP",
        "COVAR_SAMP",
        "CUME_DIST",
        "DEGREES",
        "DENSE_RANK",
        "EXP",
        "EXPLODE",
        "FIRST_VALUE",
        "GET_JSON_OBJECT",
        "GREATEST",
        "IF",
        "LAG",
        "LAST_VALUE",
        "LEAD",
        "LEAST",
        "LENGTH",
        "LN",
        "LOWER",
        "LTRIM",
        "MAP_KEYS",
        "MAX",
        "MEDIAN",
        "MIN",
        "MD5",
        "NTH_VALUE",
        "NTILE",
        "NULLIF",
        "NVL",
        "NVL2",
        "PERCENT_RANK",
        "POSEXPLODE",
        "POW",
        "POWER",
        "QUANTILE",
        "RADIANS",
        "RANK",
        "REPEAT",
        "REVERSE",
        "ROUND",
        "ROW_NUMBER",
        "RTRIM",
        "SIGN",
        "SIN",
        "SIZE",
        "SORT_ARRAY",
        "SPLIT",
        "SQRT",
        "STDDEV",
        "STDDEV_SAMP",
        "STRUCT",
        "SUM",
        "TAN",
        "UPPER",
        "VARIANCE",
        "VAR_SAMP",
    ]
)

#: Functions with a syntax of their own, likewise.
SPECIAL = frozenset(
    [
        "CAST",
        "CEIL",
        "DECODE",
        "EXTRACT",
        "FLOOR",
        "PERCENTILE",
        "PERCENTILE_APPROX",
        "SUBSTRING",
        "TRIM",
    ]
)

#: MaxCompute's name -> DuckDB's, where the arguments are the same.
RENAMED = {
    "arg_max": "arg_max",
    "arg_min": "arg_min",
    "bit_count": "bit_count",
    "bitwise_and_agg": "bit_and",
    "bitwise_or_agg": "bit_or",
    "cosh": "cosh",
    "factorial": "factorial",
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

#: Rewritten by the translation itself, for they depend on the catalog, the clock or each other.
REWRITTEN = frozenset({"max_pt", "getdate", "now", "wm_concat", "named_struct", "map", "grouping"})

_TIMESTAMP = "CAST(d AS TIMESTAMP)"
_UNITS = {
    "year": ("yyyy", "year", "years"),
    "month": ("mm", "mon", "month", "months"),
    "day": ("dd", "day", "days"),
    "hour": ("hh", "hour", "hours"),
    "minute": ("mi", "minute", "minutes"),
    "second": ("ss", "second", "seconds"),
    "millisecond": ("ff3", "millisecond"),
}


def _by_unit(template: str) -> str:
    """Return a CASE over the unit's spellings; `{unit}` in the template becomes DuckDB's word."""
    branches = " ".join(
        f"WHEN lower(unit) IN {spellings} THEN {template.format(unit=unit)}"
        for unit, spellings in _UNITS.items()
    )
    return (
        f"CASE {branches} ELSE error('ODPS-0121095:Invalid argument - illegal unit ' || unit) END"
    )


#: Functions whose last argument is a pattern of a date, and the pattern's letters -> strftime's.
#: DuckDB wants such a pattern as a constant of its own, so the translation rewrites it.
ORACLE_PATTERN = {
    "yyyy": "%Y",
    "mi": "%M",
    "mm": "%m",
    "dd": "%d",
    "hh24": "%H",
    "hh": "%H",
    "ss": "%S",
    "ff3": "%g",
}
JAVA_PATTERN = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "SSS": "%g",
    "ss": "%S",
}
DATE_PATTERNS = {
    "to_char": ORACLE_PATTERN,
    "to_date": ORACLE_PATTERN,
    "isdate": ORACLE_PATTERN,
    "date_format": JAVA_PATTERN,
}

#: Bodies of macros by name: (parameters, body) for every number of arguments.
MACROS: dict[str, tuple[tuple[str, str], ...]] = {
    "add_months": (
        ("d, n", f"strftime({_TIMESTAMP} + to_months(CAST(n AS INTEGER)), '%Y-%m-%d')"),
    ),
    "array_join": (("a, s", "array_to_string(a, s)"),),
    "ascii": (("s", "ascii(s)"),),
    "base64": (("s", "to_base64(CAST(s AS BLOB))"),),
    "bin": (("n", "to_binary(n)"),),
    "chr": (("n", "chr(CAST(n AS INTEGER))"),),
    "current_timezone": (("", "'UTC'"),),
    "date_add": (
        ("d, n", "CAST(CAST(CAST(d AS TIMESTAMP) AS DATE) + CAST(n AS INTEGER) AS DATE)"),
    ),
    "date_format": (("d, f", f"strftime({_TIMESTAMP}, f)"),),
    "date_sub": (
        ("d, n", "CAST(CAST(CAST(d AS TIMESTAMP) AS DATE) - CAST(n AS INTEGER) AS DATE)"),
    ),
    "dateadd": (
        (
            "d, n, unit",
            "CAST("
            + _by_unit(f"{_TIMESTAMP} + to_{{unit}}s(CAST(n AS INTEGER))")
            + " AS TIMESTAMP_MS)",
        ),
    ),
    "datediff": (
        ("d, e", f"date_diff('day', CAST(e AS TIMESTAMP), {_TIMESTAMP})"),
        ("d, e, unit", _by_unit(f"date_diff('{{unit}}', CAST(e AS TIMESTAMP), {_TIMESTAMP})")),
    ),
    "datepart": (("d, unit", _by_unit(f"date_part('{{unit}}', {_TIMESTAMP})")),),
    "datetrunc": (
        (
            "d, unit",
            f"CAST({_by_unit(f'''date_trunc('{{unit}}', {_TIMESTAMP})''')} AS TIMESTAMP_MS)",
        ),
    ),
    "day": (("d", f"day({_TIMESTAMP})"),),
    "dayofmonth": (("d", f"day({_TIMESTAMP})"),),
    "dayofweek": (("d", f"dayofweek({_TIMESTAMP}) + 1"),),
    "dayofyear": (("d", f"dayofyear({_TIMESTAMP})"),),
    "divide": (
        (
            "a, b",
            "CASE WHEN b = 0 THEN error('ODPS-0121145:Data overflow - Div result is nan or inf, "
            "two params are ' || CAST(a AS VARCHAR) || ' and ' || CAST(b AS VARCHAR)) ELSE a / b END",
        ),
    ),
    "find_in_set": (("s, l", "coalesce(list_position(string_split(l, ','), s), 0)"),),
    "from_unixtime": (("n", "CAST(epoch_ms(CAST(n AS BIGINT) * 1000) AS TIMESTAMP_MS)"),),
    "hex": (("x", "hex(x)"),),
    "hour": (("d", f"hour({_TIMESTAMP})"),),
    "initcap": (
        (
            "s",
            "array_to_string(list_transform(string_split(lower(s), ' '), "
            "lambda w: upper(w[1]) || substring(w, 2)), ' ')",
        ),
    ),
    "instr": (
        ("s, t", "instr(CAST(s AS VARCHAR), t)"),
        (
            "s, t, p",
            "CASE WHEN instr(substring(s, p), t) = 0 THEN 0 ELSE instr(substring(s, p), t) + p - 1 END",
        ),
    ),
    "isdate": (("s, f", "try_strptime(s, f) IS NOT NULL"),),
    "last_day": (("d", f"last_day({_TIMESTAMP})"),),
    "lastday": (("d", f"CAST(last_day({_TIMESTAMP}) AS TIMESTAMP_MS)"),),
    "lengthb": (("s", "octet_length(encode(CAST(s AS VARCHAR)))"),),
    "locate": (("t, s", "instr(s, t)"),),
    "log": (("b, x", "ln(x) / ln(b)"),),
    "lpad": (("s, n, p", "lpad(s, CAST(n AS INTEGER), p)"),),
    "minute": (("d", f"minute({_TIMESTAMP})"),),
    "month": (("d", f"month({_TIMESTAMP})"),),
    "months_between": (("d, e", f"datesub('month', CAST(e AS TIMESTAMP), {_TIMESTAMP})"),),
    "quarter": (("d", f"quarter({_TIMESTAMP})"),),
    "regexp_count": (("s, p", "len(regexp_extract_all(s, p))"),),
    "regexp_extract": (("s, p", "regexp_extract(s, p, 1)"), ("s, p, n", "regexp_extract(s, p, n)")),
    "regexp_replace": (("s, p, r", "regexp_replace(s, p, r, 'g')"),),
    "regexp_substr": (("s, p", "nullif(regexp_extract(s, p), '')"),),
    "rpad": (("s, n, p", "rpad(s, CAST(n AS INTEGER), p)"),),
    "second": (("d", f"second({_TIMESTAMP})"),),
    "sequence": (("a, b", "range(a, b + 1)"), ("a, b, n", "range(a, b + sign(n), n)")),
    "sha1": (("s", "sha1(s)"),),
    "sha2": (
        (
            "s, n",
            "CASE WHEN n IN (0, 256) THEN sha256(s) ELSE error('ODPS-0121095:Invalid argument - sha2 length') END",
        ),
    ),
    "slice": (("a, p, n", "list_slice(a, p, p + n - 1)"),),
    "space": (("n", "repeat(' ', n)"),),
    "split_part": (
        ("s, t, n", "split_part(s, t, n)"),
        ("s, t, n, m", "array_to_string(list_slice(string_split(s, t), n, m), t)"),
    ),
    "substr": (
        ("s, p", "substring(CAST(s AS VARCHAR), p)"),
        ("s, p, n", "substring(CAST(s AS VARCHAR), p, n)"),
    ),
    "substring_index": (
        (
            "s, t, n",
            "array_to_string(CASE WHEN n > 0 THEN list_slice(string_split(s, t), 1, n) "
            "ELSE list_slice(string_split(s, t), n, -1) END, t)",
        ),
    ),
    "to_char": (
        ("x", "CAST(x AS VARCHAR)"),
        ("d, f", f"strftime({_TIMESTAMP}, f)"),
    ),
    "to_date": (
        ("d", f"CAST({_TIMESTAMP} AS DATE)"),
        ("s, f", "CAST(strptime(CAST(s AS VARCHAR), f) AS TIMESTAMP_MS)"),
    ),
    "to_millis": (("d", f"epoch_ms({_TIMESTAMP})"),),
    "tolower": (("s", "lower(s)"),),
    "toupper": (("s", "upper(s)"),),
    "trunc": (("x", "trunc(x)"), ("x, n", "trunc(x * pow(10, n)) / pow(10, n)")),
    "unbase64": (("s", "from_base64(s)"),),
    "unhex": (("s", "unhex(s)"),),
    "unix_timestamp": (("d", f"CAST(floor(epoch({_TIMESTAMP})) AS BIGINT)"),),
    "url_decode": (("s", "url_decode(s)"),),
    "url_encode": (("s", "url_encode(s)"),),
    "weekday": (("d", f"isodow({_TIMESTAMP}) - 1"),),
    "weekofyear": (("d", f"weekofyear({_TIMESTAMP})"),),
    "year": (("d", f"year({_TIMESTAMP})"),),
}


def macro_statements() -> list[str]:
    """Return the DuckDB statements that make the macros."""
    statements = [f"CREATE SCHEMA {SCHEMA}"]
    for name, overloads in MACROS.items():
        bodies = ", ".join(f"({parameters}) AS ({body})" for parameters, body in overloads)
        statements.append(f"CREATE MACRO {SCHEMA}.{name} {bodies}")
    return statements
