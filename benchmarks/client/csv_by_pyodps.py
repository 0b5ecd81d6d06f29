"""A CSV file of a result with PyODPS and the standard library's writer."""

import csv
from tempfile import TemporaryFile
from typing import Any

from odps import options  # type: ignore[import-untyped]

from benchmarks.client.recorded_responses import id_with_rows, id_with_times, id_with_wide_rows

#: That of `csv_by_ours`.
ZONE = "America/New_York"
IDS = {"rows": id_with_rows, "times": id_with_times, "wide": id_with_wide_rows}


def write_file(client: Any, rows: int, kind: str = "times") -> int:
    """Write so many rows to a file that is thrown away, and return its size in bytes."""
    options.local_timezone = ZONE
    with (
        client.get_instance(IDS[kind](rows)).open_reader(tunnel=True) as reader,
        TemporaryFile("w+", encoding="utf-8-sig", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow([column.name for column in reader.schema.columns])
        writer.writerows(record.values for record in reader)
        return file.tell()
