"""Functions of MaxCompute as DuckDB macros."""

#: The schema of the macros.
SCHEMA = "odps_functions"

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
    """Return a CASE over the spellings of units; `{unit}` in the template is DuckDB's name."""
    branches = " ".join(
        f"WHEN lower(unit) IN {spellings} THEN {template.format(unit=unit)}"
        for unit, spellings in _UNITS.items()
    )
    failure = "error('ODPS-0121095:Invalid argument - illegal unit ' || unit)"
    return f"CASE {branches} ELSE {failure} END"


def _value_of(between_pairs: str, within_pair: str) -> str:
    """Return the value of the key `k` in the text `s`."""
    pairs = f"string_split(s, {between_pairs})"
    found = f"list_filter({pairs}, lambda p: split_part(p, {within_pair}, 1) = k)[1]"
    return f"nullif(split_part({found}, {within_pair}, 2), '')"


_D = "CAST(d AS TIMESTAMP)"
_E = "CAST(e AS TIMESTAMP)"
_DATE = f"CAST({_D} AS DATE)"
_ADDED = _by_unit(f"{_D} + to_{{unit}}s(CAST(n AS INTEGER))")
_TRUNCATED = _by_unit(f"date_trunc('{{unit}}', {_D})")
_INITIALS = "list_transform(string_split(lower(s), ' '), lambda w: upper(w[1]) || substring(w, 2))"
_ODD_QUOTIENT = "'ODPS-0121145:Data overflow - Div result is nan or inf, two params are '"
_QUOTIENT = f"error({_ODD_QUOTIENT} || CAST(a AS VARCHAR) || ' and ' || CAST(b AS VARCHAR))"
_FOUND = "instr(substring(s, p), t)"
_FIRST = "list_slice(string_split(s, t), 1, n)"
_LAST = "list_slice(string_split(s, t), n, -1)"
_ODD_LENGTH = "error('ODPS-0121095:Invalid argument - sha2 takes 0 or 256')"

#: By function: body by parameters, one for every number of arguments.
MACROS: dict[str, dict[str, str]] = {
    "add_months": {"d, n": f"strftime({_D} + to_months(CAST(n AS INTEGER)), '%Y-%m-%d')"},
    "array_join": {"a, s": "array_to_string(a, s)"},
    "ascii": {"s": "ascii(s)"},
    "base64": {"s": "to_base64(CAST(s AS BLOB))"},
    "bin": {"n": "to_binary(n)"},
    "chr": {"n": "chr(CAST(n AS INTEGER))"},
    "date_add": {"d, n": f"{_DATE} + CAST(n AS INTEGER)"},
    "date_format": {"d, f": f"strftime({_D}, f)"},
    "date_sub": {"d, n": f"{_DATE} - CAST(n AS INTEGER)"},
    "dateadd": {"d, n, unit": f"CAST({_ADDED} AS TIMESTAMP_MS)"},
    "datediff": {
        "d, e": f"date_diff('day', {_E}, {_D})",
        "d, e, unit": _by_unit(f"date_diff('{{unit}}', {_E}, {_D})"),
    },
    "datepart": {"d, unit": _by_unit(f"date_part('{{unit}}', {_D})")},
    "datetrunc": {"d, unit": f"CAST({_TRUNCATED} AS TIMESTAMP_MS)"},
    "day": {"d": f"day({_D})"},
    "dayofmonth": {"d": f"day({_D})"},
    "dayofweek": {"d": f"dayofweek({_D}) + 1"},
    "dayofyear": {"d": f"dayofyear({_D})"},
    "divide": {"a, b": f"CASE WHEN b = 0 THEN {_QUOTIENT} ELSE a / b END"},
    "find_in_set": {"s, l": "coalesce(list_position(string_split(l, ','), s), 0)"},
    "from_unixtime": {"n": "CAST(epoch_ms(CAST(n AS BIGINT) * 1000) AS TIMESTAMP_MS)"},
    "hex": {"x": "hex(x)"},
    "hour": {"d": f"hour({_D})"},
    "initcap": {"s": f"array_to_string({_INITIALS}, ' ')"},
    "instr": {
        "s, t": "instr(CAST(s AS VARCHAR), t)",
        "s, t, p": f"CASE WHEN {_FOUND} = 0 THEN 0 ELSE {_FOUND} + p - 1 END",
    },
    "isdate": {"s, f": "try_strptime(s, f) IS NOT NULL"},
    "keyvalue": {
        "s, k": _value_of("';'", "':'"),
        "s, a, b, k": _value_of("a", "b"),
    },
    "last_day": {"d": f"last_day({_D})"},
    "lastday": {"d": f"CAST(last_day({_D}) AS TIMESTAMP_MS)"},
    "lengthb": {"s": "octet_length(encode(CAST(s AS VARCHAR)))"},
    "locate": {"t, s": "instr(s, t)"},
    "log": {"b, x": "ln(x) / ln(b)"},
    "lpad": {"s, n, p": "lpad(s, CAST(n AS INTEGER), p)"},
    "minute": {"d": f"minute({_D})"},
    "month": {"d": f"month({_D})"},
    "months_between": {"d, e": f"datesub('month', {_E}, {_D})"},
    "quarter": {"d": f"quarter({_D})"},
    "regexp_count": {"s, p": "len(regexp_extract_all(s, p))"},
    "regexp_extract": {"s, p": "regexp_extract(s, p, 1)", "s, p, n": "regexp_extract(s, p, n)"},
    "regexp_replace": {"s, p, r": "regexp_replace(s, p, r, 'g')"},
    "regexp_substr": {"s, p": "nullif(regexp_extract(s, p), '')"},
    "rpad": {"s, n, p": "rpad(s, CAST(n AS INTEGER), p)"},
    "second": {"d": f"second({_D})"},
    "sequence": {"a, b": "range(a, b + 1)", "a, b, n": "range(a, b + sign(n), n)"},
    "sha1": {"s": "sha1(s)"},
    "sha2": {"s, n": f"CASE WHEN n IN (0, 256) THEN sha256(s) ELSE {_ODD_LENGTH} END"},
    "slice": {"a, p, n": "list_slice(a, p, p + n - 1)"},
    "space": {"n": "repeat(' ', n)"},
    "split_part": {
        "s, t, n": "split_part(s, t, n)",
        "s, t, n, m": "array_to_string(list_slice(string_split(s, t), n, m), t)",
    },
    "substr": {
        "s, p": "substring(CAST(s AS VARCHAR), p)",
        "s, p, n": "substring(CAST(s AS VARCHAR), p, n)",
    },
    "substring_index": {
        "s, t, n": f"array_to_string(CASE WHEN n > 0 THEN {_FIRST} ELSE {_LAST} END, t)"
    },
    "to_char": {"x": "CAST(x AS VARCHAR)", "d, f": f"strftime({_D}, f)"},
    "to_date": {
        "d": _DATE,
        "s, f": "CAST(strptime(CAST(s AS VARCHAR), f) AS TIMESTAMP_MS)",
    },
    "to_millis": {"d": f"epoch_ms({_D})"},
    "tolower": {"s": "lower(s)"},
    "toupper": {"s": "upper(s)"},
    "trunc": {"x": "trunc(x)", "x, n": "trunc(x * pow(10, n)) / pow(10, n)"},
    "unbase64": {"s": "from_base64(s)"},
    "unhex": {"s": "unhex(s)"},
    "unix_timestamp": {"d": f"CAST(floor(epoch({_D})) AS BIGINT)"},
    "url_decode": {"s": "url_decode(s)"},
    "url_encode": {"s": "url_encode(s)"},
    "weekday": {"d": f"isodow({_D}) - 1"},
    "weekofyear": {"d": f"weekofyear({_D})"},
    "year": {"d": f"year({_D})"},
}


def argument_counts(name: str) -> list[int]:
    """Return the possible numbers of arguments of a macro."""
    return [len(parameters.split(",")) if parameters else 0 for parameters in MACROS[name]]


def macro_statements() -> list[str]:
    """Return the DuckDB statements that create the macros."""
    statements = [f"CREATE SCHEMA {SCHEMA}"]
    for name, overloads in MACROS.items():
        bodies = ", ".join(f"({parameters}) AS ({body})" for parameters, body in overloads.items())
        statements.append(f"CREATE MACRO {SCHEMA}.{name} {bodies}")
    return statements
