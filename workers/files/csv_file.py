"""Send all rows of a run's result as a CSV file into its thread."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from itertools import islice
from tempfile import TemporaryFile
from typing import BinaryIO

from odps_bot.maxcompute.tunnel.batches import Batch
from odps_bot.messages.replies.result_files import (
    NO_ROOM,
    NO_ROWS,
    ROW_TOO_LARGE,
    csv_comment,
    file_name,
)
from odps_bot.messages.results.spreadsheet import csv_header, csv_line, csv_lines
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.slack.posts import NewFile, PostId
from odps_bot.store.notification_kind import NotificationKind
from workers.files.result_rows import ResultRows, open_rows
from workers.files.send_result import RESERVE_OF_POSTS, NotSentError, send_result, thread_of

log = logging.getLogger(__name__)

#: Spreadsheets take little more:
#: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
MOST_ROWS = 1_000_000
MOST_BYTES = 50_000_000

#: Somebody waits, and before long the outbox prompts another job.
LONGEST_READ = timedelta(seconds=90)


def send_csv(run_id: str, services: Services) -> timedelta | None:
    """Send the file once, or tell who asked why not; a file that was sent already is pointed to.

    Returns when to try again, or None when it is done. Raises SlackError when it
    must wait.
    """
    return send_result(
        NotificationKind.CSV, run_id, services, send=partial(_send, services=services)
    )


def _send(run: Run, services: Services) -> str:
    if run.csv_ts is not None:
        return run.csv_ts
    name = file_name(run, suffix="csv")
    ts = services.slack.gateway.share_file_once(
        PostId(kind=NotificationKind.CSV, subject_id=run.run_id, since=run.requested_at),
        name,
        thread_of(run),
        make=partial(_make, run, name, services),
        after_ts=run.completion_ts or run.card_ts,
        reserve=RESERVE_OF_POSTS,
    )
    services.stores.runs.note(run.run_id, csv_ts=ts)
    return ts


@contextmanager
def _make(run: Run, name: str, services: Services) -> Iterator[NewFile]:
    """Give the file, which is on disk as long as it is needed."""
    found = open_rows(run, services)
    if found is None:
        raise NotSentError(NO_ROWS)
    with TemporaryFile() as file, closing(found.batches):
        try:
            written = _write(file, found, services)
        except OSError as error:
            log.exception("run %s: cannot write the rows to a file", run.run_id)
            raise NotSentError(NO_ROOM) from error
        if not written:
            raise NotSentError(ROW_TOO_LARGE)
        size_bytes = file.tell()
        file.seek(0)
        comment = csv_comment(
            run,
            written=written,
            row_count=found.row_count,
            is_limited=found.is_limited,
            zone=found.zone,
        )
        yield NewFile(content=file, size_bytes=size_bytes, title=name, comment=comment)


def _write(file: BinaryIO, found: ResultRows, services: Services) -> int:
    """Write as many rows as the limits allow, and return how many."""
    size_bytes = file.write(csv_header(found.columns))
    clock = found.clock
    end = services.clock() + LONGEST_READ
    written = 0
    for batch in found.batches:
        lines = csv_lines(batch, found.columns, clock=clock)
        if written + batch.row_count > MOST_ROWS or size_bytes + len(lines) > MOST_BYTES:
            return written + _write_some(file, batch, found, MOST_ROWS - written)
        size_bytes += file.write(lines)
        written += batch.row_count
        if services.clock() > end:
            break
    return written


def _write_some(file: BinaryIO, batch: Batch, found: ResultRows, most_rows: int) -> int:
    """Write the rows of a batch that still fit, and return how many."""
    clock, room = found.clock, MOST_BYTES - file.tell()
    written = 0
    for row in islice(batch.rows(), most_rows):
        line = csv_line(row, found.columns, clock=clock)
        room -= len(line)
        if room < 0:
            break
        file.write(line)
        written += 1
    return written
