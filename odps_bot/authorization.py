"""May this person do this here, now? Asked by every command, and again at every click."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from odps_bot.config.rules import Channel
from odps_bot.errors import Denial, DenialCode, DeniedError
from odps_bot.messages import denials
from odps_bot.policy.approvers import Approvers, approvers_of, may_approve
from odps_bot.policy.effective_role import (
    PERMISSION_OF,
    EffectiveRole,
    Permission,
    effective_role_of,
)
from odps_bot.policy.foreign_projects import foreign_projects
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.sql.classification import Classification, StatementClass, classify
from odps_bot.store.pipelined import Pipelined, together
from odps_bot.store.project_locks import ProjectLock

ANY_CHANNEL = Channel()


class Principal(Protocol):
    """Who acts where: a request, or a member of a channel."""

    @property
    def user_id(self) -> str:
        """The person."""

    @property
    def channel_id(self) -> str:
        """Where; empty in the App Home."""

    @property
    def is_external(self) -> bool:
        """Whether they are not known to belong to the workspace or its organization."""

    @property
    def is_membership_unknown(self) -> bool:
        """Whether Slack has not said to whom they belong."""


class Requested(Protocol):
    """What a person has requested in a project: a run, or what an approval of one holds for."""

    @property
    def user_id(self) -> str:
        """The person."""

    @property
    def channel_id(self) -> str:
        """Where."""

    @property
    def project(self) -> str:
        """The project."""


@dataclass(frozen=True, kw_only=True)
class ChannelMember:
    """A person in a channel, outside of any request."""

    user_id: str
    channel_id: str
    is_external: bool = False
    is_membership_unknown: bool = False  #: Slack has not said to whom they belong


@dataclass(frozen=True, kw_only=True)
class Access:
    """What Redis knows about what a person may do; what is not given to a function, it reads."""

    groups: Sequence[str]  #: of those that have a role, to which the person belongs
    locks: Mapping[str, ProjectLock]  #: by project


def reading_access(user_id: str, services: Services) -> Pipelined[Access]:
    """Return what reads it."""
    return together(
        Access,
        groups=services.stores.memberships.reading(user_id, services.rules.groups),
        locks=services.stores.locks.reading(),
    )


def effective_role(
    principal: Principal, services: Services, access: Access | None = None
) -> EffectiveRole:
    """Return the role that the person has in the channel."""
    rules, memberships = services.rules, services.stores.memberships
    groups = access.groups if access else memberships.groups_of(principal.user_id, rules.groups)
    return effective_role_of(
        principal.user_id,
        channel_id=principal.channel_id,
        groups=groups,
        is_external=principal.is_external,
        rules=rules,
    )


def is_approver(principal: Principal, project: str, services: Services) -> bool:
    """Return whether the person can approve other people's runs in the project, there."""
    groups = services.stores.memberships.groups_of(principal.user_id, services.rules.group_ids)
    effective = effective_role_of(
        principal.user_id,
        channel_id=principal.channel_id,
        groups=groups,
        is_external=principal.is_external,
        rules=services.rules,
    )
    return may_approve(principal.user_id, effective, groups, services.rules.project(project))


def is_named_approver(user_id: str, services: Services) -> bool:
    """Return whether the rules name the person, or a group of theirs, to approve something."""
    rules = services.rules
    groups = services.stores.memberships.groups_of(user_id, rules.group_ids)
    personal = effective_role_of(
        user_id, channel_id="", groups=groups, is_external=False, rules=rules
    ).personal
    anywhere = EffectiveRole(personal=personal, channel=ANY_CHANNEL)
    is_named = user_id in rules.users or bool(groups)
    return any(
        may_approve(user_id, anywhere, groups, project)
        for project in map(rules.project, services.settings.projects)
        if (project.approve or project.above_cap == "approve")
        and (is_named or project.approver_ids)
    )


def can_decide_apart(run: Run, principal: Principal, services: Services) -> bool:
    """Return whether the person can decide on the run where its card is not: by name or group.

    What anyone with a role can approve, they approve in its channel only.
    """
    if run.question is None or run.question.is_for_requester or principal.is_external:
        return False
    return is_asked_apart(run, principal, services)


def is_asked_apart(run: Requested, principal: Principal, services: Services) -> bool:
    """Return whether the rules let the person approve what was requested, by name or group."""
    members = services.stores.memberships.members_of(services.rules.group_ids)
    return principal.user_id in approvers_for(run, services).people(members)


def approvers_for(run: Requested, services: Services) -> Approvers:
    """Return who can approve the run, other than its requester."""
    return approvers_of(
        services.rules.project(run.project),
        rules=services.rules,
        channel_id=run.channel_id,
        requester=run.user_id,
        members=services.stores.memberships.members_of(services.rules.group_ids),
    )


def require_permission(
    principal: Principal,
    services: Services,
    permission: Permission,
    *,
    project: str | None = None,
    unproven: str = "",
    access: Access | None = None,
) -> None:
    """Raise DeniedError unless the person may do this here, in the project.

    `unproven` says why a statement could not be verified.
    """
    role = effective_role(principal, services, access)
    _require(
        role,
        services,
        permission,
        user_id=principal.user_id,
        project=project,
        unproven=unproven,
        is_unknown=principal.is_membership_unknown,
    )


def require_permission_somewhere(
    principal: Principal, services: Services, permission: Permission
) -> None:
    """Raise DeniedError unless the person may do this, if a channel allows it."""
    personal = effective_role(principal, services).personal
    _require(
        EffectiveRole(personal=personal, channel=ANY_CHANNEL),
        services,
        permission,
        user_id=principal.user_id,
        is_unknown=principal.is_membership_unknown,
    )


def _require(
    role: EffectiveRole,
    services: Services,
    permission: Permission,
    *,
    user_id: str,
    project: str | None = None,
    unproven: str = "",
    is_unknown: bool,
) -> None:
    denial = role.denial(permission, project=project)
    if denial is not None:
        sentence = denials.denied(
            denial,
            channel=role.channel,
            contact=services.rules.contact,
            user_id=user_id,
            unproven=unproven,
            are_groups_known=services.stores.memberships.are_known(services.rules.groups),
            is_membership_known=not is_unknown,
        )
        raise DeniedError(sentence, denial)


def require_statement_permission(
    principal: Principal,
    services: Services,
    statement: Classification,
    *,
    project: str,
    access: Access | None = None,
) -> None:
    """Raise DeniedError unless the person is allowed to run the statement in the project now."""
    refuse_settings(statement, project=project)
    permission = PERMISSION_OF[statement.statement_class]
    require_permission(
        principal, services, permission, project=project, unproven=statement.unproven, access=access
    )
    require_cross_project_access(
        principal, services, statement, permission, project=project, access=access
    )
    if not statement.is_read:
        _refuse_locked(services, project, access)
    for other, done in _reach(statement, services, project=project).items():
        if done is not StatementClass.READ:
            _refuse_locked(services, other, access)
        if done.label in services.rules.project(other).approve:
            raise DeniedError(
                denials.needs_approval_there(other, done.label),
                Denial(code=DenialCode.APPROVAL_ELSEWHERE, project=other, detail=done.label),
            )


def require_cross_project_access(
    principal: Principal,
    services: Services,
    statement: Classification,
    permission: Permission,
    *,
    project: str,
    access: Access | None = None,
) -> None:
    """Raise DeniedError if names in the statement lead to a project that is not allowed here.

    That is any project that the bot does not use, unless a rule lets statements read from it.
    MaxCompute checks only the bot's account, which has access to all of them.
    """
    _refuse_foreign(statement, services, project=project, user_id=principal.user_id)
    for other in _reach(statement, services, project=project):
        require_permission(principal, services, permission, project=other, access=access)


def _reach(
    statement: Classification, services: Services, *, project: str
) -> dict[str, StatementClass]:
    """Return what the statement does to our other projects than the one it runs in."""
    others = {name.lower(): name for name in services.settings.projects if name != project}
    return {others[name]: done for name, done in statement.reach.items() if name in others}


def _refuse_foreign(
    statement: Classification, services: Services, *, project: str, user_id: str
) -> None:
    rules, served = services.rules.project(project), services.settings.projects
    certain = statement.projects_named(has_schemas=True)
    for name, done in foreign_projects(statement, served=served, rules=rules).items():
        raise DeniedError(
            denials.foreign_project(
                name,
                done,
                project=project,
                may_be_schema=name not in certain and not rules.schemas,
                contact=services.rules.contact,
                user_id=user_id,
            ),
            Denial(code=DenialCode.FOREIGN_PROJECT, project=name, detail=done.label),
        )


def _refuse_locked(services: Services, project: str, access: Access | None) -> None:
    lock = access.locks.get(project) if access else services.stores.locks.get(project)
    if lock is not None:
        raise DeniedError(
            denials.locked(lock),
            Denial(code=DenialCode.LOCKED, project=project, detail=lock.reason),
        )


def require_run_permission(
    run: Run,
    services: Services,
    access: Access | None = None,
    *,
    is_membership_unknown: bool = False,
) -> None:
    """Raise DeniedError unless the requester is allowed this run in its card's channel now."""
    requester = ChannelMember(
        user_id=run.user_id,
        channel_id=run.channel_id,
        is_external=run.is_external,
        is_membership_unknown=is_membership_unknown,
    )
    project = run.project
    if run.tracked_instance_id is not None:
        require_permission(requester, services, Permission.WATCH, project=project, access=access)
        return
    statement = classify(run.sql, run.hints)
    require_statement_permission(requester, services, statement, project=project, access=access)


def refuse_settings(statement: Classification, *, project: str) -> None:
    """Raise DeniedError for settings that would weaken a guard, whatever the person's role."""
    for setting in statement.forbidden_settings:
        raise DeniedError(
            denials.forbidden_setting(setting.key, setting.reason),
            Denial(code=DenialCode.FORBIDDEN_SETTING, project=project, detail=setting.key),
        )
