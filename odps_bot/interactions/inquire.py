"""Inquiries that need MaxCompute: enqueued here, answered by a worker."""

from typing import Literal

from odps_bot.input.request import Answer, Request
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.replies.inquiries import Inquiry, InstanceInquiry
from odps_bot.services import Services


def inquire(
    request: Request,
    services: Services,
    wants: Literal["status", "logview", "xflow"],
    project: str,
    instance_id: str,
    *,
    name: str = "",
) -> Answer:
    """Enqueue an inquiry about an instance, which the person called `name`, and say so."""
    name = name or instance_id
    inquiry = InstanceInquiry(
        wants=wants,
        project=project,
        instance_id=instance_id,
        name=name,
        **request.who,
        is_external=request.is_external,
        is_membership_unknown=request.is_membership_unknown,
    )
    return enqueue_inquiry(
        request, services, inquiry, note=f"Asking MaxCompute about {t.code(name)} …"
    )


def enqueue_inquiry(request: Request, services: Services, inquiry: Inquiry, *, note: str) -> Answer:
    """Enqueue an inquiry; `note` is shown meanwhile, unless the person clicked a button."""
    services.stores.ephemeral_replies.remember_address(request.interaction_id, request.address)
    services.stores.ephemeral_replies.ask(request.interaction_id, inquiry)
    services.jobs.answer_inquiries()
    return None if request.is_click else Message(f":mag: {note}")
