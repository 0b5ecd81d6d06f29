"""The endpoints of one service: its REST API, its tunnel and its Logview."""

from dataclasses import dataclass
from typing import Self

from odps_bot.maxcompute.http.transport import Transport
from odps_bot.maxcompute.logview import LogviewAddresses
from odps_bot.maxcompute.tunnel.endpoint import TunnelEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What an instance sends its requests through. Thread-safe."""

    rest: Transport
    tunnel: TunnelEndpoint
    logview: LogviewAddresses

    @classmethod
    def behind(
        cls,
        rest: Transport,
        *,
        project: str,
        region: str | None,
        tunnel_address: str | None,
        logview_host: str | None,
        job_insight_host: str | None,
    ) -> Self:
        """Return the endpoints of the service that this transport reaches.

        The service is asked for the addresses that are None.
        """
        return cls(
            rest=rest,
            tunnel=TunnelEndpoint(rest, project=project, address=tunnel_address),
            logview=LogviewAddresses(
                rest, region=region, logview_host=logview_host, job_insight_host=job_insight_host
            ),
        )

    def close(self) -> None:
        """Close all connections."""
        self.rest.close()
        self.tunnel.close()
