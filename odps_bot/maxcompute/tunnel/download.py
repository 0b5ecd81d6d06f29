"""All rows of a SELECT, through the instance tunnel.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-of-tunnel
"""

import logging
from collections.abc import Iterator
from typing import TextIO

from odps_bot.maxcompute.errors import (
    ApiError,
    ConnectionFailedError,
    MalformedResponseError,
    PermissionDeniedError,
)
from odps_bot.maxcompute.http.exchange import Request
from odps_bot.maxcompute.http.transport import Transport
from odps_bot.maxcompute.models.data_types import Column, parse_data_type
from odps_bot.maxcompute.models.values import Value
from odps_bot.maxcompute.tunnel.arrow import columns as arrow
from odps_bot.maxcompute.tunnel.batches import Batch
from odps_bot.maxcompute.tunnel.csv_lines import csv_line
from odps_bot.maxcompute.tunnel.rows import decode_batches
from odps_bot.maxcompute.wire import parse_json_object, whole_number

log = logging.getLogger(__name__)

_VERSION = {"x-odps-tunnel-version": "6"}


class ResultDownload:
    """The rows of an instance, which can be read in any slices for 24 hours.

    `Instance.open_download` creates it. Rows are decoded as they arrive, in constant memory, and
    every row's checksum is verified.
    """

    def __init__(
        self,
        transport: Transport,
        path: tuple[str, ...],
        *,
        download_id: str,
        columns: tuple[Column, ...],
        row_count: int,
        is_limited: bool,
    ) -> None:
        self._transport = transport
        self._path = path
        self.id = download_id
        self.columns = columns
        self.row_count = row_count
        self._is_arrow = arrow.is_readable(columns)
        self.is_limited = is_limited  #: the account can read 10,000 rows only; there can be more

    def rows(
        self, start: int = 0, count: int | None = None, *, has_exact_times: bool = False
    ) -> Iterator[tuple[Value, ...]]:
        """Yield `count` rows from row `start` (from 0); resume when the connection breaks.

        DATETIME and TIMESTAMP are aware UTC, or `Instant` in years that Python lacks; with
        `has_exact_times` all are `Instant`, in nanoseconds, and TIMESTAMP_NTZ is `WallTime`.
        Raises MalformedResponseError for wrong checksums.
        """
        for batch in self.batches(start, count, has_exact_times=has_exact_times):
            yield from batch.rows()

    def batches(
        self, start: int = 0, count: int | None = None, *, has_exact_times: bool = False
    ) -> Iterator[Batch]:
        """Yield the same rows side by side, a few thousand at a time.

        They come as Arrow, which costs a tenth. Types that Arrow does not have come row by row, and
        so does what is left when a service refuses Arrow or sends what can't be read.
        """
        retries = self._transport.retries
        end = self.row_count if count is None else min(self.row_count, start + count)
        tries = 0
        while start < end:
            try:
                for batch in self._slice(start, end - start, has_exact_times=has_exact_times):
                    start += batch.row_count
                    tries = 0
                    yield batch
            except (ApiError, ConnectionFailedError, MalformedResponseError) as error:
                if start >= end:
                    raise
                if self._is_arrow and not isinstance(error, ConnectionFailedError):
                    log.info("download %s: without Arrow from row %d: %s", self.id, start, error)
                    self._is_arrow = False
                    continue
                tries += 1
                pause = None if isinstance(error, ApiError) else retries.pause_after(tries)
                if pause is None:
                    raise
                retries.sleep(pause.total_seconds())

    def write_csv(self, file: TextIO) -> int:
        """Write a header and all rows as CSV (RFC 4180) and return the number of rows.

        NULL is empty and an empty string is `""`; arrays, maps and structs are JSON.
        """
        file.write(csv_line(column.name for column in self.columns))
        written = 0
        for row in self.rows():
            file.write(csv_line(row))
            written += 1
        return written

    def _slice(self, start: int, count: int, *, has_exact_times: bool) -> Iterator[Batch]:
        params = {"downloadid": self.id, "rowrange": f"({start},{count})", "data": ""}
        if self._is_arrow:
            params["arrow"] = ""
        request = Request(method="GET", path=self._path, params=params, headers=_VERSION)
        with self._transport.stream(request) as chunks:
            if self._is_arrow:
                yield from arrow.decode_batches(
                    chunks, self.columns, count, has_exact_times=has_exact_times
                )
                return
            read = 0
            for batch in decode_batches(chunks, self.columns, has_exact_times=has_exact_times):
                read += batch.row_count
                if read > count:
                    break
                yield batch
        if read != count:
            raise MalformedResponseError(f"Expected {count} rows, received {read} or more.")


def open_download(
    transport: Transport, path: tuple[str, ...], *, is_limited: bool | None
) -> ResultDownload:
    """Open a download, see `Instance.open_download`."""
    try:
        return _open(transport, path, is_limited=bool(is_limited))
    except PermissionDeniedError:
        if is_limited is not None:
            raise
        return _open(transport, path, is_limited=True)


def _open(transport: Transport, path: tuple[str, ...], *, is_limited: bool) -> ResultDownload:
    params = {"downloads": ""} | ({"instance_tunnel_limit_enabled": ""} if is_limited else {})
    request = Request(method="POST", path=path, params=params, headers=_VERSION, is_idempotent=True)
    session = parse_json_object(transport.send(request).body)
    try:
        columns = tuple(
            Column(str(column["name"]), parse_data_type(str(column["type"])))
            for column in session["Schema"]["columns"]
        )
        download_id = str(session["DownloadID"])
        row_count = whole_number(session["RecordCount"])
    except (KeyError, TypeError) as error:
        raise MalformedResponseError("The response does not describe a download.") from error
    return ResultDownload(
        transport,
        path,
        download_id=download_id,
        columns=columns,
        row_count=row_count,
        is_limited=is_limited,
    )
