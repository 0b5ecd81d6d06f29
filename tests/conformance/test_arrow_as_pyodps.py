"""Rows as Arrow batches: PyODPS reads from the sandbox what it reads as rows."""

import warnings

import pyarrow as pa
import pytest
from odps import options
from odps.tunnel import CompressOption, InstanceTunnel

from odps_bot.sandbox.maxcompute import ignore_arrow, refuse_arrow

EVERY_TYPE = """
    select cast(-1 as tinyint) a, cast(2 as smallint) b, cast(3 as int) c, 4 d,
        cast(1.5 as float) e, cast(2.5 as double) f, true g, '中文' h, cast('y' as binary) i,
        cast(1.25 as decimal(3,2)) j,
        date '1969-12-31' k, datetime '2026-01-02 03:04:05' l,
        timestamp '2026-01-02 03:04:05.123456' m, array(1, null) n, map('a', 1, 'b', null) o,
        named_struct('x', 1, 'y', 'z') p, array(timestamp '2026-01-02 03:04:05') q
    union all
    select null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null
"""
NEW_TYPES = {"odps.sql.type.system.odps2": "true"}
ORDERS = "select * from orders where ds > ''"


@pytest.fixture
def every_type(pyodps):
    return pyodps.execute_sql(EVERY_TYPE, hints=NEW_TYPES)


@pytest.fixture
def orders(pyodps):
    return pyodps.execute_sql(ORDERS)


def test_batches_have_the_values_that_rows_have(every_type):
    with every_type.open_reader(tunnel=True) as reader:
        rows = [list(record.values) for record in reader]
    session = InstanceTunnel(every_type.odps).create_download_session(every_type)
    with session.open_arrow_reader(0, session.count) as reader:
        (batch,) = list(reader)
    table = pa.Table.from_batches([batch]).to_pylist()

    first = list(table[0].values())
    assert first[:13] == rows[0][:13]
    assert first[13:15] == [rows[0][13], list(rows[0][14].items())]
    assert first[15] == rows[0][15]._asdict()
    assert first[16] == rows[0][16]
    assert list(table[1].values()) == rows[1] == [None] * 17


def test_a_frame_of_pandas_has_all_rows(orders, sandbox):
    frame = orders.to_pandas()

    assert len(frame) == 20_000
    assert list(frame.columns)[:2] == ["order_id", "customer_id"]
    assert sorted(frame["order_id"]) == list(range(1, 20_001))
    asked = [request.operation for request in sandbox.requests()]
    assert "tunnel_arrow" in asked
    assert "tunnel_data" not in asked


def test_pandas_reads_in_steps(orders):
    frames = list(orders.iter_pandas(batch_size=6_000))

    assert [len(frame) for frame in frames] == [6_000, 6_000, 6_000, 2_000]


def test_columns_and_a_range_are_chosen(orders):
    with orders.open_reader(tunnel=True) as reader:
        expected = [(record["city"], record["order_id"]) for record in reader[100:110]]

    frame = orders.to_pandas(columns=["city", "order_id"], start=100, count=10)

    assert list(frame.itertuples(index=False, name=None)) == expected


def test_a_limited_reader_gets_ten_thousand_rows(orders):
    with orders.open_reader(tunnel=True, limit=True, arrow=True) as reader:
        assert reader.count == 10_000
        assert sum(batch.num_rows for batch in reader) == 10_000


def test_a_result_without_rows_is_an_empty_frame(pyodps):
    frame = pyodps.execute_sql("select 1 as a from pyodps_iris where false").to_pandas()

    assert frame.empty
    assert list(frame.columns) == ["a"]


@pytest.mark.parametrize("is_arrow", [True, False])
def test_streams_are_compressed_when_pyodps_asks(orders, sandbox, is_arrow):
    tunnel = InstanceTunnel(orders.odps)
    session = tunnel.create_download_session(orders, compress_option=CompressOption())
    open_reader = session.open_arrow_reader if is_arrow else session.open_record_reader

    with open_reader(0, session.count, compress=True) as reader:
        count = sum(part.num_rows if is_arrow else 1 for part in reader)

    assert count == 20_000
    assert sandbox.requests()[-1].headers["accept-encoding"] == "deflate"


def test_json_comes_as_rows_as_arrow_has_no_such_type(pyodps, sandbox):
    instance = pyodps.execute_sql("""select json '{"a": 1}' as j""", hints=NEW_TYPES)

    frame = instance.to_pandas()

    assert len(frame) == 1


@pytest.mark.parametrize("fault", [refuse_arrow(), ignore_arrow()])
def test_pyodps_reads_rows_from_a_service_without_arrow(orders, sandbox, fault):
    sandbox.faults.add(fault, operation="tunnel_arrow", times=10)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PyODPS's use of pandas
        assert len(orders.to_pandas()) == 20_000


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_times_are_those_of_the_zone(pyodps, zone):
    before = options.local_timezone
    options.local_timezone = zone
    try:
        frame = pyodps.execute_sql(
            "select datetime '2026-07-01 12:00:00' d, timestamp '1940-07-01 12:00:00.5' t"
        ).to_pandas()
    finally:
        options.local_timezone = before

    texts = [str(value.tz_convert(zone).tz_localize(None)) for value in frame.iloc[0]]
    assert texts == ["2026-07-01 12:00:00", "1940-07-01 12:00:00.500000"]
