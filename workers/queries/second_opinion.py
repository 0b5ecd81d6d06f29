"""What MaxCompute itself finds about a job, where the rules enable its OpenAPI."""

from odps_bot.openapi import SecondOpinion, ask_second_opinion
from odps_bot.services import Services


def second_opinion(project: str, instance_id: str, services: Services) -> SecondOpinion | None:
    """Return the vendor's view of a job, running or ended, which arrives within seconds or not.

    None where the OpenAPI is not enabled, is refused to the account, fails, or knows nothing.
    Everything in it is foreign text.
    """
    client = services.maxcompute.openapi(project)
    if client is None:
        return None
    return ask_second_opinion(client, project, instance_id, now=services.clock())
