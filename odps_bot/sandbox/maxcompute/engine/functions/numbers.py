"""Mathematical functions as macros.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/mathematical-functions
"""

_INVALID = "ODPS-0121095:Invalid argument - "
_BASES = "(2, 8, 10, 16)"
_DIGITS = "list_transform(string_split(upper(split_part(trim({s}), '.', 1)), ''), lambda c: {at})"
_DIGIT_OF = "instr('0123456789ABCDEF', c) - 1"
_BITS_OF_DIGIT = "CAST(log2(b) AS INTEGER)"
_DIGIT_AT = f"(v >> CAST(i * {_BITS_OF_DIGIT} AS UBIGINT)) & CAST(b - 1 AS UBIGINT)"

#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    "wrap_int(v)": "CAST(((v + 2147483648) % 4294967296 + 4294967296) % 4294967296 - 2147483648"
    " AS INTEGER)",
    "wrap_bigint(v)": "CAST(((v + 9223372036854775808) % 18446744073709551616"
    " + 18446744073709551616) % 18446744073709551616 - 9223372036854775808 AS BIGINT)",
    "unsigned(v)": "CASE WHEN v < 18446744073709551616 THEN v END",
    # Digits as a number; NULL where one is no digit of the base, or there are too many.
    "from_digits(d, b)": "CASE WHEN len(list_filter(d, lambda x: x < 0 OR x >= b)) > 0 THEN NULL"
    " WHEN list_reduce(list_transform(d, lambda x: CAST(x AS DOUBLE)), lambda v, x: v * b + x)"
    " >= 1e30 THEN NULL ELSE odps_functions.unsigned("
    "list_reduce(list_transform(d, lambda x: CAST(x AS HUGEINT)), lambda v, x: v * b + x)) END",
    "to_digits(v, b)": f"array_to_string(list_transform(range(63 // {_BITS_OF_DIGIT}, -1, -1),"
    f" lambda i: substring('0123456789ABCDEF', CAST({_DIGIT_AT} AS BIGINT) + 1, 1)), '')",
    "in_base(v, b)": "CASE WHEN b = 10 THEN CAST(v AS VARCHAR) WHEN v < 9223372036854775808"
    " THEN to_base(CAST(v AS BIGINT), CAST(b AS INTEGER))"
    " ELSE ltrim(odps_functions.to_digits(CAST(v AS UBIGINT), b), '0') END",
    # `#,##0.00`: the digits after the point, and how many of them are written even if zero.
    "places(p)": "length(split_part(p, '.', 2))",
    "kept_places(p)": "length(replace(split_part(p, '.', 2), '#', ''))",
    "rounded_text(x, n, c)": "format('{:' || c || '.' || CAST(n AS VARCHAR) || 'f}',"
    " round(CAST(x AS DOUBLE), n))",
    "trimmed_zeros(t, n)": "CASE WHEN n <= 0 THEN t ELSE"
    " regexp_replace(t, '\\.?0{0,' || CAST(n AS VARCHAR) || '}$', '') END",
    "format_by_pattern(x, p)": "odps_functions.trimmed_zeros(odps_functions.rounded_text("
    "TRY_CAST(x AS DOUBLE), CAST(odps_functions.places(p) AS INTEGER),"
    " CASE WHEN contains(p, ',') THEN ',' ELSE '' END),"
    " odps_functions.places(p) - odps_functions.kept_places(p))",
}

_ROUNDED = "odps_functions.rounded_text({x}, CAST(n AS INTEGER), ',')"
_GROUPED = "CASE WHEN contains(p, ',') THEN ',' ELSE '' END"
_CONVERTED = (
    f"CASE WHEN f NOT IN {_BASES} OR t NOT IN {_BASES} THEN"
    f" error('{_INVALID}bases of function conv are 2, 8, 10 and 16')"
    " ELSE odps_functions.in_base(odps_functions.from_digits("
    f"{_DIGITS.replace('{at}', _DIGIT_OF)}, f), t) END"
)
_TRUNCATED = (
    "CASE WHEN {n} = 0 THEN trunc({x}) WHEN {n} < 0"
    " THEN trunc({x} / pow(1e1, -({n}))) * pow(1e1, -({n}))"
    " ELSE trunc({x} * pow(1e1, {n})) * pow(1e1, -({n})) END"
)


def _of_number(body: str) -> dict[str, str]:
    """Return the overloads of a function of one DOUBLE; STRING and BIGINT are converted."""
    return {"x NUMBER": body}


def _shifted(of_bigint: str, of_int: str) -> dict[str, str]:
    """Return the overloads of a function that shifts bits: an INT of the shorter integers."""
    of_int_types = {f"n {kind}, k INTEGER": of_int for kind in ("INTEGER", "SMALLINT", "TINYINT")}
    return {"n BIGINT, k INTEGER": of_bigint} | of_int_types


MACROS: dict[str, dict[str, str]] = {
    "abs": {"x VARCHAR": "abs(CAST(x AS DOUBLE))", "x": "abs(x)"},
    "acos": _of_number("CASE WHEN abs({x}) <= 1 THEN acos({x}) END"),
    "asin": _of_number("CASE WHEN abs({x}) <= 1 THEN asin({x}) END"),
    "atan": _of_number("atan({x})"),
    "atan2": {"x NUMBER, y NUMBER": "atan2({x}, {y})"},
    "bin": {"n BIGINT": "to_binary(n)", "n VARCHAR": "to_binary(CAST(n AS BIGINT))"},
    "cbrt": _of_number("cbrt({x})"),
    "ceil": {"x BIGINT": "x", "x NUMBER": "CAST(ceil({x}) AS BIGINT)"},
    "conv": {"s TEXT, f BIGINT, t BIGINT": _CONVERTED},
    "cos": _of_number("cos({x})"),
    "cosh": _of_number("cosh({x})"),
    "cot": _of_number("cot({x})"),
    "degrees": _of_number("degrees({x})"),
    "e": {"": "CAST(2.718281828459045e0 AS DOUBLE)"},
    "exp": _of_number("exp({x})"),
    "factorial": {
        "n BIGINT": "CASE WHEN n BETWEEN 0 AND 20 THEN"
        " CAST(factorial(CAST(greatest(least(n, 20), 0) AS INTEGER)) AS BIGINT) END"
    },
    "floor": {"x BIGINT": "x", "x NUMBER": "CAST(floor({x}) AS BIGINT)"},
    "format_number": {
        "x DOUBLE, n BIGINT": f"CASE WHEN n NOT BETWEEN 0 AND 340 THEN error('{_INVALID}decimals of"
        f" function format_number are 0 to 340') ELSE {_ROUNDED.replace('{x}', 'x')} END",
        "x VARCHAR, n BIGINT": f"CASE WHEN n NOT BETWEEN 0 AND 340 THEN error('{_INVALID}decimals"
        " of function format_number are 0 to 340') ELSE "
        f"{_ROUNDED.replace('{x}', 'TRY_CAST(x AS DOUBLE)')} END",
    },
    "hex": {"x DOUBLE": "hex(CAST(x AS BIGINT))", "x BIGINT": "hex(x)", "x": "hex(x)"},
    "isnan": {"x DOUBLE": "isnan(x)"},
    "ln": _of_number("CASE WHEN {x} > 0 THEN ln({x}) END"),
    "log": {
        "b NUMBER, x NUMBER": "CASE WHEN {b} > 0 AND {b} <> 1 AND {x} > 0"
        " THEN ln({x}) / ln({b}) END"
    },
    "log10": _of_number("CASE WHEN {x} > 0 THEN log10({x}) END"),
    "log2": _of_number("CASE WHEN {x} > 0 THEN log2({x}) END"),
    "negative": {"x VARCHAR": "-CAST(x AS DOUBLE)", "x": "-x"},
    "positive": {"x VARCHAR": "CAST(x AS DOUBLE)", "x": "+x"},
    "radians": _of_number("radians({x})"),
    "rand": {"": "random()", "seed BIGINT": "random()"},
    "round": {
        "x BIGINT": "CAST(x AS DOUBLE)",
        "x HUGEINT": "CAST(x AS DOUBLE)",
        "x VARCHAR": "round(CAST(x AS DOUBLE))",
        "x": "round(x)",
        "x BIGINT, n BIGINT": "round(CAST(x AS DOUBLE), CAST(n AS INTEGER))",
        "x HUGEINT, n BIGINT": "round(CAST(x AS DOUBLE), CAST(n AS INTEGER))",
        "x VARCHAR, n BIGINT": "round(CAST(x AS DOUBLE), CAST(n AS INTEGER))",
        "x, n BIGINT": "round(x, CAST(n AS INTEGER))",
    },
    "shiftleft": _shifted(
        "odps_functions.wrap_bigint(CAST(n AS HUGEINT) * (CAST(1 AS HUGEINT) << (k & 63)))",
        "odps_functions.wrap_int(CAST(n AS HUGEINT) * (CAST(1 AS HUGEINT) << (k & 31)))",
    ),
    "shiftright": _shifted("n >> (k & 63)", "CAST(CAST(n AS INTEGER) >> (k & 31) AS INTEGER)"),
    "shiftrightunsigned": _shifted(
        "odps_functions.wrap_bigint((CAST(n AS HUGEINT)"
        " + CASE WHEN n < 0 THEN 18446744073709551616 ELSE 0 END) >> (k & 63))",
        "odps_functions.wrap_int((CAST(n AS HUGEINT)"
        " + CASE WHEN n < 0 THEN 4294967296 ELSE 0 END) >> (k & 31))",
    ),
    "sign": _of_number("CAST(sign({x}) AS DOUBLE)"),
    "sin": _of_number("sin({x})"),
    "sinh": _of_number("sinh({x})"),
    "sqrt": _of_number("CASE WHEN {x} >= 0 THEN sqrt({x}) END"),
    "tan": _of_number("tan({x})"),
    "tanh": _of_number("tanh({x})"),
    "trunc": {
        "x NUMBER": "trunc({x})",
        "x NUMBER, n BIGINT": _TRUNCATED.replace("{n}", "n"),
    },
    "unhex": {"s TEXT": "CASE WHEN regexp_full_match({s}, '[0-9A-Fa-f]*') THEN unhex({s}) END"},
    "width_bucket": {
        "x DOUBLE, a DOUBLE, b DOUBLE, n BIGINT": "CASE WHEN n <= 0 OR a >= b THEN"
        f" error('{_INVALID}function width_bucket needs a positive number of buckets,"
        " and a minimum below the maximum')"
        " WHEN x < a THEN 0 WHEN x >= b THEN n + 1"
        " ELSE CAST(floor(n * (x - a) / (b - a) + 1) AS BIGINT) END"
    },
}
