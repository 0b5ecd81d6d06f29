"""How a person is asked to approve other people's runs, chosen in the App Home."""

from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request
from odps_bot.services import Services
from odps_bot.store.preferences import ApprovalNotice


def choose_approvals(value: str, request: Request, services: Services) -> Answer:
    """Store the choice; the Home shows it."""
    if value not in set(ApprovalNotice):
        raise CommandError("This option is no longer available. Nothing was changed.")
    notice = ApprovalNotice(value)
    services.stores.preferences.choose_approvals(request.team_id, request.user_id, notice)
    return None
