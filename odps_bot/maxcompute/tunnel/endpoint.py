"""The host of the instance tunnel.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/overview-of-tunnel
"""

import re
from urllib.parse import urlsplit

from odps_bot.maxcompute.errors import InvalidArgumentError, MalformedResponseError
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
            found = self._rest.get(("projects", self._project, "tunnel"), {"service": ""})
            host = decode(found.body).strip()
            scheme = urlsplit(self._rest.endpoint).scheme
            try:
                self._tunnel = self._rest.at(f"{scheme}://{host}" if _HOST.fullmatch(host) else "")
            except InvalidArgumentError as error:
                problem = "The response does not name the tunnel's host."
                raise MalformedResponseError(problem) from error
        return self._tunnel

    def close(self) -> None:
        """Close the connections."""
        if self._tunnel is not None:
            self._tunnel.close()
