import io
import json
import tracemalloc

import pytest

from odps_bot.maxcompute import InvalidRequestError, MalformedResponseError, PermissionDeniedError
from odps_bot.sandbox.maxcompute.engine.catalog import Column as CatalogColumn
from odps_bot.sandbox.maxcompute.engine.types import DataType as SandboxType
from odps_bot.sandbox.maxcompute.tunnel_rows import encode_rows

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


def test_all_rows_take_two_requests(service):
    service.reply(SESSION, THREE_ROWS)

    download = instance(service).open_download()
    rows = list(download.rows())

    assert rows == [(1, "a", 0.5, True), (2, "b, c", -1.5, False), (None,) * 4]
    assert [column.name for column in download.columns] == ["id", "name", "d", "b"]
    assert service.sent == [
        f"POST {PATH}?downloads&curr_project=test_project",
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
    service.reply(stream(TEN_ROWS), fault="cut")  # behind the fifth row, the fifth unconfirmed
    service.reply("", fault="reset")
    service.reply(stream(TEN_ROWS[4:]))

    rows = list(instance(service).open_download().rows())

    ranges = [request.params["rowrange"] for request in service.requests[1:]]
    assert rows == TEN_ROWS
    assert ranges == ["(0,10)", "(4,6)", "(4,6)"]


def test_rows_that_stay_broken_are_an_error(service):
    service.reply(TEN, stream(TEN_ROWS[:1])[:-1])

    with pytest.raises(MalformedResponseError):
        list(instance(service).open_download().rows())

    assert len(service.requests) == 5


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
