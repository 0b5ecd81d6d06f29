"""May this person do this here? Asked by every command, and again at every click."""

from odps_bot.commands.request import Request
from odps_bot.errors import DeniedError
from odps_bot.messages import denials
from odps_bot.policy.standing import DEED_OF, Deed, Standing, standing_of
from odps_bot.policy.statements import StatementClass
from odps_bot.services import Services


def standing(request: Request, services: Services) -> Standing:
    """Return where the person stands in the channel."""
    rules = services.rules
    groups = services.memberships.groups_of(request.user_id, rules.groups) if rules.groups else ()
    return standing_of(
        request.user_id,
        channel_id=request.channel_id,
        groups=groups,
        is_stranger=request.is_stranger,
        rules=rules,
    )


def demand(request: Request, services: Services, deed: Deed, *, project: str | None = None) -> None:
    """Raise DeniedError unless the person may do this here, in the project."""
    stands = standing(request, services)
    denial = stands.denial(deed, project=project)
    if denial is not None:
        contact = services.rules.contact
        raise DeniedError(denials.denied(denial, channel=stands.channel, contact=contact))


def demand_statement(
    request: Request, services: Services, what: StatementClass, *, project: str
) -> None:
    """Raise DeniedError unless the person may run a statement of this class in the project now."""
    demand(request, services, DEED_OF[what], project=project)
    if what is StatementClass.READ:
        return
    lock = services.locks.get(project)
    if lock is not None:
        raise DeniedError(denials.locked(lock))
