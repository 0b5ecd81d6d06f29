"""The endpoints of one service: its REST API, its tunnel and its Logview."""

from dataclasses import dataclass, replace
from typing import Self

from odps_bot.maxcompute.connections import Connections
from odps_bot.maxcompute.held_polls import HeldPolls
from odps_bot.maxcompute.http.interactive_transport import InteractiveTransport
from odps_bot.maxcompute.http.rest import Rest
from odps_bot.maxcompute.http.transport import Transport
from odps_bot.maxcompute.logview import LogviewAddresses
from odps_bot.maxcompute.models.instances import is_interactive_id
from odps_bot.maxcompute.tunnel.endpoint import TunnelEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What an instance sends its requests through. Thread-safe."""

    rest: Rest
    tunnel: TunnelEndpoint
    logview: LogviewAddresses
    held_polls: HeldPolls
    interactive_held_polls: HeldPolls  #: other servers respond below `/mcqa`
    connections: Connections

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
            held_polls=HeldPolls(clock=rest.clock),
            interactive_held_polls=HeldPolls(clock=rest.clock),
            connections=Connections(rest),
        )

    def interactive(self, connection: str = "") -> Self:
        """Return the same for one interactive instance; tunnel and Logview are as for others."""
        return replace(self, rest=InteractiveTransport(self.rest, connection=connection))

    def of_instance(self, instance_id: str) -> Self:
        """Return what an instance's requests go through: interactive ones have their own way."""
        is_interactive = isinstance(self.rest, InteractiveTransport)
        if is_interactive is is_interactive_id(instance_id):
            return self
        if isinstance(self.rest, InteractiveTransport):
            return replace(self, rest=self.rest.rest)
        return self.interactive()

    def held_polls_of(self, instance_id: str) -> HeldPolls:
        """Return what is known of blocking polls of such instances: interactive ones or others."""
        return self.interactive_held_polls if is_interactive_id(instance_id) else self.held_polls

    def close(self) -> None:
        """Close all connections."""
        self.rest.close()
        self.tunnel.close()
