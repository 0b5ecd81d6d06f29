"""*Refresh* on a card: ask MaxCompute how the run is doing now, for whoever looks at it."""

import msgspec

from odps_bot.authorization import require_permission
from odps_bot.input.request import Answer, Request
from odps_bot.policy.effective_role import Permission
from odps_bot.replies.inquiries import RefreshInquiry
from odps_bot.runs import Run
from odps_bot.services import Services


def refresh_run(run: Run, request: Request, services: Services) -> Answer:
    """Enqueue an inquiry whose answer takes the place of the card that was clicked."""
    require_permission(request, services, Permission.SEE)
    replies = services.stores.ephemeral_replies
    address = msgspec.structs.replace(request.address, replaces=True)
    replies.remember_address(request.interaction_id, address)
    inquiry = RefreshInquiry(**request.who, run_id=run.run_id, is_private=request.answers_question)
    replies.ask(request.interaction_id, inquiry)
    services.jobs.answer_inquiries()
    return None
