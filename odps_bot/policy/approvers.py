"""Who can approve a run that needs a second person. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from odps_bot.config.rules import Project, Role, Rules
from odps_bot.policy.effective_role import EffectiveRole, effective_role_of

#: Members of a group by its id; None: Slack has not said who they are.
Members = Mapping[str, frozenset[str] | None]


@dataclass(frozen=True, kw_only=True)
class Approvers:
    """Those who can approve a run, other than its requester."""

    users: tuple[str, ...] = ()  #: by name, in the rules
    groups: tuple[str, ...] = ()  #: user groups with a member who can, or may turn out to
    is_anyone: bool = False  #: the role that everybody has suffices, in the run's channel

    @property
    def is_nobody(self) -> bool:
        """Whether it is certain that no one else can."""
        return not (self.users or self.groups or self.is_anyone)

    @property
    def named(self) -> tuple[str, ...]:
        """The groups and people, to be mentioned."""
        return (*self.groups, *self.users)

    def people(self, members: Members) -> frozenset[str]:
        """Return all of them who are known, without those who can because anyone can."""
        in_groups = (members.get(group) or frozenset() for group in self.groups)
        return frozenset(self.users).union(*in_groups)


def may_approve(
    user_id: str, effective: EffectiveRole, groups: Collection[str], project: Project
) -> bool:
    """Return whether the person may approve in the project, where they have this role.

    `groups` are the user groups to which they belong.
    """
    if project.approver_ids:
        is_named = user_id in project.approver_ids or any(
            group in project.approver_ids for group in groups
        )
        return is_named and effective.role.includes(Role.VIEWER)
    return effective.role.includes(project.approvers)


def approvers_of(
    project: Project,
    *,
    rules: Rules,
    channel_id: str,
    requester: str,
    members: Members,
) -> Approvers:
    """Return who can approve what the requester wants to run in the channel.

    `members` are those of the groups that the rules name.
    """

    def can(user_id: str) -> bool:
        groups = [group for group, people in members.items() if people and user_id in people]
        effective = effective_role_of(
            user_id, channel_id=channel_id, groups=groups, is_external=False, rules=rules
        )
        return user_id != requester and may_approve(user_id, effective, groups, project)

    channel = rules.channel(channel_id)
    named = project.approver_ids or (*rules.groups, *rules.users)
    needed = Role.VIEWER if project.approver_ids else project.approvers
    is_enough_here = channel.highest_role.includes(needed)

    def may_have_one(group: str) -> bool:
        if not project.approver_ids and not rules.groups[group].includes(needed):
            return False
        people = members.get(group)
        return is_enough_here if people is None else any(map(can, people))

    groups = tuple(one for one in named if is_group(one) and may_have_one(one))
    users = tuple(one for one in named if not is_group(one) and can(one))
    # Nobody else sees a card in a direct message.
    is_anyone = (
        not project.approver_ids
        and rules.default_role.includes(needed)
        and is_enough_here
        and not channel_id.startswith("D")
    )
    return Approvers(users=users, groups=groups, is_anyone=is_anyone)


def is_group(identifier: str) -> bool:
    """Return whether it is the id of a user group, rather than of a person."""
    return identifier.startswith("S")
