"""What a person is allowed to do in a channel: what both the channel and their role allow. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.sql.classification import StatementClass


class Permission(StrEnum):
    """Something that needs a role; the values complete "You need the role *x* to …"."""

    SEE = "see jobs"
    READ = "run read-only statements"
    WATCH = "follow jobs that were started elsewhere"
    SUBSCRIBE = "subscribe a channel to a project"
    WRITE = "change rows"
    DEFINE = "create or drop tables"
    STOP_OTHERS = "stop other people's jobs"
    ADMINISTER = "run statements about permissions or settings, or that I can't verify"
    LOCK = "lock a project"


NEEDED: Mapping[Permission, Role] = MappingProxyType(
    {
        Permission.SEE: Role.VIEWER,
        Permission.READ: Role.RUNNER,
        Permission.WATCH: Role.RUNNER,
        Permission.SUBSCRIBE: Role.RUNNER,
        Permission.WRITE: Role.WRITER,
        Permission.DEFINE: Role.OPERATOR,
        Permission.STOP_OTHERS: Role.OPERATOR,
        Permission.ADMINISTER: Role.ADMIN,
        Permission.LOCK: Role.OPERATOR,
    }
)

#: What running a statement of a class is.
PERMISSION_OF: Mapping[StatementClass, Permission] = MappingProxyType(
    {
        StatementClass.READ: Permission.READ,
        StatementClass.WRITE: Permission.WRITE,
        StatementClass.DDL: Permission.DEFINE,
        StatementClass.ADMIN: Permission.ADMINISTER,
        StatementClass.UNKNOWN: Permission.ADMINISTER,
    }
)


@dataclass(frozen=True, kw_only=True)
class EffectiveRole:
    """The role of a person in a channel."""

    personal: Role
    channel: Channel

    @property
    def role(self) -> Role:
        """The effective role: the lesser of the person's and the channel's."""
        return min(self.personal, self.channel.highest_role, key=lambda role: role.rank)

    def may(self, permission: Permission, *, project: str | None = None) -> bool:
        """Return whether they are allowed to do it here, in the project."""
        return self.denial(permission, project=project) is None

    def denial(self, permission: Permission, *, project: str | None = None) -> "Denial | None":
        """Return what is missing, or None if nothing is."""
        needed = NEEDED[permission]
        if not self.personal.includes(needed):
            return Denial(permission=permission, needed=needed, has=self.personal, lacks="role")
        if not self.channel.highest_role.includes(needed):
            return Denial(
                permission=permission, needed=needed, has=self.channel.highest_role, lacks="channel"
            )
        if project is not None and not self.channel.allows(project):
            return Denial(
                permission=permission,
                needed=needed,
                has=self.role,
                lacks="project",
                project=project,
            )
        return None


@dataclass(frozen=True, kw_only=True)
class Denial:
    """Why somebody is not allowed to do something."""

    permission: Permission
    needed: Role
    has: Role  #: of the person, or the highest that the channel allows
    lacks: str  #: ``role``, ``channel`` or ``project``
    project: str | None = None

    def __str__(self) -> str:
        """Return the reason as plain text, for the audit trail."""
        if self.lacks == "project":
            return f"project {self.project} is not available in the channel"
        whose = "the channel allows" if self.lacks == "channel" else "the person has"
        return f"needs {self.needed} to {self.permission}; {whose} {self.has}"


def effective_role_of(
    user_id: str,
    *,
    channel_id: str,
    groups: Iterable[str],
    is_external: bool,
    rules: Rules,
) -> EffectiveRole:
    """Return the role of a person. People of other workspaces have none unless they are named."""
    named = [rules.users[user_id]] if user_id in rules.users else []
    named += [rules.groups[group] for group in groups if group in rules.groups]
    if not named:
        named = [Role.NONE if is_external else rules.default_role]
    # A person's own entry wins, even if it is lower than the default; of groups the highest wins.
    personal = named[0] if user_id in rules.users else max(named, key=lambda role: role.rank)
    return EffectiveRole(personal=personal, channel=rules.channel(channel_id))
