"""What a person may do in a channel: what the channel allows and the person's role allows. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.sql.classification import StatementClass


class Deed(StrEnum):
    """Something that a role is needed for."""

    SEE = "see how jobs stand"
    READ = "run statements that read"
    WATCH = "follow jobs that were started elsewhere"
    SUBSCRIBE = "subscribe a channel to a project"
    WRITE = "change rows"
    DEFINE = "define or drop tables"
    STOP_OTHERS = "stop other people's jobs"
    ADMINISTER = "run statements about rights and settings, or that I cannot understand"
    LOCK = "lock a project"


NEEDED: Mapping[Deed, Role] = MappingProxyType(
    {
        Deed.SEE: Role.VIEWER,
        Deed.READ: Role.RUNNER,
        Deed.WATCH: Role.RUNNER,
        Deed.SUBSCRIBE: Role.RUNNER,
        Deed.WRITE: Role.WRITER,
        Deed.DEFINE: Role.OPERATOR,
        Deed.STOP_OTHERS: Role.OPERATOR,
        Deed.ADMINISTER: Role.ADMIN,
        Deed.LOCK: Role.OPERATOR,
    }
)

#: What running a statement of a class is.
DEED_OF: Mapping[StatementClass, Deed] = MappingProxyType(
    {
        StatementClass.READ: Deed.READ,
        StatementClass.WRITE: Deed.WRITE,
        StatementClass.DDL: Deed.DEFINE,
        StatementClass.ADMIN: Deed.ADMINISTER,
        StatementClass.UNKNOWN: Deed.ADMINISTER,
    }
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a person stands in a channel."""

    personal: Role
    channel: Channel

    @property
    def role(self) -> Role:
        """The effective role: the lesser of the person's and the channel's."""
        return min(self.personal, self.channel.highest_role, key=lambda role: role.rank)

    def may(self, deed: Deed, *, project: str | None = None) -> bool:
        """Return whether they may do it here, in the project."""
        return self.denial(deed, project=project) is None

    def denial(self, deed: Deed, *, project: str | None = None) -> "Denial | None":
        """Return what is missing, or None when nothing is."""
        needed = NEEDED[deed]
        if not self.personal.includes(needed):
            return Denial(deed=deed, needed=needed, has=self.personal, lacks="role")
        if not self.channel.highest_role.includes(needed):
            return Denial(deed=deed, needed=needed, has=self.channel.highest_role, lacks="channel")
        if project is not None and not self.channel.allows(project):
            return Denial(deed=deed, needed=needed, has=self.role, lacks="project", project=project)
        return None


@dataclass(frozen=True, kw_only=True)
class Denial:
    """Why somebody may not do something."""

    deed: Deed
    needed: Role
    has: Role  #: of the person, or the highest that the channel allows
    lacks: str  #: ``role``, ``channel`` or ``project``
    project: str | None = None

    def __str__(self) -> str:
        """Say it in plain words, for the audit trail."""
        if self.lacks == "project":
            return f"the channel may not use the project {self.project}"
        whose = "the channel allows" if self.lacks == "channel" else "the person has"
        return f"to {self.deed} needs {self.needed}, {whose} {self.has}"


def standing_of(
    user_id: str,
    *,
    channel_id: str,
    groups: Iterable[str],
    is_stranger: bool,
    rules: Rules,
) -> Standing:
    """Return where a person stands. A stranger, of another workspace, has no role unless named."""
    named = [rules.users[user_id]] if user_id in rules.users else []
    named += [rules.groups[group] for group in groups if group in rules.groups]
    if not named:
        named = [Role.NONE if is_stranger else rules.default_role]
    # Being named for somebody decides, even for less than the default; of groups the highest does.
    personal = named[0] if user_id in rules.users else max(named, key=lambda role: role.rank)
    return Standing(personal=personal, channel=rules.channel(channel_id))
