"""The endpoints of one service: its REST API, its tunnel and its Logview."""

from dataclasses import dataclass

from odps_bot.maxcompute.http.transport import Transport
from odps_bot.maxcompute.logview import LogviewAddresses
from odps_bot.maxcompute.tunnel.endpoint import TunnelEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What an instance sends its requests through. Thread-safe."""

    rest: Transport
    tunnel: TunnelEndpoint
    logview: LogviewAddresses

    def close(self) -> None:
        """Close all connections."""
        self.rest.close()
        self.tunnel.close()
