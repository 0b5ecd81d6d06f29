"""All rows of a run's result, from MaxCompute."""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import chain, islice

from odps_bot.maxcompute import (
    Client,
    Column,
    ConnectionFailedError,
    GatewayError,
    Instance,
    InvalidRequestError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
    Value,
    ZoneClock,
)
from odps_bot.maxcompute.models.data_types import STRING
from odps_bot.maxcompute.models.results import MOST_RESULT_ROWS
from odps_bot.maxcompute.tunnel.batches import Batch
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages.results.tables import SHOWN_ROWS
from odps_bot.messages.results.zones import (
    ShownZone,
    ZoneNames,
    checked,
    has_instants,
    zone_as_written,
    zone_of,
)
from odps_bot.runs import Run
from odps_bot.services import Services
from workers.files.result_zone import zone_names

log = logging.getLogger(__name__)

#: The tunnel is another host, and another right: the result may be had without it.
TUNNEL_REFUSALS = (
    ConnectionFailedError,
    GatewayError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)


_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class ResultRows:
    """The rows of a SELECT, to be read once."""

    columns: tuple[Column, ...]  #: with the types of the values
    batches: Generator[Batch, None, None]  #: all rows; to be closed; raises MaxComputeError
    row_count: int
    is_limited: bool  #: there may be more than ``row_count``, which MaxCompute does not give
    zone: ShownZone | None = None  #: of the times; None: there are none, or it is not known

    def rows(self) -> Iterator[tuple[Value, ...]]:
        """Yield the rows of the batches."""
        for batch in self.batches:
            yield from batch.rows()

    @property
    def clock(self) -> ZoneClock:
        """The clock that shows the points in time among the values."""
        return self.zone.clock if self.zone else ZoneClock(UTC)


def open_rows(run: Run, services: Services) -> ResultRows | None:
    """Return all rows of the run's result, by the tunnel or, where it is refused, without it.

    None when it has none. Raises MaxComputeError: NotFoundError when they are kept no more.
    """
    client = services.maxcompute.of(run.project, Purpose.FILE)
    instance = client.get_instance(run.instance_id or "", project=run.project)
    found: ResultRows | None
    try:
        found = _by_tunnel(run, client, instance)
    except TUNNEL_REFUSALS as error:
        log.warning("run %s: reading the rows without the tunnel: %s", run.run_id, error)
        found = _from_results(instance, error, lambda: zone_names(client, instance))
    return found if found and found.row_count else None


def zone_of_result(run: Run, services: Services) -> ShownZone | None:
    """Return the zone of the times in the run's table, which MaxCompute has written."""
    client = services.maxcompute.of(run.project, Purpose.FILE)
    instance = client.get_instance(run.instance_id or "", project=run.project)
    return zone_as_written(zone_names(client, instance))


def _by_tunnel(run: Run, client: Client, instance: Instance) -> ResultRows:
    download = instance.open_download()
    batches = _in_turn(download.batches(has_exact_times=True))
    first = _beginning(batches)
    zone = None
    if has_instants(download.columns):
        names = zone_names(client, instance)
        first_rows = islice(chain.from_iterable(one.rows() for one in first), SHOWN_ROWS)
        zone = checked(zone_of(names), run.table, download.columns, first_rows)
        if zone.doubt is not None and (written := _as_written(run, instance, names)) is not None:
            batches.close()
            return written
    return ResultRows(
        columns=download.columns,
        batches=_in_turn(first, batches),
        row_count=download.row_count,
        is_limited=download.is_limited and download.row_count >= MOST_RESULT_ROWS,
        zone=zone,
    )


def _as_written(run: Run, instance: Instance, names: ZoneNames) -> ResultRows | None:
    """Return the rows with the times as MaxCompute writes them; None if it wrote not all rows."""
    if run.table is None or run.table.is_truncated:
        return None
    try:
        too_large = InvalidRequestError("too large", http_status=400)
        return _from_results(instance, too_large, lambda: names)
    except MaxComputeError as error:
        log.info("run %s: the times as MaxCompute writes them: %s", run.run_id, error)
        return None


def _from_results(
    instance: Instance, refusal: MaxComputeError, read_names: Callable[[], ZoneNames]
) -> ResultRows | None:
    """Return the rows as MaxCompute writes them: 10,000 at most, texts all of them."""
    try:
        results = list(instance.get_task_results().values())
    except InvalidRequestError:
        raise refusal from None  # too large for this way
    for result in reversed(results):  # of several tasks the last one's, as on the card
        if result.format == "csv":
            table = result.rows()
            is_zoned = has_instants(result.columns or ())
            return ResultRows(
                columns=tuple(Column(name, STRING) for name in table.columns),
                batches=_in_turn(_batches(_of_length(len(table.columns), table.rows))),
                row_count=len(table.rows),
                is_limited=result.may_be_truncated(len(table.rows)),
                zone=zone_as_written(read_names()) if is_zoned else None,
            )
    return None


def _in_turn(*parts: Iterable[Batch]) -> Generator[Batch, None, None]:
    for part in parts:
        yield from part


def _beginning(batches: Iterator[Batch]) -> list[Batch]:
    """Take as many batches as have the rows that a card shows, and return them."""
    taken: list[Batch] = []
    for batch in batches:
        taken.append(batch)
        if sum(one.row_count for one in taken) >= SHOWN_ROWS:
            break
    return taken


def _batches(rows: Iterable[tuple[Value, ...]]) -> Iterator[Batch]:
    """Yield rows that are in memory already side by side."""
    left = iter(rows)
    while some := list(islice(left, _ROWS_AT_ONCE)):
        yield Batch.of_rows(some)


def _of_length(count: int, rows: Iterable[tuple[Value, ...]]) -> Iterable[tuple[Value, ...]]:
    """Return the rows with as many cells as there are columns, whatever came."""
    return ((*row, *[None] * count)[:count] for row in rows)
