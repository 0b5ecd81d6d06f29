"""May this person do this here, now? Asked by every command, and again at every click."""

from typing import Protocol

from odps_bot.errors import DeniedError
from odps_bot.messages import denials
from odps_bot.policy.standing import DEED_OF, Deed, Standing, standing_of
from odps_bot.policy.statements import Classification
from odps_bot.services import Services


class Actor(Protocol):
    """Who acts where: a request, or a run in the name of its requester."""

    @property
    def user_id(self) -> str:
        """The person."""

    @property
    def channel_id(self) -> str:
        """Where; empty in the App Home."""

    @property
    def is_stranger(self) -> bool:
        """Whether they belong to another workspace."""


def standing(actor: Actor, services: Services) -> Standing:
    """Return where the person stands in the channel."""
    rules = services.rules
    groups = services.memberships.groups_of(actor.user_id, rules.groups) if rules.groups else ()
    return standing_of(
        actor.user_id,
        channel_id=actor.channel_id,
        groups=groups,
        is_stranger=actor.is_stranger,
        rules=rules,
    )


def demand(
    actor: Actor, services: Services, deed: Deed, *, project: str | None = None, doubt: str = ""
) -> None:
    """Raise DeniedError unless the person may do this here, in the project.

    `doubt` says why a statement was not understood.
    """
    stands = standing(actor, services)
    denial = stands.denial(deed, project=project)
    if denial is not None:
        said = denials.denied(
            denial, channel=stands.channel, contact=services.rules.contact, doubt=doubt
        )
        raise DeniedError(said, detail=str(denial), project=project or "")


def demand_statement(
    actor: Actor, services: Services, statement: Classification, *, project: str
) -> None:
    """Raise DeniedError unless the person may run such a statement in the project now."""
    for setting in statement.forbidden_settings:
        raise DeniedError(
            denials.forbidden_setting(setting.key, setting.reason),
            detail=f"the setting {setting.key}: {setting.reason}",
            project=project,
        )
    deed = DEED_OF[statement.statement_class]
    demand(actor, services, deed, project=project, doubt=statement.doubt)
    lock = None if statement.is_read else services.locks.get(project)
    if lock is not None:
        raise DeniedError(denials.locked(lock), detail=f"locked by {lock.user_id}", project=project)
