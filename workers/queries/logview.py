"""Answer with a link to MaxCompute's own page of an instance."""

from datetime import timedelta

from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Message
from odps_bot.messages.replies import ephemeral
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.services import Services


def answer_logview(inquiry: InstanceInquiry, services: Services) -> Message:
    """Return the link, for the eyes of whoever asked only. Raises MaxComputeError."""
    client, settings = services.maxcompute.of(inquiry.project, Purpose.QUERY), services.settings
    if settings.logview_style == "job-insight":
        address = client.get_job_insight_address(inquiry.instance_id, project=inquiry.project)
        return ephemeral.logview_link(address, name=inquiry.name, life_in_words=None)
    # A token is given for any id: ask first whether there is such an instance.
    client.get_instance(inquiry.instance_id, project=inquiry.project).get_status()
    address = client.get_logview_address(
        inquiry.instance_id, project=inquiry.project, life=settings.logview_life
    )
    life = f"{settings.logview_life / timedelta(hours=1):g} h"
    return ephemeral.logview_link(address, name=inquiry.name, life_in_words=life)
