"""Which types MaxCompute converts into each other, on request and by itself; pure.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/type-conversions
"""

from collections.abc import Iterable

from odps_bot.sandbox.maxcompute.engine.types import DEFAULT_DECIMAL, DataType

INTEGERS = ("tinyint", "smallint", "int", "bigint")
NUMBERS = frozenset({*INTEGERS, "float", "double", "decimal"})
TEXTS = frozenset({"string", "varchar", "char"})
TIMES = ("date", "datetime", "timestamp_ntz", "timestamp")
INTERVALS = frozenset({"interval_day_time", "interval_year_month"})

BOOLEAN = DataType("boolean")
BIGINT = DataType("bigint")
DOUBLE = DataType("double")
STRING = DataType("string")
BINARY = DataType("binary")
DECIMAL = DataType("decimal", DEFAULT_DECIMAL)
#: The type of NULL, which is of any type.
VOID = DataType("void")

#: The digits before the point that an integer can have.
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_MAX_PRECISION = 38


def shown(data_type: DataType) -> str:
    """Return a type as messages spell it."""
    return str(data_type).upper()


def can_cast(source: DataType, target: DataType) -> bool:
    """Return whether CAST converts a type into another."""
    if source == VOID or source.name == target.name:
        return _can_cast_parts(source, target)
    if source.children or target.children:
        return False
    if source.name in TEXTS:
        return target.name not in INTERVALS
    return target.name in TEXTS or target.name in _castable(source)


def _castable(source: DataType) -> frozenset[str]:
    if source.name in TIMES:
        return frozenset(TIMES)
    return NUMBERS | {"boolean"} if source.name in NUMBERS | {"boolean"} else frozenset()


def _can_cast_parts(source: DataType, target: DataType) -> bool:
    if source == VOID:
        return True
    if len(source.children) != len(target.children):
        return False
    pairs = zip(source.children, target.children, strict=True)
    return all(can_cast(ours, theirs) for (_, ours), (_, theirs) in pairs)


#: Conversions that can lose digits or fail: without the 2.0 types they happen with a warning, with
#: them they need CAST.
_RISKY = {
    ("double", "bigint"),
    ("decimal", "bigint"),
    ("decimal", "double"),
    ("string", "bigint"),
    ("string", "datetime"),
}


def can_assign(source: DataType, target: DataType, *, has_new_types: bool) -> bool:
    """Return whether INSERT converts a type into that of a column.

    Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/maxcompute-v2-0-data-type-edition
    """
    if source == VOID:
        return True
    if source.name == target.name:
        if len(source.children) != len(target.children):
            return False
        pairs = zip(source.children, target.children, strict=True)
        return all(can_assign(a, b, has_new_types=has_new_types) for (_, a), (_, b) in pairs)
    if source.children or target.children:
        return False
    is_risky = (_plain(source), target.name) in _RISKY
    return (is_risky and not has_new_types) or target.name in _assignable(source)


def _assignable(source: DataType) -> frozenset[str]:
    """Return the names of the types to which values of a column are converted."""
    if source.name in INTEGERS:
        # Constants are INT, and fit or fail.
        return NUMBERS | TEXTS
    if source.name == "decimal":
        return TEXTS
    if source.name in NUMBERS | TEXTS:
        return TEXTS | {"double", "decimal"}
    if source.name in TIMES:
        return TEXTS | frozenset(TIMES[TIMES.index(source.name) :])
    return frozenset()


def _plain(data_type: DataType) -> str:
    return "string" if data_type.name in TEXTS else data_type.name


def compared(left: DataType, right: DataType) -> DataType | None:
    """Return the type in which two values are compared, or None if they can't be."""
    kinds = sorted((left, right), key=lambda kind: kind.name not in TEXTS)
    if VOID in kinds:
        return kinds[0] if kinds[1] == VOID else kinds[1]
    names = {kind.name for kind in kinds}
    if names <= TEXTS or (len(names) == 1 and names.isdisjoint(NUMBERS)):
        return left
    if not names & TEXTS:
        return common(kinds) if names <= NUMBERS or names <= set(TIMES) else None
    return _compared_with_text(kinds[1])


def _compared_with_text(other: DataType) -> DataType | None:
    if other.name in TIMES:
        return other
    if other.name == "decimal":
        return DECIMAL
    return DOUBLE if other.name in NUMBERS else None


def computed(left: DataType, right: DataType, sign: str) -> DataType | None:
    """Return the type of `left sign right` for one of `+-*/%`, or None if there is none.

    Texts are converted to DOUBLE; two integers have a DOUBLE as quotient.
    """
    kinds = [DOUBLE if kind.name in TEXTS else kind for kind in (left, right) if kind != VOID]
    names = {kind.name for kind in kinds}
    if not names <= NUMBERS:
        return None
    if "double" in names or not names or names >= {"decimal", "float"}:
        return DOUBLE
    if "decimal" in names:
        return _computed_decimal(kinds[0], kinds[-1], sign)
    if sign == "/":
        return DOUBLE
    return DataType("float") if "float" in names else _widest(kinds)


#: The most digits after the point.
_MAX_SCALE = 18


def _computed_decimal(left: DataType, right: DataType, sign: str) -> DataType:
    (p1, s1), (p2, s2) = _decimal_size(left), _decimal_size(right)
    if sign == "*":
        precision, scale = p1 + p2 + 1, s1 + s2
    elif sign == "/":
        scale = max(6, s1 + p2 + 1)
        precision = p1 - s1 + s2 + scale
    else:
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + scale + 1
    return DataType("decimal", (min(precision, _MAX_PRECISION), min(scale, _MAX_SCALE)))


def common(kinds: Iterable[DataType]) -> DataType | None:
    """Return the type of CASE, COALESCE and IF for values of these types, or None."""
    wanted = [kind for kind in kinds if kind != VOID]
    if not wanted:
        return VOID
    names = {kind.name for kind in wanted}
    if all(kind == wanted[0] for kind in wanted):
        return wanted[0]
    if names <= NUMBERS:
        return _widest(wanted) if names <= set(INTEGERS) else _common_number(wanted, names)
    if names & TEXTS:
        return STRING if names <= (TEXTS | NUMBERS | set(TIMES)) else None
    if names <= set(TIMES):
        return DataType(max(names, key=TIMES.index))
    is_nested = len(names) == 1 and len({len(kind.children) for kind in wanted}) == 1
    return _common_parts(wanted) if is_nested else None


def _common_parts(kinds: list[DataType]) -> DataType | None:
    children = []
    for parts in zip(*(kind.children for kind in kinds), strict=True):
        kind = common(part for _, part in parts)
        if kind is None:
            return None
        children.append((parts[0][0], kind))
    return DataType(kinds[0].name, children=tuple(children))


def _common_number(kinds: list[DataType], names: set[str]) -> DataType:
    if "decimal" not in names:
        return DOUBLE if "double" in names or "bigint" in names else DataType("float")
    if names & {"double", "float"}:
        return DECIMAL
    sizes = [_decimal_size(kind) for kind in kinds]
    scale = max(scale for _, scale in sizes)
    whole = max(precision - scale for precision, scale in sizes)
    return DataType("decimal", (min(whole + scale, _MAX_PRECISION), scale))


def _decimal_size(kind: DataType) -> tuple[int, int]:
    if kind.name != "decimal":
        return _DIGITS[kind.name], 0
    precision, scale = (*(kind.parameters or DEFAULT_DECIMAL), 0)[:2]
    return precision, scale


def _widest(kinds: Iterable[DataType]) -> DataType:
    return DataType(max((kind.name for kind in kinds), key=INTEGERS.index))
