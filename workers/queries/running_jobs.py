"""The jobs of a project that have not ended, as MaxCompute lists them."""

from odps_bot.maxcompute import InstanceStatus, QueueingInfo
from odps_bot.maxcompute_clients import Purpose
from odps_bot.services import Services

#: As many as MaxCompute puts on one page.
MOST_INSTANCES = 1_000


def running_infos(project: str, services: Services) -> list[QueueingInfo]:
    """Return the jobs of a project that have not ended: one request. Raises MaxComputeError."""
    client = services.maxcompute.of(project, Purpose.QUERY)
    return list(
        client.list_queueing_infos(
            project=project, status=InstanceStatus.RUNNING, limit=MOST_INSTANCES
        )
    )
