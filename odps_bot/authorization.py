"""May this person do this here, now? Asked by every command, and again at every click."""

from dataclasses import dataclass
from typing import Protocol

from odps_bot.config.rules import Channel
from odps_bot.errors import DeniedError
from odps_bot.messages.replies import denials
from odps_bot.policy.effective_role import (
    PERMISSION_OF,
    EffectiveRole,
    Permission,
    effective_role_of,
)
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.sql.classification import Classification, StatementClass, classify

ANY_CHANNEL = Channel()


class Actor(Protocol):
    """Who acts where: a request, or a run in the name of its requester."""

    @property
    def user_id(self) -> str:
        """The person."""

    @property
    def channel_id(self) -> str:
        """Where; empty in the App Home."""

    @property
    def is_external(self) -> bool:
        """Whether they belong to another workspace."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A person of our workspace, outside of any request."""

    user_id: str
    channel_id: str
    is_external: bool = False


def effective_role(actor: Actor, services: Services) -> EffectiveRole:
    """Return where the person stands in the channel."""
    rules = services.rules
    groups = (
        services.stores.memberships.groups_of(actor.user_id, rules.groups) if rules.groups else ()
    )
    return effective_role_of(
        actor.user_id,
        channel_id=actor.channel_id,
        groups=groups,
        is_external=actor.is_external,
        rules=rules,
    )


def require_permission(
    actor: Actor,
    services: Services,
    permission: Permission,
    *,
    project: str | None = None,
    unproven: str = "",
) -> None:
    """Raise DeniedError unless the person may do this here, in the project.

    `unproven` says why a statement could not be verified.
    """
    _demand(
        effective_role(actor, services),
        services,
        permission,
        project=project,
        unproven=unproven,
    )


def require_permission_somewhere(actor: Actor, services: Services, permission: Permission) -> None:
    """Raise DeniedError unless the person may do this, if a channel allows it."""
    stands = EffectiveRole(personal=effective_role(actor, services).personal, channel=ANY_CHANNEL)
    _demand(stands, services, permission)


def _demand(
    stands: EffectiveRole,
    services: Services,
    permission: Permission,
    *,
    project: str | None = None,
    unproven: str = "",
) -> None:
    denial = stands.denial(permission, project=project)
    if denial is not None:
        said = denials.denied(
            denial,
            channel=stands.channel,
            contact=services.rules.contact,
            unproven=unproven,
            are_groups_known=services.stores.memberships.are_known(services.rules.groups),
        )
        raise DeniedError(said, detail=str(denial), project=project or "")


def require_statement_permission(
    actor: Actor, services: Services, statement: Classification, *, project: str
) -> None:
    """Raise DeniedError unless the person is allowed to run the statement in the project now."""
    refuse_settings(statement, project=project)
    permission = PERMISSION_OF[statement.statement_class]
    require_permission(actor, services, permission, project=project, unproven=statement.unproven)
    require_cross_project_access(actor, services, statement, permission, project=project)
    if not statement.is_read:
        _refuse_locked(services, project)
    for other, done in _reach(statement, services, project=project).items():
        if done is not StatementClass.READ:
            _refuse_locked(services, other)
        if done.label in services.rules.project(other).approve:
            raise DeniedError(
                denials.needs_approval_there(other, done.label),
                detail=f"{done.label} needs a second person there",
                project=other,
            )


def require_cross_project_access(
    actor: Actor,
    services: Services,
    statement: Classification,
    permission: Permission,
    *,
    project: str,
) -> None:
    """Raise DeniedError if names in the statement lead to a project that is not allowed here.

    MaxCompute checks only the bot's account, which has access to all of them.
    """
    for other in _reach(statement, services, project=project):
        require_permission(actor, services, permission, project=other)


def _reach(
    statement: Classification, services: Services, *, project: str
) -> dict[str, StatementClass]:
    """Return what the statement does to our other projects than the one it runs in."""
    others = {name.lower(): name for name in services.settings.projects if name != project}
    return {others[name]: done for name, done in statement.reach.items() if name in others}


def _refuse_locked(services: Services, project: str) -> None:
    lock = services.stores.locks.get(project)
    if lock is not None:
        raise DeniedError(
            denials.locked(lock), detail=f"the project is locked: {lock.reason}", project=project
        )


def require_run_permission(run: Run, services: Services) -> None:
    """Raise DeniedError unless the requester is allowed this run in its card's channel now."""
    if run.tracked_instance_id is not None:
        require_permission(run, services, Permission.WATCH, project=run.project)
    else:
        require_statement_permission(
            run, services, classify(run.sql, run.hints), project=run.project
        )


def refuse_settings(statement: Classification, *, project: str) -> None:
    """Raise DeniedError for settings that would weaken a guard, whatever the person's role."""
    for setting in statement.forbidden_settings:
        raise DeniedError(
            denials.forbidden_setting(setting.key, setting.reason),
            detail=f"the setting {setting.key}: {setting.reason}",
            project=project,
        )
