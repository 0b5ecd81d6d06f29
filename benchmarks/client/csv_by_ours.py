"""A CSV file of a result as the bot makes it: rows of the tunnel, and a clock of the zone.

A module of its own, so that nothing but this measure loads what makes files.
"""

from tempfile import TemporaryFile
from zoneinfo import ZoneInfo

from benchmarks.client.recorded_responses import id_with_rows, id_with_times, id_with_wide_rows
from odps_bot.maxcompute import Client, ZoneClock
from odps_bot.messages.results.spreadsheet import csv_header, csv_lines

#: With daylight-saving time.
ZONE = "America/New_York"

#: Of instances, by the kind of their rows.
IDS = {"rows": id_with_rows, "times": id_with_times, "wide": id_with_wide_rows}


def write_file(client: Client, rows: int, kind: str = "times") -> int:
    """Write so many rows to a file that is thrown away, and return its size in bytes."""
    clock = ZoneClock(ZoneInfo(ZONE))
    download = client.get_instance(IDS[kind](rows)).open_download()
    columns = download.columns
    with TemporaryFile() as file:
        file.write(csv_header(columns))
        for batch in download.batches(has_exact_times=True):
            file.write(csv_lines(batch, columns, clock=clock))
        return file.tell()
