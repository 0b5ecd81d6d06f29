"""The host of the instance tunnel.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-of-tunnel
"""

import re
from urllib.parse import urlsplit

from odps_bot.maxcompute.errors import InvalidArgumentError, MalformedResponseError
from odps_bot.maxcompute.http.exchange import Request
from odps_bot.maxcompute.http.transport import Transport
from odps_bot.maxcompute.wire import decode

_HOST = re.compile(r"[A-Za-z0-9.:/_\[\]-]+")


class TunnelEndpoint:
    """Connects to the tunnel's host; the service is asked for it once, unless it is given."""

    def __init__(self, rest: Transport, *, project: str, address: str | None) -> None:
        self._rest = rest
        self._project = project
        self._tunnel = rest.at(address) if address else None

    def transport(self) -> Transport:
        """Return the transport to the tunnel's host."""
        if self._tunnel is None:
            request = Request(
                method="GET", path=("projects", self._project, "tunnel"), params={"service": ""}
            )
            host = decode(self._rest.send(request).body).strip()
            if not _HOST.fullmatch(host):
                raise MalformedResponseError("The response does not name the tunnel's host.")
            try:
                self._tunnel = self._rest.at(f"{urlsplit(self._rest.endpoint).scheme}://{host}")
            except InvalidArgumentError as error:
                raise MalformedResponseError(
                    "The response does not name the tunnel's host."
                ) from error
        return self._tunnel

    def close(self) -> None:
        """Close the connections."""
        if self._tunnel is not None:
            self._tunnel.close()
