"""Date functions as macros.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/date-functions
"""

_INVALID = "ODPS-0121095:Invalid argument - "
#: The years 0000 to 9999, and a day for the zone.
_FIRST_SECOND, _LAST_SECOND = -62167132800, 253402214400
_BEYOND = "error('ODPS-0121145:Data overflow - the result is not between the years 0000 and 9999')"
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
        f"WHEN lower(unit) IN {spellings}"
        f" THEN {template.format(unit=unit, count=_COUNTS.get(unit, 'BIGINT'))}"
        for unit, spellings in _UNITS.items()
    )
    failure = f"error('{_INVALID}illegal unit ' || unit)"
    return f"CASE {branches} ELSE {failure} END"


#: DuckDB's functions of years, months and days take an INTEGER.
_COUNTS = {"year": "INTEGER", "month": "INTEGER", "day": "INTEGER"}
#: A fraction is left out.
_WHOLE = "trunc(CAST(n AS DOUBLE))"
_D = "CAST(d AS TIMESTAMP)"
_E = "CAST(e AS TIMESTAMP)"
_DATE = f"CAST({_D} AS DATE)"
_ADDED = _by_unit(f"{_D} + to_{{unit}}s(CAST({_WHOLE} AS {{count}}))")
_PART = _by_unit(f"date_part('{{unit}}', {_D})")
_TRUNCATED = _by_unit(f"date_trunc('{{unit}}', {_D})")
_WEEKDAY = "instr('MOTUWETHFRSASU', upper(substring(w, 1, 2)))"
_UTC = "timezone('UTC', timezone(z, CAST(d AS TIMESTAMP)))"
_ZONED_UTC = "timezone(z, timezone('UTC', {d}))"
_SHOWN = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00:00"}
_TRUNC_TIME = (
    "CASE "
    + " ".join(f"WHEN lower(u) = '{u}' THEN strftime({{d}}, '{f}')" for u, f in _SHOWN.items())
    + f" ELSE error('{_INVALID}illegal unit ' || coalesce(u, 'NULL')) END"
)

#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    "checked_time(t)": f"CASE WHEN year(t) NOT BETWEEN 0 AND 9999 THEN {_BEYOND} ELSE t END",
    # Whole months where both are the same day or the last one; otherwise with a 31st for each day.
    "months_between_times(d, e)": "CASE WHEN day(d) = day(e) OR (CAST(d AS DATE) = last_day(d)"
    " AND CAST(e AS DATE) = last_day(e))"
    " THEN CAST((year(d) - year(e)) * 12 + month(d) - month(e) AS DOUBLE)"
    " ELSE (year(d) - year(e)) * 12 + month(d) - month(e) + (day(d) - day(e)"
    " + (epoch(d) - epoch(date_trunc('day', d)) - epoch(e) + epoch(date_trunc('day', e)))"
    " / 86400e0) / 31e0 END",
    "added_months(d, n)": "CASE WHEN CAST(d AS DATE) = last_day(d)"
    " THEN last_day(d + to_months(n)) ELSE CAST(d + to_months(n) AS DATE) END",
}

MACROS: dict[str, dict[str, str]] = {
    "add_months": {
        "d, n": f"CAST(odps_functions.checked_time(odps_functions.added_months({_D},"
        f" CAST({_WHOLE} AS INTEGER))) AS VARCHAR)"
    },
    "date_add": {"d, n": f"odps_functions.checked_time({_DATE} + CAST({_WHOLE} AS INTEGER))"},
    "date_format": {"d, f": f"strftime({_D}, f)"},
    "date_sub": {"d, n": f"odps_functions.checked_time({_DATE} - CAST({_WHOLE} AS INTEGER))"},
    "dateadd": {"d, n, unit": f"CAST(odps_functions.checked_time({_ADDED}) AS TIMESTAMP_MS)"},
    "datediff": {
        "d, e": f"date_diff('day', {_E}, {_D})",
        "d, e, unit": _by_unit(f"date_diff('{{unit}}', {_E}, {_D})"),
    },
    "datepart": {"d, unit": f"CAST({_PART} AS BIGINT)"},
    "datetrunc": {"d, unit": f"CAST({_TRUNCATED} AS TIMESTAMP_MS)"},
    "day": {"d": f"day({_D})"},
    "dayofmonth": {"d": f"day({_D})"},
    "dayofweek": {"d": f"dayofweek({_D}) + 1"},
    "dayofyear": {"d": f"dayofyear({_D})"},
    "from_unixtime": {
        "n": f"CASE WHEN n IS NULL THEN NULL WHEN n NOT BETWEEN {_FIRST_SECOND} AND {_LAST_SECOND}"
        f" THEN {_BEYOND} ELSE CAST(epoch_ms(CAST(n AS BIGINT) * 1000) AS TIMESTAMP_MS) END"
    },
    "from_utc_timestamp": {
        "d TIMESTAMP, z VARCHAR": _ZONED_UTC.format(d="d"),
        "d BIGINT, z VARCHAR": _ZONED_UTC.format(d="epoch_ms(d)"),
        "d VARCHAR, z VARCHAR": _ZONED_UTC.format(d="CAST(d AS TIMESTAMP)"),
    },
    "hour": {"d": f"hour({_D})"},
    "isdate": {"s, f": "try_strptime(s, f) IS NOT NULL"},
    "last_day": {"d": f"last_day({_D})"},
    "lastday": {"d": f"CAST(last_day({_D}) AS TIMESTAMP_MS)"},
    "minute": {"d": f"minute({_D})"},
    "month": {"d": f"month({_D})"},
    "months_between": {"d, e": f"odps_functions.months_between_times({_D}, {_E})"},
    "next_day": {
        "d, w VARCHAR": f"CASE WHEN length(w) < 2 OR {_WEEKDAY} % 2 = 0 THEN NULL"
        f" ELSE CAST({_DATE} + CAST((({_WEEKDAY} + 1) // 2 - isodow({_D}) + 6) % 7 + 1"
        " AS INTEGER) AS VARCHAR) END"
    },
    "quarter": {"d": f"quarter({_D})"},
    "second": {"d": f"second({_D})"},
    "to_char": {
        "x BOOLEAN": "upper(CAST(x AS VARCHAR))",
        "x": "CAST(x AS VARCHAR)",
        "d, f": f"strftime({_D}, f)",
    },
    "to_date": {
        "d": _DATE,
        "s, f": "CAST(strptime(CAST(s AS VARCHAR), f) AS TIMESTAMP_MS)",
    },
    "to_millis": {"d": f"epoch_ms({_D})"},
    # The third argument is the zone of the job, which the statement does not name.
    "trunc_time": {
        "d TIMESTAMP_MS, u VARCHAR, z VARCHAR": _TRUNC_TIME.format(d=_UTC),
        "d TIMESTAMP, u VARCHAR, z VARCHAR": _TRUNC_TIME.format(d=_UTC),
        "d DATE, u VARCHAR, z VARCHAR": _TRUNC_TIME.format(d="d"),
        "d TIMESTAMP_NS, u VARCHAR, z VARCHAR": _TRUNC_TIME.format(d="CAST(d AS TIMESTAMP)"),
        "d VARCHAR, u VARCHAR, z VARCHAR": _TRUNC_TIME.format(d=_UTC),
    },
    "unix_timestamp": {"d": f"CAST(floor(epoch({_D})) AS BIGINT)"},
    "weekday": {"d": f"isodow({_D}) - 1"},
    "weekofyear": {"d": f"weekofyear({_D})"},
    "year": {"d": f"year({_D})"},
}
