"""Rows that come as Arrow are those that come one by one, and those that PyODPS reads."""

from zoneinfo import ZoneInfo

import pytest

from benchmarks.client import ours
from benchmarks.client import pyodps as theirs
from benchmarks.client.recorded_responses import id_with_rows, id_with_times, id_with_wide_rows
from benchmarks.client.recorded_server import RecordedServer
from odps_bot.maxcompute import ZoneClock
from odps_bot.messages.results.spreadsheet import csv_lines

COLUMNS = {
    "tinyint": ["cast(-128 as tinyint)"],
    "smallint": ["cast(7 as smallint)"],
    "int": ["cast(-7 as int)"],
    "bigint": ["1234567890123456789L"],
    "float": ["cast(0.1 as float)", "cast('nan' as float)"],
    "double": ["0.1d", "cast('Infinity' as double)", "cast('NaN' as double)"],
    "boolean": ["true", "false"],
    "string": ["'北京, \"x\"'", "'=1+1'", "''", "'-1.5'"],
    "varchar(9)": ["cast('x@y' as varchar(9))"],
    "char(3)": ["cast('=a' as char(3))"],
    "binary": ["cast('bytes' as binary)"],
    "decimal(10,3)": ["cast(-0.001 as decimal(10,3))", "cast(1.5 as decimal(10,3))"],
    "decimal(38,18)": ["cast(-1.5 as decimal(38,18))"],
    "date": ["date '1899-12-31'", "date '2026-11-22'"],
    "datetime": ["datetime '1899-12-31 23:59:59'", "datetime '2026-07-01 23:59:59'"],
    "timestamp": ["timestamp '1899-12-31 23:59:59.5'", "timestamp '2026-07-01 00:00:00.123456'"],
    "timestamp_ntz": ["timestamp_ntz '2026-07-01 00:00:00.000001'"],
}


def statement(more=""):
    height = max(map(len, COLUMNS.values())) + 1
    rows = []
    for number in range(height):
        cells = ", ".join(
            f"{dict(enumerate(values)).get(number, f'cast(null as {name})')} as c{place}"
            for place, (name, values) in enumerate(COLUMNS.items())
        )
        rows.append(f"select {number} as n, {cells}{more}")
    return f"select * from ({' union all '.join(rows)}) x order by n limit 99"


def lines_of(client, sql):
    download = client.execute_sql(sql).open_download()
    clock = ZoneClock(ZoneInfo("America/New_York"))
    batches = download.batches(has_exact_times=True)
    content = b"".join(csv_lines(batch, download.columns, clock=clock) for batch in batches)
    return content.decode().split("\r\n")


def test_a_file_has_the_same_bytes_by_either_protocol(client, caplog):
    caplog.set_level("INFO", logger="odps_bot.maxcompute.tunnel.download")
    by_arrow = lines_of(client, statement())
    # An array among the columns makes all rows come one by one.
    by_rows = lines_of(client, statement(", array(1) as z"))

    assert "without Arrow" not in caplog.text
    assert [line.removesuffix(',"[1]"') for line in by_rows] == by_arrow
    assert len(by_arrow) == 6


@pytest.fixture(scope="module")
def recorded():
    with RecordedServer() as server:
        yield server


@pytest.mark.parametrize("make_id", [id_with_rows, id_with_times, id_with_wide_rows])
def test_pyodps_reads_the_recorded_arrow_as_we_do(recorded, make_id):
    odps = theirs.connect(recorded.endpoint)
    instance = odps.get_instance(make_id(9_500))
    with instance.open_reader(tunnel=True, arrow=True) as reader:
        batches = list(reader)
    rows = ours.connect(recorded.endpoint).get_instance(make_id(9_500)).open_download().rows()

    found = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]
    assert [tuple(map(plain, row)) for row in found] == [tuple(map(plain, row)) for row in rows]


def plain(value):
    """Return times without a zone: Arrow has UTC, and does not say so."""
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value
