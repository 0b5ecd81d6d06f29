"""A Redis behind TLS: believed only when the certificates that we were given vouch for it.

The embedded server speaks no TLS, so something in front of it does; its key opens nothing else.
"""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.config.settings import Settings
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.services import Services
from odps_bot.store.connections import listener_redis, worker_redis
from odps_bot.store.sentinels import Primary

TLS = Path(__file__).with_name("tls")
AUTHORITY = str(TLS / "authority.pem")


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def tls_port(redis_server: EmbeddedRedis) -> Iterator[int]:
    """The port of a server that takes TLS off what comes for Redis."""
    path = redis_server.url.partition("@")[2]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    open_sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def connect(plain: socket.socket) -> None:
        try:
            outside = context.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        inside = socket.socket(socket.AF_UNIX)
        inside.connect(path)
        open_sockets.extend([outside, inside])
        there = threading.Thread(target=pump, args=(outside, inside))
        there.start()
        pump(inside, outside)
        there.join()

    def accept() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                threads.append(threading.Thread(target=connect, args=(plain,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    accepting.join()
    for end in open_sockets:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()
    for end in open_sockets:
        end.close()


@pytest.fixture
def url(redis: Redis, redis_server: EmbeddedRedis, tls_port: int) -> str:
    """The address of an empty Redis, behind TLS."""
    password = redis_server.url.partition("://:")[2].partition("@")[0]
    return f"rediss://:{password}@127.0.0.1:{tls_port}/0"


@pytest.mark.parametrize("connect", [worker_redis, listener_redis])
def test_a_redis_that_the_given_certificates_vouch_for_is_believed(url, connect):
    with connect(url, ca_file=AUTHORITY) as client:
        assert client.ping()


def test_a_redis_that_nobody_vouches_for_is_not(url):
    with (
        listener_redis(url) as client,
        pytest.raises(RedisConnectionError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.ping()


def test_a_certificate_for_another_host_is_not_believed(url):
    other = url.replace("127.0.0.1", "localhost")
    with (
        listener_redis(other, ca_file=AUTHORITY) as client,
        pytest.raises(RedisConnectionError, match=r"mismatch|not valid for"),
    ):
        client.ping()


@pytest.mark.parametrize(
    ("announced", "option"),
    [("127.0.0.1", ""), ("localhost", ""), ("localhost", "?ssl_check_hostname=false")],
)
def test_a_primary_is_believed_by_the_name_that_the_sentinels_announce(
    monkeypatch, url, tls_port, announced, option
):
    monkeypatch.setattr(Primary, "find", lambda _: (announced, tls_port))
    monkeypatch.setattr(Primary, "current", lambda _: (announced, tls_port))
    password = url.partition("://:")[2].partition("@")[0]
    address = f"rediss+sentinel://:{password}@sentinel-1:26379/odps/0{option}"
    with listener_redis(address, ca_file=AUTHORITY) as client:
        if announced == "127.0.0.1" or option:
            assert client.ping()
        else:
            with pytest.raises(RedisConnectionError, match=r"mismatch|not valid for"):
                client.ping()


ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-nowhere",
    "ODPS_ENDPOINT": "http://127.0.0.1:9/api",
    "ODPS_PROJECTS": "sandbox",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "key-very-secret",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "ODPS_BOT_REDIS_CA": AUTHORITY,
}


def test_services_work_over_tls(url):
    settings = Settings.from_environ({**ENVIRON, "REDIS_URL": url})
    with listener_redis(settings.redis_url, ca_file=settings.redis_ca) as client:
        services = Services.from_settings(settings, redis=client)
        services.jobs.submit_run("x")

        assert services.jobs.waiting()["odps-bot-submit"] == 1


def test_the_command_line_is_told_by_a_variable_whom_to_believe(url):
    said = subprocess.run(
        [sys.executable, "-m", "odps_bot", "doctor"],
        env={**os.environ, **ENVIRON, "REDIS_URL": url, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "ok       redis: reachable at 127.0.0.1" in said.stdout, said.stdout + said.stderr
    assert "ok       redis privacy: a password is required" in said.stdout
