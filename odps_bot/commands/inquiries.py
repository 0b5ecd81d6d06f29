"""Questions that only MaxCompute can answer: booked here, answered by a worker."""

from typing import Literal

from odps_bot.commands.request import Answer, Request
from odps_bot.messages import answers
from odps_bot.messages import text as t
from odps_bot.outbox import Inquiry
from odps_bot.services import Services


def ask_maxcompute(
    request: Request,
    services: Services,
    *,
    wants: Literal["status", "logview"],
    instance_id: str,
    project: str,
    name: str,
) -> Answer:
    """Book the question and say that its answer will come."""
    services.private_answers.remember_address(request.ask_id, request.address)
    services.private_answers.ask(
        request.ask_id,
        Inquiry(
            wants=wants,
            project=project,
            instance_id=instance_id,
            name=name,
            channel_id=request.channel_id,
            user_id=request.user_id,
        ),
    )
    services.jobs.deliver()
    if request.is_click:
        return None
    return answers.plain(f":mag: Asking MaxCompute about {t.code(name)} …")
