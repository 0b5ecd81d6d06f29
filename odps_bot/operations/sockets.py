"""Addresses on which a process listens."""

import socket

from odps_bot.errors import OdpsBotError


def bind_socket(address: tuple[str, int], *, setting: str) -> socket.socket:
    """Return a socket that listens. Raises OdpsBotError, which names the setting, if it cannot."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server(address, family=family)
    except OSError as error:
        raise OdpsBotError(
            f"{setting}: cannot listen on {host}:{port}: {error.strerror}"
        ) from error
