"""A sandbox's servers that stop leave no connection open, whatever clients are at."""

import gc
import socket
import warnings
from urllib.parse import urlsplit

import pytest

from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing
from odps_bot.sandbox.slack import SlackSandbox

HOST = b"Host: 127.0.0.1\r\n"
BEGUN = {
    "nothing said": b"",
    "half a line": b"GET / HT",
    "half a body": b"POST /api/projects HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\nabc",
    "kept alive": b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a stream": b"GET /sandbox/events?user=U0ALICE HTTP/1.1\r\n" + HOST + b"\r\n",
}
#: The connections come right before the end: now one is caught while it is accepted, now another.
STARTS = 5


def maxcompute() -> tuple[MaxComputeSandbox, str]:
    server = MaxComputeSandbox(orders_rows=1, timing=Timing.instant())
    server.start()
    return server, server.endpoint


def slack() -> tuple[SlackSandbox, str]:
    server = SlackSandbox().start()
    return server, server.url


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
@pytest.mark.parametrize("start", [maxcompute, slack])
def test_no_connection_stays_open(start, begun, caplog):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(STARTS):
            server, url = start()
            address = urlsplit(url)
            clients = [socket.create_connection((address.hostname, address.port))]
            clients += [socket.create_connection((address.hostname, address.port))]
            for client in clients:
                client.sendall(begun)
            server.stop()
            for client in clients:
                client.close()
        del server
        gc.collect()

    assert [str(warning.message) for warning in caught] == []
    assert [record.getMessage() for record in caplog.records] == []
