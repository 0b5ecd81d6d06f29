"""Why a statement fails: the codes and texts of MaxCompute.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/sql-errors
"""

from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE, Position


class SqlError(Exception):
    """The statement failed; the text is what the person gets to read."""


class InterruptedExecutionError(Exception):
    """Somebody stopped the execution."""


def parse_exception(position: Position, detail: str) -> SqlError:
    """Say that the text is no SQL."""
    return SqlError(f"ODPS-0130161:{position} Parse exception - {detail}")


def semantic_exception(position: Position, detail: str) -> SqlError:
    """Say that the SQL makes no sense with these tables."""
    return SqlError(f"ODPS-0130071:{position} Semantic analysis exception - {detail}")


def table_not_found(position: Position, project: str, table: str) -> SqlError:
    """Say that there is no such table."""
    return SqlError(
        f"ODPS-0130131:{position} Table not found - table {project}.{table} cannot be resolved"
    )


def table_exists(position: Position, project: str, table: str) -> SqlError:
    """Say that the name is taken."""
    return SqlError(
        f"ODPS-0130211:{position} Table or view already exists - "
        f"table {project}.{table} already exists"
    )


def function_not_found(position: Position, name: str) -> SqlError:
    """Say that there is no such function."""
    return semantic_exception(position, f"function or view '{name}' cannot be resolved")


def wrong_argument_count(
    position: Position, name: str, *, wanted: list[int], given: int
) -> SqlError:
    """Say that a function takes another number of arguments."""
    return SqlError(
        f"ODPS-0130221:{position} Invalid number of arguments - function {name} needs "
        f"{' or '.join(map(str, wanted))} parameters, actually have {given}"
    )


def wrong_partition_count(position: Position, *, given: int, wanted: int) -> SqlError:
    """Say that a PARTITION clause does not name what the table is partitioned by."""
    return semantic_exception(
        position,
        f"number of input partition columns ({given}) doesn't equal to "
        f"table's partition columns ({wanted})",
    )


def partition_not_found(position: Position, spec: str) -> SqlError:
    """Say that there is no such partition."""
    return semantic_exception(position, f"Partition not found: {spec}")


def partition_exists(spec: str) -> SqlError:
    """Say that the partition is there already."""
    return SqlError(
        "ODPS-0110061:Failed to run ddltask - "
        f"AlreadyExistsException(message:Partition already exists, existed values: {spec})"
    )


def full_scan(project: str, table: str) -> SqlError:
    """Say that a query would read every partition of a table."""
    return semantic_exception(
        NOWHERE,
        "physical plan generation failed: java.lang.RuntimeException: "
        f"Table({project},{table}) is full scan with all partitions, "
        "please specify partition predicates.",
    )


def read_only(position: Position) -> SqlError:
    """Say that the session may only read."""
    return semantic_exception(position, "invalid statement in readonly mode")


def metering_exceeded(used: float, limit: float) -> SqlError:
    """Say that the estimate is above the limit of one statement."""
    return SqlError(
        f"ODPS-0130071:{NOWHERE} Semantic analysis exception - Metering data exceed max value: "
        f"{used:g} > {limit:g}"
    )
