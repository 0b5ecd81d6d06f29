"""Whether the host of Slack's WebSocket can be reached: name, TCP, TLS, and a proxy if one is set.

The WebSocket itself is not opened: Slack would send it what people type.
"""

import http.client
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from odps_bot.operations.doctor.finding import Finding, failed, ok

DEADLINE = timedelta(seconds=10)

PROXY_REMEDY = (
    "correct HTTPS_PROXY: http://HOST:PORT; in a password write %23 for #, %2F for /, %3A for :"
    " and %40 for @"
)

HTTPS_PORT, HTTP_PORT, PROXY_PORT = 443, 80, 80


def check_host(subject: str, url: str, *, deadline: timedelta = DEADLINE) -> Finding:
    """Check whether the host of a `wss://` address is reachable the way the bot would do it."""
    target = urlsplit(url)
    way = f"{target.hostname}:{_port(target)}"
    try:
        proxy = _proxy_for(target)
        if proxy is not None:
            way += f" through the proxy {proxy.hostname}:{proxy.port or PROXY_PORT}"
    except ValueError:
        # Its own words may quote a part of the proxy's password.
        return failed(subject, "the proxy's address is invalid", PROXY_REMEDY)
    try:
        _within(deadline, lambda: _connect(target, proxy, deadline))
    except (OSError, http.client.HTTPException) as error:
        says, remedy = _explained(error, deadline)
        return failed(subject, f"cannot reach {way}: {says}", remedy)
    return ok(subject, f"{way} is reachable")


def _port(target: SplitResult) -> int:
    return target.port or (HTTPS_PORT if target.scheme == "wss" else HTTP_PORT)


def _proxy_for(target: SplitResult) -> SplitResult | None:
    """Return the proxy that the WebSocket client takes from the environment."""
    proxies = getproxies_environment()
    address = proxies.get("https" if target.scheme == "wss" else "http")
    if not address or proxy_bypass(target.hostname or ""):
        return None
    return urlsplit(address if "://" in address else f"http://{address}")


def _connect(target: SplitResult, proxy: SplitResult | None, timeout: timedelta) -> None:
    host, port = target.hostname or "", _port(target)
    first_host, first_port = host, port
    if proxy is not None:
        first_host, first_port = proxy.hostname or "", proxy.port or PROXY_PORT
    is_tls = target.scheme == "wss"
    connect = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
    connection = connect(first_host, first_port, timeout=timeout.total_seconds())
    if proxy is not None:
        connection.set_tunnel(host, port, headers=_authorization(proxy))
    try:
        connection.connect()
    finally:
        connection.close()


def _authorization(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _within(deadline: timedelta, work: Callable[[], None]) -> None:
    """Do it, or raise TimeoutError: looking up a name has no timeout of its own."""
    raised: list[Exception] = []

    def do() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  -- raised again below
            raised.append(error)

    thread = threading.Thread(target=do, name="reach", daemon=True)
    thread.start()
    thread.join(deadline.total_seconds())
    if thread.is_alive():
        raise TimeoutError
    if raised:
        raise raised[0]


def _explained(error: Exception, deadline: timedelta) -> tuple[str, str]:
    allow = "allow this machine to reach it: firewall, HTTPS_PROXY, NO_PROXY"
    if isinstance(error, socket.gaierror):
        remedy = "check the machine's DNS, or set HTTPS_PROXY if names are only resolved there"
        return f"cannot resolve the name ({error.strerror})", remedy
    if isinstance(error, TimeoutError):
        return f"no response within {deadline.total_seconds():g} s", allow
    if isinstance(error, ssl.SSLCertVerificationError):
        remedy = "if a proxy decrypts TLS, set SSL_CERT_FILE to its certificate"
        return f"its certificate is not trusted ({error.verify_message})", remedy
    return f"{type(error).__name__}: {error}", allow
