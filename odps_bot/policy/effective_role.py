"""What a person is allowed to do in a channel: what both the channel and their role allow. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.errors import Denial, DenialCode
from odps_bot.sql.classification import StatementClass


class Permission(StrEnum):
    """Something that needs a role."""

    SEE = "see"  #: see jobs
    READ = "read"  #: run read-only statements
    WATCH = "watch"  #: follow jobs that were started elsewhere
    SUBSCRIBE = "subscribe"  #: subscribe a channel to a project
    BOARD = "board"  #: put a board in a channel, and end it
    WRITE = "write"  #: change rows
    DEFINE = "define"  #: create or drop tables
    STOP_OTHERS = "stop_others"  #: stop other people's jobs
    SEE_UNATTRIBUTED = "see_unattributed"  #: see jobs of which nobody can tell whose they are
    ADMINISTER = "administer"  #: run statements about permissions or settings, or unproven ones
    LOCK = "lock"  #: lock a project


NEEDED: Mapping[Permission, Role] = MappingProxyType(
    {
        Permission.SEE: Role.VIEWER,
        Permission.READ: Role.RUNNER,
        Permission.WATCH: Role.RUNNER,
        Permission.SUBSCRIBE: Role.RUNNER,
        Permission.BOARD: Role.RUNNER,
        Permission.WRITE: Role.WRITER,
        Permission.DEFINE: Role.OPERATOR,
        Permission.STOP_OTHERS: Role.OPERATOR,
        Permission.SEE_UNATTRIBUTED: Role.ADMIN,
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

    def allows(self, permission: Permission, *, project: str | None = None) -> bool:
        """Return whether they are allowed to do it here, in the project."""
        return self.denial(permission, project=project) is None

    def denial(self, permission: Permission, *, project: str | None = None) -> Denial | None:
        """Return what is missing, or None if nothing is."""
        needed = NEEDED[permission]
        if not self.personal.includes(needed):
            code, has = DenialCode.ROLE, self.personal
        elif not self.channel.highest_role.includes(needed):
            code, has = DenialCode.CHANNEL, self.channel.highest_role
        elif project is not None and not self.channel.allows(project):
            code, has = DenialCode.PROJECT, self.role
        else:
            return None
        return Denial(
            code=code, permission=permission, needed=needed, has=has, project=project or ""
        )


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
