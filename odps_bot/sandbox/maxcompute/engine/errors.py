"""Errors of statements with the codes and texts of MaxCompute.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/sql-errors
"""

from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE, Position


class SqlError(Exception):
    """The statement failed; the text is shown to people."""


class InterruptedExecutionError(Exception):
    """Somebody stopped the execution."""


def parse_exception(position: Position, detail: str) -> SqlError:
    """Return the error for invalid syntax."""
    return SqlError(f"ODPS-0130161:{position} Parse exception - {detail}")


def semantic_exception(position: Position, detail: str) -> SqlError:
    """Return the error for SQL that is invalid for the tables."""
    return SqlError(f"ODPS-0130071:{position} Semantic analysis exception - {detail}")


def table_not_found(position: Position, project: str, table: str) -> SqlError:
    """Return the error for an unknown table."""
    return SqlError(
        f"ODPS-0130131:{position} Table not found - table {project}.{table} cannot be resolved"
    )


def table_exists(position: Position, project: str, table: str) -> SqlError:
    """Return the error for a table that already exists."""
    return SqlError(
        f"ODPS-0130211:{position} Table or view already exists - "
        f"table {project}.{table} already exists"
    )


def function_not_found(position: Position, name: str) -> SqlError:
    """Return the error for an unknown function."""
    return semantic_exception(position, f"function or view '{name}' cannot be resolved")


def wrong_argument_count(
    position: Position, name: str, *, wanted: list[int], given: int
) -> SqlError:
    """Return the error for a wrong number of arguments."""
    return SqlError(
        f"ODPS-0130221:{position} Invalid number of arguments - function {name} needs "
        f"{' or '.join(map(str, wanted))} parameters, actually have {given}"
    )


def wrong_partition_count(position: Position, *, given: int, wanted: int) -> SqlError:
    """Return the error for a PARTITION clause that does not match the table."""
    return semantic_exception(
        position,
        f"number of input partition columns ({given}) doesn't equal to "
        f"table's partition columns ({wanted})",
    )


def partition_not_found(position: Position, spec: str) -> SqlError:
    """Return the error for an unknown partition."""
    return semantic_exception(position, f"Partition not found: {spec}")


def partition_exists(spec: str) -> SqlError:
    """Return the error for a partition that already exists."""
    return SqlError(
        "ODPS-0110061:Failed to run ddltask - "
        f"AlreadyExistsException(message:Partition already exists, existed values: {spec})"
    )


def full_scan(project: str, table: str) -> SqlError:
    """Return the error for a query that would read every partition of a table."""
    return semantic_exception(
        NOWHERE,
        "physical plan generation failed: java.lang.RuntimeException: "
        f"Table({project},{table}) is full scan with all partitions, "
        "please specify partition predicates.",
    )


def no_privilege(action: str, resource: str) -> SqlError:
    """Return the error for a missing privilege."""
    return SqlError(
        "ODPS-0130013:Authorization exception - Authorization Failed [4019], "
        f"You have NO privilege '{action}' on {{acs:odps:*:{resource}}}."
    )


def read_only(position: Position) -> SqlError:
    """Return the error for a write in a read-only session."""
    return semantic_exception(position, "invalid statement in readonly mode")


def metering_exceeded(used: float, limit: float) -> SqlError:
    """Return the error for an estimate above the limit of a statement."""
    return SqlError(
        f"ODPS-0130071:{NOWHERE} Semantic analysis exception - Metering data exceed max value: "
        f"{used:g} > {limit:g}"
    )
