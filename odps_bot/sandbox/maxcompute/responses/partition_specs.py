"""Partitions as requests name them: `ds='20261031',hh=01`."""

import re

from odps_bot.sandbox.maxcompute.engine.catalog import PartitionValues, Table
from odps_bot.sandbox.maxcompute.service_errors import invalid_parameter, no_such_object

_PAIR = re.compile(r"""\s*([^=,/]+?)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^,/]*?))\s*(?:[,/]|$)""")


def partition_values(table: Table, spec: str) -> PartitionValues:
    """Return the values of a complete specification; raises `ServiceError`."""
    given = _pairs(spec)
    names = [column.name for column in table.partition_columns]
    if sorted(given) != sorted(names):
        raise invalid_parameter(f"'{spec}' is no partition of {table.name}")
    return tuple(given[name] for name in names)


def existing_partition(table: Table, spec: str) -> PartitionValues:
    """Return the values of a partition that is there; raises `ServiceError`."""
    values = partition_values(table, spec)
    if values not in table.partitions:
        raise no_such_object(f"partition '{table.partition_spec(values)}'")
    return values


def partition_prefix(table: Table, spec: str) -> PartitionValues:
    """Return the values of the first partition columns; raises `ServiceError` for others."""
    given = _pairs(spec)
    names = [column.name for column in table.partition_columns][: len(given)]
    if sorted(given) != sorted(names):
        raise invalid_parameter(f"'{spec}' begins no partition of {table.name}")
    return tuple(given[name] for name in names)


def _pairs(spec: str) -> dict[str, str]:
    return {
        pair[1].lower(): next(filter(None, pair.groups()[1:]), "") for pair in _PAIR.finditer(spec)
    }
