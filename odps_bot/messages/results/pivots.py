"""A result with a row for each pair of keys, turned so that each group is a column. Pure."""

from dataclasses import dataclass

from odps_bot.messages.results.cells import NULL, column_formats, is_time
from odps_bot.runs.run import Table

KEYS = 2  #: columns that say what a row is about

#: With more gaps than this, pairs do not belong to a grid: a city has one country only.
MOST_GAPS = 1 / 2


@dataclass(frozen=True)
class Pivot:
    """The turned result: names or times in the first column, then a column for each group."""

    table: Table
    measure: str  #: the column whose numbers are in the groups


def pivoted(table: Table, *, most_groups: int) -> Pivot | None:
    """Return the rows ``day, city, orders`` as rows ``day, Bern, Lagos``.

    None where the result is none of that kind: two columns of keys and one of numbers, each pair
    of keys once, no more groups than `most_groups`. Pairs without a row are NULL. Columns without
    types make no pivot.
    """
    forms = column_formats(table)
    keys = [place for place, form in enumerate(forms) if not form.is_grouped]
    numbers = [place for place, form in enumerate(forms) if form.is_grouped]
    if not table.types or len(keys) != KEYS or len(numbers) != 1:
        return None
    category, group = _in_roles(table, keys[0], keys[1])
    cells = {(row[category], row[group]): row[numbers[0]] for row in table.rows}
    categories = _once(table, category)
    groups = _once(table, group)
    size = len(categories) * len(groups)
    if len(cells) < max(len(table.rows), size * (1 - MOST_GAPS)):
        return None
    if len(categories) == 1 or len(groups) > most_groups:
        return None
    names = tuple(NULL if name is None else name for name in groups)
    turned = Table(
        columns=(table.columns[category], *names),
        types=(table.types[category], *(table.types[numbers[0]] for _ in groups)),
        rows=tuple((name, *(cells.get((name, one)) for one in groups)) for name in categories),
        column_count=len(groups) + 1,
        row_count=len(categories),
    )
    return Pivot(turned, table.columns[numbers[0]])


def _in_roles(table: Table, first: int, second: int) -> tuple[int, int]:
    """Return the place of the categories, which are times or the more numerous, and the other."""

    def rank(place: int) -> tuple[bool, int]:
        return is_time(table, place), len(_once(table, place))

    return (second, first) if rank(second) > rank(first) else (first, second)


def _once(table: Table, place: int) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys(row[place] for row in table.rows))
