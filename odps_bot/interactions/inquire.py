"""Inquiries that need MaxCompute: enqueued here, answered by a worker."""

from datetime import timedelta
from typing import Literal

from odps_bot.input.request import Answer, Request
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.replies.inquiries import Inquiry, InstanceInquiry
from odps_bot.services import Services

#: Whoever has no answer by then is told that it is being worked on. Not before: Slack lets nobody
#: replace the response to a command, so the note would stay above the answer.
NOTE_AFTER = timedelta(seconds=2)


def inquire(
    request: Request,
    services: Services,
    wants: Literal["status", "why", "logview", "history", "xflow"],
    project: str,
    instance_id: str,
    *,
    name: str = "",
) -> Answer:
    """Enqueue an inquiry about an instance, which the person called `name`."""
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
        request, services, inquiry, note=f"Still asking MaxCompute about {t.code(name)} …"
    )


def enqueue_inquiry(request: Request, services: Services, inquiry: Inquiry, *, note: str) -> Answer:
    """Enqueue an inquiry; its answer is all that the person sees, or `note` before it comes late.

    What was clicked stays until it is replaced: that needs no note.
    """
    replies, interaction_id = services.stores.ephemeral_replies, request.interaction_id
    replies.remember_address(interaction_id, request.address)
    if not (request.is_click or request.answers_question):
        replies.give_unless_answered(interaction_id, Message(f":mag: {note}"), within=NOTE_AFTER)
    replies.ask(interaction_id, inquiry)
    services.jobs.answer_inquiries()
    return None
