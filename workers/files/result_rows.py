"""All rows of a run's result, from MaxCompute."""

import logging
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import UTC, timezone
from itertools import islice

from odps_bot.maxcompute import (
    Column,
    ConnectionFailedError,
    GatewayError,
    Instance,
    InvalidRequestError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
    Value,
)
from odps_bot.maxcompute.models.data_types import STRING
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages.results.spreadsheet import shown_zone
from odps_bot.messages.results.tables import SHOWN_ROWS
from odps_bot.runs import Run
from odps_bot.services import Services

log = logging.getLogger(__name__)

#: The tunnel is another host, and another right: the result may be had without it.
TUNNEL_REFUSALS = (
    ConnectionFailedError,
    GatewayError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)


@dataclass(frozen=True, kw_only=True)
class ResultRows:
    """The rows of a SELECT, to be read once."""

    columns: tuple[Column, ...]  #: with the types of the values
    rows: Generator[tuple[Value, ...], None, None]  #: to be closed; raises MaxComputeError
    row_count: int
    is_limited: bool  #: there may be more than ``row_count``, which MaxCompute does not give
    zone: timezone  #: in which MaxCompute has shown the times; those here are UTC


def open_rows(run: Run, services: Services) -> ResultRows | None:
    """Return all rows of the run's result, by the tunnel or, where it is refused, without it.

    None when it has none. Raises MaxComputeError: NotFoundError when they are kept no more.
    """
    instance = services.maxcompute.of(run.project, Purpose.FILE).get_instance(
        run.instance_id or "", project=run.project
    )
    found: ResultRows | None
    try:
        found = _by_tunnel(run, instance)
    except TUNNEL_REFUSALS as error:
        log.warning("run %s: reading the rows without the tunnel: %s", run.run_id, error)
        found = _from_results(instance, error)
    return found if found and found.row_count else None


def _by_tunnel(run: Run, instance: Instance) -> ResultRows:
    download = instance.open_download()
    rows = download.rows()
    first = list(islice(rows, SHOWN_ROWS))
    return ResultRows(
        columns=download.columns,
        rows=_one_by_one(first, rows),
        row_count=download.row_count,
        is_limited=download.is_limited,
        zone=shown_zone(run.table, download.columns, first),
    )


def _from_results(instance: Instance, refusal: MaxComputeError) -> ResultRows | None:
    """Return the rows as MaxCompute writes them: 10,000 at most, texts all of them."""
    try:
        results = list(instance.get_task_results().values())
    except InvalidRequestError:
        raise refusal from None  # too large for this way
    for result in reversed(results):  # of several tasks the last one's, as on the card
        if result.format == "csv":
            table = result.rows()
            return ResultRows(
                columns=tuple(Column(name, STRING) for name in table.columns),
                rows=_one_by_one(_of_length(len(table.columns), table.rows)),
                row_count=len(table.rows),
                is_limited=bool(result.is_truncated),
                zone=UTC,
            )
    return None


def _one_by_one(*parts: Iterable[tuple[Value, ...]]) -> Generator[tuple[Value, ...], None, None]:
    for part in parts:
        yield from part


def _of_length(count: int, rows: Iterable[tuple[Value, ...]]) -> Iterable[tuple[Value, ...]]:
    """Return the rows with as many cells as there are columns, whatever came."""
    return ((*row, *[None] * count)[:count] for row in rows)
