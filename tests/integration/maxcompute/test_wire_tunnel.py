import io
import json
import struct
import tracemalloc
import zlib
from datetime import timedelta

import pytest

from odps_bot.maxcompute import (
    HeldBackError,
    InvalidRequestError,
    MalformedResponseError,
    PermissionDeniedError,
)
from odps_bot.sandbox.maxcompute.engine.catalog import Column as CatalogColumn
from odps_bot.sandbox.maxcompute.engine.types import DataType as SandboxType
from odps_bot.sandbox.maxcompute.tunnel.rows import encode_rows
from tests.unit.maxcompute.tunnel.arrow_wire import messages, pieces, record_batch
from tests.unit.maxcompute.tunnel.row_wire import rows_stream

ID = "20260101000000123gabcdefgh2"
PATH = f"/tun/projects/test_project/instances/{ID}"

#: Three rows, recorded from PyODPS 0.13.2's writer, and the last of them alone.
THREE_ROWS = bytes.fromhex(
    "080212016119000000000000e03f200180c0ff7f8ebee6d5fdffffffff0108041204622c2063190000000000"
    "00f8bf200080c0ff7f86cab78ff8ffffffff0180c0ff7f00f0ffff7f06f8ffff7ffaefe9eeffffffffff01"
)
SCHEMA = {
    "columns": [
        {"name": "id", "type": "bigint"},
        {"name": "name", "type": "string"},
        {"name": "d", "type": "double"},
        {"name": "b", "type": "boolean"},
    ]
}
SESSION = json.dumps(
    {"DownloadID": "d1", "Status": "normal", "RecordCount": 3, "Schema": SCHEMA, "QuotaName": ""}
)


def instance(service):
    tunnel = service.endpoint.replace("/api", "/tun")
    return service.client(tunnel_endpoint=tunnel).get_instance(ID)


def error_body(code):
    return json.dumps({"Code": code, "Message": "no"})


def refuse_arrow(service):
    """Respond as services do that send rows only one by one."""
    service.reply(error_body("MethodNotAllowed"), http_status=405)


def test_where_arrow_is_refused_the_rows_come_one_by_one(service):
    service.reply(SESSION)
    refuse_arrow(service)
    service.reply(THREE_ROWS)

    download = instance(service).open_download()
    rows = list(download.rows())

    assert rows == [(1, "a", 0.5, True), (2, "b, c", -1.5, False), (None,) * 4]
    assert [column.name for column in download.columns] == ["id", "name", "d", "b"]
    assert service.sent == [
        f"POST {PATH}?downloads&curr_project=test_project",
        f"GET {PATH}?downloadid=d1&rowrange=%280%2C3%29&data&arrow&curr_project=test_project",
        f"GET {PATH}?downloadid=d1&rowrange=%280%2C3%29&data&curr_project=test_project",
    ]
    assert {request.headers["x-odps-tunnel-version"] for request in service.requests} == {"6"}


def test_the_host_of_the_tunnel_is_requested_once(service):
    host = service.endpoint.removeprefix("http://").replace("/api", "/tun")
    service.reply(f"{host}\n", SESSION, SESSION)
    client = service.client()

    for _ in range(2):
        client.get_instance(ID).open_download()

    assert [sent.split("?")[0] for sent in service.sent] == [
        "GET /api/projects/test_project/tunnel",
        f"POST {PATH}",
        f"POST {PATH}",
    ]


def test_a_host_that_is_none_is_malformed(service):
    service.reply("<html>")

    with pytest.raises(MalformedResponseError):
        service.client().get_instance(ID).open_download()


@pytest.mark.parametrize("host", ["h:99999999", ":", "[", "h]"])
def test_a_host_that_nobody_can_reach_is_malformed(service, host):
    service.reply(host)

    with pytest.raises(MalformedResponseError):
        service.client().get_instance(ID).open_download()


def test_opening_a_download_is_repeated_in_trouble(service):
    service.reply(error_body("SlotExceeded"), "<html>", http_status=503)
    service.reply(SESSION)

    assert instance(service).open_download().row_count == 3


def test_a_protected_project_gives_fewer_rows(service):
    service.reply(error_body("NoPermission"), http_status=403)
    service.reply(SESSION)

    download = instance(service).open_download()

    assert download.is_limited
    assert "instance_tunnel_limit_enabled" in service.requests[1].params


def test_requesting_all_rows_of_a_protected_project_is_denied(service):
    service.reply(error_body("NoPermission"), http_status=403)

    with pytest.raises(PermissionDeniedError):
        instance(service).open_download(is_limited=False)

    assert len(service.requests) == 1


def test_what_is_no_select_has_no_rows(service):
    service.reply(error_body("InstanceTypeNotSupported"), http_status=400)

    with pytest.raises(InvalidRequestError):
        instance(service).open_download()


def stream(rows):
    columns = [CatalogColumn(name="id", type=SandboxType("bigint"))]
    return b"".join(encode_rows(columns, rows))


ONE_COLUMN = SESSION.replace(json.dumps(SCHEMA["columns"]), json.dumps(SCHEMA["columns"][:1]))
TEN_ROWS = [(10**15 + number,) for number in range(10)]
TEN = ONE_COLUMN.replace('"RecordCount": 3', '"RecordCount": 10')


def test_a_broken_connection_goes_on_where_it_broke(service):
    service.reply(TEN)
    refuse_arrow(service)
    service.reply(stream(TEN_ROWS), fault="cut")  # behind the fifth row, the fifth unconfirmed
    service.reply("", fault="reset")
    service.reply(stream(TEN_ROWS[4:]))

    rows = list(instance(service).open_download().rows())

    ranges = [request.params["rowrange"] for request in service.requests[2:]]
    assert rows == TEN_ROWS
    assert ranges == ["(0,10)", "(4,6)", "(4,6)"]


def test_rows_that_stay_broken_are_an_error(service):
    service.reply(TEN)
    refuse_arrow(service)
    service.reply(stream(TEN_ROWS[:1])[:-1])

    with pytest.raises(MalformedResponseError):
        list(instance(service).open_download().rows())

    assert len(service.requests) == 6


@pytest.mark.parametrize("number", [0, 4, 11])
def test_fewer_or_more_rows_than_announced_are_an_error(service, number):
    service.reply(TEN, stream(TEN_ROWS[:4]), stream((TEN_ROWS * 2)[:number]))

    with pytest.raises(MalformedResponseError, match=r"Expected \d+ rows"):
        list(instance(service).open_download().rows())


def test_rows_can_be_written_to_a_file(service):
    service.reply(SESSION, THREE_ROWS)
    file = io.StringIO()

    written = instance(service).open_download().write_csv(file)

    assert written == 3
    assert file.getvalue() == (
        '"id","name","d","b"\r\n1,"a",0.5,True\r\n2,"b, c",-1.5,False\r\n,,,\r\n'
    )


def test_memory_stays_the_same_however_many_rows_come(service, tmp_path):
    column = [CatalogColumn(name="id", type=SandboxType("string"))]
    body = b"".join(encode_rows(column, [("x" * 1000,)] * 1_000))
    service.reply(ONE_COLUMN.replace(": 3", ": 1000").replace("bigint", "string"), body)
    download = instance(service).open_download()
    tracemalloc.start()

    try:
        with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            written = download.write_csv(file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert written == 1_000
    assert peak < len(body) / 2


ROWS = [(number, f"name {number}", number / 4, number % 2 == 0) for number in range(20_000)]
TYPES = ("bigint", "string", "double", "boolean")
MANY = SESSION.replace('"RecordCount": 3', '"RecordCount": 20000')


def arrow(rows):
    parts = [rows[start : start + 5_000] for start in range(0, len(rows), 5_000)]
    return pieces(messages(*(record_batch(TYPES, part) for part in parts)))


def test_arrow_takes_two_requests_and_is_what_was_asked_for(service):
    service.reply(MANY, arrow(ROWS))

    rows = list(instance(service).open_download().rows())

    assert rows == ROWS
    assert service.sent[1:] == [
        f"GET {PATH}?downloadid=d1&rowrange=%280%2C20000%29&data&arrow&curr_project=test_project"
    ]


def test_a_slice_is_asked_for_as_arrow(service):
    service.reply(MANY, arrow(ROWS[100:400]))

    rows = list(instance(service).open_download().rows(100, 300))

    assert rows == ROWS[100:400]
    assert service.requests[1].params["rowrange"] == "(100,300)"


@pytest.mark.parametrize("wbits", [15, -15])
def test_rows_come_deflated(service, wbits):
    stream = zlib.compressobj(wbits=wbits)
    service.reply(MANY)
    service.reply(
        stream.compress(arrow(ROWS)) + stream.flush(), headers={"Content-Encoding": "deflate"}
    )

    assert list(instance(service).open_download().rows()) == ROWS
    assert service.requests[1].headers["Accept-Encoding"] == "deflate"


def test_arrow_that_breaks_goes_on_with_the_rows_that_are_missing(service):
    service.reply(MANY)
    service.reply(arrow(ROWS), fault="cut")  # at half of it
    service.reply(lambda request: (arrow(ROWS[first_row(request) :]),))

    assert list(instance(service).open_download().rows()) == ROWS
    assert "arrow" in service.requests[2].params
    assert 0 < first_row(service.requests[2]) < 20_000


def test_arrow_that_cannot_be_read_is_read_row_by_row_from_there(service):
    broken = bytearray(arrow(ROWS))
    broken[-100_000] ^= 1
    service.reply(MANY, bytes(broken))
    service.reply(lambda request: (rows_stream(TYPES, ROWS[first_row(request) :]),))

    assert list(instance(service).open_download().rows()) == ROWS
    assert 0 < first_row(service.requests[2]) < 20_000
    assert "arrow" not in service.requests[2].params
    assert len(service.requests) == 3


def test_a_service_that_ignores_the_wish_for_arrow_is_read(service):
    service.reply(SESSION, THREE_ROWS)

    assert next(instance(service).open_download().rows()) == (1, "a", 0.5, True)
    assert "arrow" not in service.requests[2].params


def test_arrow_is_refused_once_for_all_slices(service):
    service.reply(SESSION)
    refuse_arrow(service)
    service.reply(THREE_ROWS)
    download = instance(service).open_download()

    assert list(download.rows()) == list(download.rows())
    assert ["arrow" in request.params for request in service.requests[1:]] == [True, False, False]


def test_types_that_arrow_does_not_have_are_not_asked_for_as_arrow(service):
    service.reply(SESSION.replace('"double"', '"array<double>"'), THREE_ROWS)

    with pytest.raises(MalformedResponseError):
        list(instance(service).open_download().rows())
    assert all("arrow" not in request.params for request in service.requests)


@pytest.mark.parametrize("type_", ["bigint", "array<bigint>"])
def test_a_bomb_ends_in_an_error_without_filling_the_memory(service, type_):
    stream = zlib.compressobj(9)
    megabyte = bytes(2**20)
    bomb = stream.compress(struct.pack(">I", 2**16))
    bomb += b"".join(stream.compress(megabyte) for _ in range(200)) + stream.flush()
    assert len(bomb) < 300_000
    service.reply(ONE_COLUMN.replace("bigint", type_))
    service.reply(bomb, headers={"Content-Encoding": "deflate"})
    download = instance(service).open_download()
    tracemalloc.start()

    try:
        with pytest.raises(MalformedResponseError):
            list(download.rows())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 10 * 2**20


def test_other_encodings_are_an_error(service):
    service.reply(SESSION)
    service.reply(b"x", headers={"Content-Encoding": "br"})

    with pytest.raises(MalformedResponseError, match="encoding"):
        list(instance(service).open_download().rows())


def test_reading_ends_when_there_is_no_time_left(service):
    left = iter([timedelta(minutes=1)] * 6)
    service.reply(MANY, arrow(ROWS))
    tunnel = service.endpoint.replace("/api", "/tun")
    client = service.client(tunnel_endpoint=tunnel, time_left=lambda: next(left, timedelta()))

    with pytest.raises(HeldBackError):
        list(client.get_instance(ID).open_download().rows())


def first_row(request):
    return int(request.params["rowrange"].strip("()").split(",")[0])
