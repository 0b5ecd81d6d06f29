"""Planned faults of downloads: what a client gets, and PyODPS where it notices."""

import zlib

import pyarrow as pa
import pytest
from odps import errors
from odps.tunnel import InstanceTunnel
from urllib3.exceptions import ProtocolError

from odps_bot.sandbox.maxcompute import (
    DOWNLOADS,
    cut_stream,
    deflate_bomb,
    server_metrics,
    wrong_byte,
)


@pytest.fixture
def session(odps):
    """A download of 60,000 rows of one number: more than seven pieces of Arrow."""
    instance = odps.execute_sql("select order_id from orders where ds > ''")
    return InstanceTunnel(odps).create_download_session(instance)


@pytest.fixture
def raw(session):
    """Return the response with the whole stream as it comes."""

    def raw(action, **headers):
        params = {"downloadid": session.id, "rowrange": "(0,60000)", action: "", "data": ""}
        path = session._instance.resource()
        return session._client.get(path, params=params, headers=headers, stream=True).raw

    return raw


def numbers(session):
    with session.open_record_reader(0, session.count) as reader:
        return [record[0] for record in reader]


@pytest.mark.parametrize("place", [4 + 100, 4 + 65_536])
def test_a_changed_byte_fails_the_checksum_of_its_piece(session, sandbox, place):
    sandbox.faults.add(wrong_byte(place), operation=DOWNLOADS, times=20)

    with pytest.raises(errors.ChecksumError):
        session.open_arrow_reader(0, session.count).read()


def test_pyodps_goes_on_after_the_last_batch_that_it_could_read(session, sandbox):
    sandbox.faults.add(wrong_byte(4 + 65_540 + 5), operation=DOWNLOADS)

    assert session.open_arrow_reader(0, session.count).read().num_rows == 60_000
    ranges = [r.query["rowrange"] for r in sandbox.requests() if r.operation == "tunnel_arrow"]
    assert ranges == ["(0,60000)", "(4096,55904)"]


def test_a_changed_byte_fails_the_checksum_of_its_row(session, sandbox):
    sandbox.faults.add(wrong_byte(1), operation=DOWNLOADS, times=20)

    with pytest.raises(errors.ChecksumError):
        numbers(session)


@pytest.mark.parametrize("action", ["data", "arrow"])
def test_one_bit_of_one_byte_is_changed(raw, sandbox, action):
    whole = raw(action).read()
    sandbox.faults.add(wrong_byte(70_000), operation=DOWNLOADS)

    changed = raw(action).read()

    assert [place for place in range(len(whole)) if whole[place] != changed[place]] == [70_000]
    assert whole[70_000] ^ changed[70_000] == 1
    assert raw(action).read() == whole


@pytest.mark.parametrize("action", ["data", "arrow"])
def test_a_stream_ends_early_as_if_it_were_complete(raw, sandbox, action):
    whole = raw(action).read()
    sandbox.faults.add(cut_stream(100_000), operation=DOWNLOADS)

    assert raw(action).read() == whole[:100_000]


def test_a_connection_drops_in_the_midst(raw, sandbox):
    sandbox.faults.add(cut_stream(100_000, is_dropped=True), operation=DOWNLOADS)

    with pytest.raises(ProtocolError):
        raw("arrow").read()


def test_pyodps_reads_rows_whose_footer_has_metrics(session, sandbox):
    sandbox.faults.add(server_metrics('{"ServerIOCost": 7}'), operation="tunnel_data")

    assert sorted(numbers(session)) == list(range(1, 60_001))


def test_a_bomb_is_small_on_the_wire(raw, sandbox):
    word = (0x7FFFFFFF).to_bytes(4, "big")
    sandbox.faults.add(deflate_bomb(64 * 1024 * 1024, beginning=word), operation=DOWNLOADS)

    response = raw("arrow")
    content = response.read(decode_content=False)

    assert response.headers["Content-Encoding"] == "deflate"
    assert len(content) < 70_000
    assert zlib.decompress(content) == word + bytes(64 * 1024 * 1024)


@pytest.mark.parametrize("action", ["data", "arrow"])
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("deflate", "deflate"),
        ("gzip;q=1, Deflate;q=0.5", "deflate"),
        ("gzip, deflate;q=0", None),
        ("identity", None),
        ("zstd", None),
    ],
)
def test_streams_are_compressed_for_those_who_read_it(raw, action, accepted, encoding):
    whole = raw(action).read()

    response = raw(action, **{"Accept-Encoding": accepted})
    content = response.read(decode_content=False)

    assert response.headers.get("Content-Encoding") == encoding
    assert (zlib.decompress(content) if encoding else content) == whole
    assert (len(content) < len(whole)) is bool(encoding)


def test_batches_are_read_by_pyarrow_without_their_frames(raw):
    content = raw("arrow").read()
    pieces = [content[start : start + 65_536] for start in range(4, len(content) - 4, 65_540)]
    stream = b"".join(pieces)[: -4 if len(pieces[-1]) < 65_536 else None]
    schema = pa.schema([("order_id", pa.int64())])

    table = pa.ipc.open_stream(schema.serialize().to_pybytes() + stream).read_all()

    assert sorted(table["order_id"].to_pylist()) == list(range(1, 60_001))
