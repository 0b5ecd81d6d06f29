"""How DuckDB converts values as MaxCompute does: macros for what its own CAST does otherwise.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/type-conversions
"""

from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine.conversions import INTEGERS, TEXTS, TIMES
from odps_bot.sandbox.maxcompute.engine.types import DataType

#: Marks a call of DuckDB's that must not be translated again.
NATIVE = "native"
#: The schema of the macros.
SCHEMA = "odps_casts"

_FRACTIONS = frozenset({"float", "double", "decimal"})
#: Digits must not be left out, the time can be.
_CLOCK = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}:\d{2}(\.\d+)?)?"
_BAD_TIME = (
    "error('ODPS-0121095:Invalid argument - in function cast, string datetime''s format must be "
    "yyyy-mm-dd hh:mi:ss, input string is:' || s)"
)
_BAD_CAST = (
    "error('ODPS-0123091:Illegal type cast - in function cast, value ''' || {text} || "
    "''' cannot be casted from {source} to {target}.')"
)
_OVERFLOW = (
    "error('ODPS-0121145:Data overflow - in function cast, value ''' || CAST(x AS VARCHAR) || "
    "''' is out of range of {target}.')"
)
# DuckDB writes 1e-05 and 1e+16; between 1e-6 and 1e21 the service writes no exponent.
_TEXT = "CAST(abs(x) AS VARCHAR)"
_POWER = f"TRY_CAST(split_part({_TEXT}, 'e', 2) AS INTEGER)"
_MANTISSA = f"split_part({_TEXT}, 'e', 1)"
_EXPONENT = (
    f"CASE WHEN abs(x) >= 1e21 OR abs(x) < 1e-6 THEN {_MANTISSA} || 'e' || {_POWER}"
    f" WHEN {_POWER} < 0 THEN '0.' || repeat('0', -{_POWER} - 1) || replace({_MANTISSA}, '.', '')"
    f" ELSE rpad(replace({_MANTISSA}, '.', ''), {_POWER} + 1, '0') || '.0' END"
)
_WHOLE = r"[+-]?\d+"
_TRUE, _FALSE = "('true', '1')", "('false', '0', '')"


def _or_null(failure: str) -> str:
    return f"CASE WHEN strict THEN {failure} ELSE NULL END"


def _macros() -> dict[str, str]:
    macros = {}
    for name in INTEGERS:
        shown, kind = name.title(), DataType(name).duckdb
        failure = _or_null(_BAD_CAST.format(text="s", source="String", target=shown))
        overflow = _or_null(_OVERFLOW.format(target=shown))
        number = "trunc(TRY_CAST(trim(s) AS DOUBLE))"
        macros[f"text_to_{name}(s, strict)"] = (
            f"CASE WHEN s IS NULL THEN NULL WHEN regexp_full_match(trim(s), '{_WHOLE}') "
            f"THEN coalesce(TRY_CAST(trim(s) AS {kind}), {failure}) "
            f"ELSE coalesce(TRY_CAST({number} AS {kind}), {failure}) END"
        )
        macros[f"number_to_{name}(x, strict)"] = (
            f"CASE WHEN x IS NULL THEN NULL ELSE coalesce(TRY_CAST(trunc(x) AS {kind}), "
            f"{overflow}) END"
        )
    for name in ("float", "double"):
        failure = _or_null(_BAD_CAST.format(text="s", source="String", target=name.title()))
        macros[f"text_to_{name}(s, strict)"] = (
            f"CASE WHEN s IS NULL THEN NULL "
            f"ELSE coalesce(TRY_CAST(trim(s) AS {name.upper()}), {failure}) END"
        )
    failure = _or_null(_BAD_CAST.format(text="s", source="String", target="Boolean"))
    macros["text_to_boolean(s, strict)"] = (
        f"CASE WHEN s IS NULL THEN NULL WHEN lower(trim(s)) IN {_TRUE} THEN TRUE "
        f"WHEN lower(trim(s)) IN {_FALSE} THEN FALSE ELSE {failure} END"
    )
    for name in TIMES:
        kind = DataType(name).duckdb
        value = f"TRY_CAST(TRY_CAST(s AS TIMESTAMP) AS {kind})"
        macros[f"text_to_{name}(s, strict)"] = (
            f"CASE WHEN s IS NULL THEN NULL WHEN regexp_full_match(trim(s), '{_CLOCK}') "
            f"THEN coalesce({value}, {_or_null(_BAD_TIME)}) ELSE {_or_null(_BAD_TIME)} END"
        )
    macros["text_to_binary(s, strict)"] = "encode(s)"
    macros["binary_to_text(b)"] = "decode(b)"
    macros["double_to_text(x)"] = (
        "CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN "
        "CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END "
        "WHEN NOT contains(CAST(x AS VARCHAR), 'e') THEN CAST(x AS VARCHAR) ELSE "
        f"CASE WHEN x < 0 THEN '-' ELSE '' END || {_EXPONENT} END"
    )
    return macros


_NAMES = frozenset(head.partition("(")[0] for head in _macros())


def macro_statements() -> list[str]:
    """Return the DuckDB statements that create the macros."""
    macros = [f"CREATE MACRO {SCHEMA}.{head} AS ({body})" for head, body in _macros().items()]
    return [f"CREATE SCHEMA {SCHEMA}", *macros]


def _macro_for(source: DataType, target: DataType) -> str | None:
    """Return the macro for a conversion; None where DuckDB's own CAST is right."""
    ours = "text" if source.name in TEXTS else source.name
    theirs = "text" if target.name in TEXTS else target.name
    if source.name in _FRACTIONS and target.name in INTEGERS:
        ours = "number"
    elif source.name == "float" and theirs == "text":
        ours = "double"
    name = f"{ours}_to_{theirs}"
    return name if name in _NAMES else None


def converted(value: exp.Expr, source: DataType, target: DataType, *, strict: bool) -> exp.Expr:
    """Return the DuckDB expression for a conversion."""
    found = _macro_for(source, target)
    if source.name in {"float", "double"} and target.name == "decimal":
        # By its shortest text: DuckDB makes 1.100000000000000128 of 1.1.
        value = exp.Cast(this=value, to=exp.DataType(this=exp.DType.VARCHAR))
    if found is None:
        kind = exp.Cast if strict else exp.TryCast
        call: exp.Expr = kind(this=value, to=exp.DataType.build(target.duckdb, dialect="duckdb"))
    else:
        takes_strict = source.name in TEXTS or target.name in INTEGERS
        arguments = [value, exp.Boolean(this=strict)] if takes_strict else [value]
        macro = exp.Anonymous(this=found, expressions=arguments)
        macro.meta[NATIVE] = True
        call = exp.Dot(this=exp.to_identifier(SCHEMA), expression=macro)
    if target.name in {"varchar", "char"} and target.parameters:
        return exp.Left(this=call, expression=exp.Literal.number(target.parameters[0]))
    return call


def converted_sql(value: str, source: DataType, target: DataType, *, strict: bool) -> str:
    """Return the conversion of a value that is given as SQL of DuckDB."""
    tree = converted(exp.column("odps_value"), source, target, strict=strict)
    return tree.sql(dialect="duckdb").replace("odps_value", value)
