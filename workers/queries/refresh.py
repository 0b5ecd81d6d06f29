"""Answer how a run is doing now, for somebody who has clicked *Refresh* on its card."""

from odps_bot.messages import Message
from odps_bot.replies.inquiries import RefreshInquiry
from odps_bot.services import Services
from workers.polling.poll import refresh


def answer_refresh(inquiry: RefreshInquiry, services: Services) -> list[Message]:
    """Poll the run's instance; return nothing, because the card itself shows the answer."""
    run = services.stores.runs.get_readable(inquiry.run_id)
    if run is not None:
        refresh(run, services, is_shown_by_click=not inquiry.is_private)
    return []
