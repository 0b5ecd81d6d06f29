"""Tables: how much they hold, as PyODPS and our client say; what PyODPS writes and reads."""

from datetime import date, datetime
from decimal import Decimal
from unittest import mock
from xml.etree import ElementTree as ET

import pandas as pd
import pyarrow as pa
import pytest
from odps import errors
from odps.tunnel import TableTunnel
from odps.tunnel.io.types import odps_schema_to_arrow_schema

from odps_bot.maxcompute import NotFoundError
from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.types import parse_type
from odps_bot.sandbox.maxcompute.tunnel.rows import encode_rows


@pytest.mark.parametrize("table", ["orders", "pyodps_iris"])
def test_a_table_holds_what_pyodps_says(table, pyodps, client, sandbox):
    theirs = pyodps.get_table(table)
    rows, size = theirs.record_num, theirs.size
    sandbox.clear_requests()

    ours = client.tables.get_content(table)

    assert (ours.rows, ours.size_bytes) == (rows, size)
    assert ours.rows > 0
    assert ours.is_partitioned is bool(theirs.table_schema.partitions)
    assert len(sandbox.requests()) == 1


def test_a_partition_holds_what_pyodps_says(pyodps, client, sandbox):
    table = pyodps.get_table("orders")
    name = table.table_schema.partitions[0].name
    with pyodps.execute_sql(
        f"select max({name}) from orders where {name} > ''"
    ).open_reader() as reader:
        day = reader[0][0]
    theirs = table.get_partition(f"{name}='{day}'")
    theirs.reload()
    sandbox.clear_requests()

    ours = client.tables.get_content("orders", partition={name: day})

    assert (ours.rows, ours.size_bytes) == (theirs.record_num, theirs.size)
    assert len(sandbox.requests()) == 1
    assert 0 < ours.rows < table.record_num


def test_what_is_not_there_is_not_found(client):
    with pytest.raises(NotFoundError):
        client.tables.get_content("no_such_table")


NEW_TYPES = {"odps.sql.type.system.odps2": "true"}


@pytest.fixture
def parted(pyodps):
    """A table with five partitions, of which two have rows."""
    pyodps.delete_table("parted", if_exists=True)
    table = pyodps.create_table("parted", ("id bigint, name string", "ds string, hh string"))
    for hour in range(4):
        table.create_partition(f"ds=20261030,hh=0{hour}")
    table.create_partition("ds=20261031,hh=00")
    with table.open_writer(partition="ds=20261030,hh=02") as writer:
        writer.write([[1, "a"], [2, None]])
    with table.open_writer(partition="ds=20261030,hh=01") as writer:
        writer.write([[3, "c, 'd' \"e\"\n\\N"]])
    yield table
    table.drop()


def specs(partitions):
    return [str(one.partition_spec) for one in partitions]


def test_partitions_are_listed(parted):
    assert specs(parted.partitions) == [
        "ds='20261030',hh='00'",
        "ds='20261030',hh='01'",
        "ds='20261030',hh='02'",
        "ds='20261030',hh='03'",
        "ds='20261031',hh='00'",
    ]
    assert specs(parted.iterate_partitions("ds=20261031")) == ["ds='20261031',hh='00'"]
    assert specs(parted.iterate_partitions(reverse=True))[0] == "ds='20261031',hh='00'"
    assert specs(parted.iterate_partitions("ds=20261030,hh>=02")) == [
        "ds='20261030',hh='02'",
        "ds='20261030',hh='03'",
    ]


def test_a_partition_is_there_or_not(parted):
    assert parted.exist_partition("ds=20261030,hh=03")
    assert not parted.exist_partition("ds=20261030,hh=04")
    assert parted.exist_partitions("ds=20261030")
    assert not parted.exist_partitions("ds=20261101")


def test_the_last_partition_with_rows_is_found(parted):
    assert str(parted.get_max_partition().partition_spec) == "ds='20261030',hh='02'"
    last = parted.get_max_partition(skip_empty=False)
    assert str(last.partition_spec) == "ds='20261031',hh='00'"
    assert parted.get_max_partition("ds=20261031") is None


def test_a_partition_has_sizes_and_times(parted):
    listed = {str(one.partition_spec): one for one in parted.partitions}
    full, empty = listed["ds='20261030',hh='02'"], listed["ds='20261031',hh='00'"]

    assert (full.record_num, empty.record_num) == (2, 0)
    assert full.size > empty.size == 0
    assert full.creation_time == full.last_data_modified_time
    assert (full.physical_size, full.file_num, full.is_archived) == (3 * full.size, 1, False)
    assert (empty.physical_size, empty.file_num) == (0, 0)


def test_partitions_come_in_pages(parted, pyodps, sandbox):
    url = parted.resource()

    def page(**params):
        found = pyodps.rest.get(url, actions=["partitions"], params=params).content
        root = ET.fromstring(found)
        hours = [c.get("Value") for c in root.iter("Column") if c.get("Name") == "hh"]
        return hours, root.findtext("Marker")

    first, marker = page(maxitems=2, expectmarker="true")
    second, later = page(maxitems=2, marker=marker)
    third, last = page(maxitems=2, marker=later)

    assert (first, second, third) == (["00", "01"], ["02", "03"], ["00"])
    assert not last
    backwards, marker = page(maxitems=4, reverse="")
    assert backwards == ["00", "03", "02", "01"]
    assert page(maxitems=4, reverse="", marker=marker)[0] == ["00"]


@pytest.mark.parametrize(
    "params",
    [
        {"partitions": "", "marker": "?"},
        {"partitions": "", "maxitems": "0"},
        {"partitions": "", "partition": "hh=01"},
        {"partitions": "", "unknown": ""},
        {"data": ""},
        {"data": "", "linenum": "-1"},
        {"data": "", "linenum": "1", "cols": "nope"},
        {"partition": "ds=20261030"},
    ],
)
def test_what_cannot_be_understood_is_refused(parted, pyodps, params):
    with pytest.raises(errors.InvalidParameter):
        pyodps.rest.get(parted.resource(), params=params)


def test_a_table_without_partitions_has_none_to_list(pyodps):
    with pytest.raises(errors.InvalidParameter, match="not a partitioned table"):
        list(pyodps.get_table("pyodps_iris").partitions)


def test_the_first_rows_are_shown(parted, pyodps):
    rows = [[row[i] for i in range(4)] for row in parted.head(5, partition="ds=20261030,hh=01")]
    assert rows == [[3, "c, 'd' \"e\"\n\\N", "20261030", "01"]]
    assert [r["name"] for r in parted.head(1, columns=["name"], partition="ds=20261030,hh=02")] == [
        "a"
    ]
    assert len(list(parted.head(2))) == 2
    assert len(list(pyodps.get_table("orders").head(20_000))) == 10_000
    assert list(parted.head(5, partition="ds=20261031,hh=00")) == []


def test_a_transactional_table_says_so(pyodps):
    pyodps.delete_table("changing", if_exists=True)
    pyodps.execute_sql("create table changing (a bigint) tblproperties ('transactional'='true')")

    assert pyodps.get_table("changing").is_transactional
    assert not pyodps.get_table("orders").is_transactional


def test_tables_are_listed(pyodps):
    pyodps.execute_sql("create or replace view orders_view as select sepallength from pyodps_iris")
    names = [table.name for table in pyodps.list_tables()]

    assert {"customers", "orders", "orders_view", "pyodps_iris", "stock"} <= set(names)
    assert names == sorted(names)
    assert [table.name for table in pyodps.list_tables(prefix="orders_")] == ["orders_view"]
    views = pyodps.list_tables(prefix="orders", type="virtual_view")
    assert [table.name for table in views] == ["orders_view"]
    assert list(pyodps.list_tables(owner="somebody")) == []
    assert pyodps.exist_table("orders")
    assert not pyodps.exist_table("nothing_like_it")
    assert pyodps.get_table("orders").type.value == "MANAGED_TABLE"


def test_tables_come_in_pages(pyodps):
    url = f"{pyodps.get_project().resource()}/tables"

    def page(**params):
        root = ET.fromstring(pyodps.rest.get(url, params=params).content)
        return [table.findtext("Name") for table in root.iter("Table")], root.findtext("Marker")

    everything, last = page()
    first, marker = page(maxitems=2)
    rest, _ = page(marker=marker)

    assert not last
    assert first + rest == everything
    with pytest.raises(errors.InvalidParameter):
        page(maxitems=0)


TYPES = {
    "a": ("tinyint", -1),
    "b": ("int", 2**31 - 1),
    "c": ("bigint", -(2**63)),
    "d": ("float", 0.5),
    "e": ("double", 1e300),
    "f": ("boolean", False),
    "g": ("string", "中文\0 'more' \\N"),
    "h": ("binary", b"\x00\xff'"),
    "i": ("decimal(10,2)", Decimal("-1.50")),
    "j": ("date", date(1969, 12, 31)),
    "k": ("datetime", datetime.fromisoformat("1989-07-01 12:00:00.123")),
    "l": ("timestamp", pd.Timestamp("2026-07-01 12:00:00.123456")),
    "m": ("timestamp_ntz", pd.Timestamp("2026-07-01 12:00:00.123456")),
    "n": ("array<string>", ["x", None, ""]),
    "o": ("map<string,bigint>", {"a": 1, "b": None}),
    "p": ("struct<x:bigint,y:array<int>>", (1, [2, None])),
    "q": ("varchar(5)", "abc"),
    "r": ("char(5)", "abc  "),
}


@pytest.fixture
def every_type(pyodps):
    pyodps.delete_table("every_type", if_exists=True)
    columns = ", ".join(f"{name} {data_type}" for name, (data_type, _) in TYPES.items())
    return pyodps.create_table("every_type", columns, hints=NEW_TYPES)


@pytest.mark.parametrize("is_compressed", [False, True])
def test_every_type_is_written_and_read(every_type, pyodps, is_compressed):
    row = [value for _, value in TYPES.values()]
    nothing = [None] * len(row)
    session = TableTunnel(pyodps).create_upload_session("every_type")
    with session.open_record_writer(0, compress=is_compressed) as writer:
        for values in (row, nothing, row):
            writer.write(session.new_record(values))
    session.commit([0])

    with every_type.open_reader() as reader:
        assert [list(record.values) for record in reader] == [row, nothing, row]
    selected = pyodps.execute_sql("select * from every_type", hints=NEW_TYPES)
    with selected.open_reader(tunnel=True) as reader:
        assert [list(record.values) for record in reader] == [row, nothing, row]


def test_batches_of_every_type_are_written_and_read(every_type, pyodps):
    schema = odps_schema_to_arrow_schema(every_type.table_schema)
    values = {name: value for name, (_, value) in TYPES.items()}
    values["o"] = list(values["o"].items())
    values["p"] = {"x": 1, "y": [2, None]}
    table = pa.Table.from_pylist([values, {}, values], schema=schema)
    session = TableTunnel(pyodps).create_upload_session("every_type")
    with session.open_arrow_writer(0, compress=True) as writer:
        writer.write(table)
    session.commit([0])

    download = TableTunnel(pyodps).create_download_session("every_type")
    with download.open_arrow_reader(0, download.count) as reader:
        found = reader.read().to_pylist()
    with every_type.open_reader() as reader:
        rows = [list(record.values) for record in reader]

    assert found == table.to_pylist()
    assert rows[0] == [value for _, value in TYPES.values()]


def test_a_table_is_overwritten(pyodps):
    pyodps.delete_table("again", if_exists=True)
    table = pyodps.create_table("again", "a bigint")
    with table.open_writer() as writer:
        writer.write([[1], [2]])
    with table.open_writer(overwrite=True) as writer:
        writer.write([[3]])

    with table.open_reader() as reader:
        assert [record["a"] for record in reader] == [3]


def test_a_partition_is_created_on_the_way(parted):
    with parted.open_writer(partition="ds=20261101,hh=00", create_partition=True) as writer:
        writer.write([[1, "new"]])

    assert parted.exist_partition("ds=20261101,hh=00")
    with parted.open_reader(partition="ds=20261101,hh=00") as reader:
        assert [record["name"] for record in reader] == ["new"]


def test_frames_of_pandas_are_written_and_read(pyodps):
    pyodps.delete_table("framed", if_exists=True)
    frame = pd.DataFrame({"id": range(3_000), "name": [f"n{n}" for n in range(3_000)]})

    pyodps.write_table("framed", frame, create_table=True)

    read = pyodps.get_table("framed").to_pandas()
    assert read["id"].tolist() == frame["id"].tolist()
    assert read["name"].tolist() == frame["name"].tolist()


def test_rows_are_there_only_after_the_commit(pyodps):
    pyodps.delete_table("pending", if_exists=True)
    table = pyodps.create_table("pending", "a bigint")
    session = TableTunnel(pyodps).create_upload_session("pending")
    for block in (1, 0, 0):
        with session.open_record_writer(block) as writer:
            writer.write(session.new_record([block]))
    assert table.record_num == 0
    assert [int(block) for block in session.get_block_list()] == [0, 1]

    session.commit([0, 1])
    session.reload()

    assert session.status is session.Status.Closed
    with table.open_reader() as reader:
        assert [record["a"] for record in reader] == [0, 1]


@pytest.mark.parametrize("is_arrow", [False, True])
def test_changed_bytes_are_refused(pyodps, is_arrow):
    pyodps.delete_table("checked", if_exists=True)
    table = pyodps.create_table("checked", "a bigint, b string")
    session = TableTunnel(pyodps).create_upload_session("checked")
    sent = []
    params = {"uploadid": session.id, "blockid": 0} | ({"arrow": ""} if is_arrow else {})
    tunnel = session._client

    def put(url, data=None, **kwargs):
        sent.append(b"".join(data))
        return tunnel.get(session._table.table_resource(), params={"uploadid": session.id})

    with mock.patch.object(tunnel, "put", put):
        writer = session.open_arrow_writer(0) if is_arrow else session.open_record_writer(0)
        with writer:
            if is_arrow:
                writer.write(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
            else:
                writer.write(session.new_record([1, "x"]))
    content = sent[0]
    url = session._table.table_resource()

    for place in range(4, len(content)):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(errors.ODPSError, match="can't be read"):
            tunnel.put(url, data=changed, params=params)
    with pytest.raises(errors.ODPSError, match="can't be read"):
        tunnel.put(url, data=content[:-1], params=params)
    assert session.get_block_list() == []
    tunnel.put(url, data=content, params=params)
    assert len(session.get_block_list()) == 1
    assert table.record_num == 0


@pytest.mark.parametrize("encoding", ["deflate", "x-snappy-framed"])
def test_what_is_not_encoded_as_it_says_is_refused(pyodps, encoding):
    pyodps.delete_table("encoded", if_exists=True)
    table = pyodps.create_table("encoded", "a bigint")
    tunnel = TableTunnel(pyodps).tunnel_rest
    session = TableTunnel(pyodps).create_upload_session("encoded")

    with pytest.raises(errors.ODPSError, match=r"not encoded as it says|is not supported"):
        tunnel.put(
            table.table_resource(client=tunnel),
            data=b"neither of them",
            params={"uploadid": session.id, "blockid": 0},
            headers={"Content-Encoding": encoding},
        )


def test_values_that_no_column_takes_change_nothing(pyodps):
    pyodps.delete_table("narrow", if_exists=True)
    table = pyodps.create_table("narrow", "a tinyint", hints=NEW_TYPES)
    with table.open_writer() as writer:
        writer.write([[1]])
    session = TableTunnel(pyodps).create_upload_session("narrow", overwrite=True)
    content = b"".join(encode_rows([Column("a", parse_type("bigint"))], [(1_000,)]))
    session._client.put(
        table.table_resource(client=session._client),
        data=content,
        params={"uploadid": session.id, "blockid": 0},
    )

    with pytest.raises(errors.InvalidArgument, match="takes no such rows"):
        session.commit([0])

    with table.open_reader() as reader:
        assert [record["a"] for record in reader] == [1]


def test_a_tunnel_needs_to_know_the_partition(parted, pyodps):
    with pytest.raises(errors.ODPSError, match="a partition is required"):
        TableTunnel(pyodps).create_download_session("parted")
    with pytest.raises(errors.NoSuchObject):
        TableTunnel(pyodps).create_upload_session("parted", partition_spec="ds=1,hh=1")
    with pytest.raises(errors.ODPSError, match="there are no partitions"):
        TableTunnel(pyodps).create_download_session("pyodps_iris", partition_spec="ds=1")


def test_an_unknown_parameter_of_the_tunnel_is_refused_in_its_format(pyodps):
    tunnel = TableTunnel(pyodps)
    url = pyodps.get_table("customers").table_resource(endpoint=tunnel.tunnel_rest.endpoint)

    with pytest.raises(errors.InvalidParameter, match="unknown parameter 'partiton'") as refused:
        tunnel.tunnel_rest.post(url, "", params={"downloads": "", "partiton": "ds=1"})

    assert refused.value.tag == "TUNNEL"
