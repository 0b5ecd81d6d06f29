"""Who acts: a member of the workspace or organization that has the app, or an external person.

In channels that workspaces share, people of others act too, and Slack's payloads name theirs. What
they name differs by payload:

- a slash command and a modal name the workspace in which the person acts;
- a click names the workspace that has the app (`team`), whoever clicks, and the person's home
  (`user.team_id`), which in an Enterprise organization is any of its workspaces, or itself;
- an event names its author's home (`user_team`, else `team`; messages with files may lack both),
  and whether the channel is shared with another organization (`is_ext_shared_channel`).

So a colleague's click cannot always be told from an external person's: it is `UNKNOWN` then, which
allows as little as external, and is said to be so.

https://docs.slack.dev/apis/slack-connect · https://docs.slack.dev/enterprise
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from slack_bolt import BoltContext

#: Payloads whose `team` is where the person acts, so that it is ours for nobody external.
ACTED_IN = frozenset({"view_submission", "shortcut"})


class Membership(StrEnum):
    """Whether somebody belongs to the workspace, or to its organization."""

    MEMBER = "member"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """For which installation somebody acts, and whether they belong to it."""

    team_id: str  #: of the installation
    membership: Membership

    @property
    def is_external(self) -> bool:
        """Whether they are not known to belong to the workspace or its organization."""
        return self.membership is not Membership.MEMBER

    @property
    def is_membership_unknown(self) -> bool:
        """Whether Slack has not said to whom they belong."""
        return self.membership is Membership.UNKNOWN


@dataclass(frozen=True, kw_only=True)
class _Ids:
    """Ids of workspaces and organizations, where they are known."""

    workspace: str | None
    organization: str | None

    @classmethod
    def of(cls, workspace: Any, organization: Any) -> "_Ids":
        """Return both; the id of an organization is one wherever it stands."""
        workspace, organization = _id(workspace), _id(organization)
        if _is_organization(workspace):
            return cls(workspace=None, organization=organization or workspace)
        return cls(workspace=workspace, organization=organization)


def actor_of(
    body: Mapping[str, Any], context: BoltContext, *, user_team: str | None = None
) -> Actor:
    """Return who acts, by a payload of any kind; `user_team` is what an event says of its author.

    Whoever's workspace is not named is not a member.
    """
    team, user = body.get("team"), body.get("user")
    named_team = _id(body.get("team_id")) or _id_in(team)
    named = _Ids.of(named_team, body.get("enterprise_id") or _organization_of(body))
    installed = context.authorize_result
    ours = _Ids.of(
        installed.team_id if installed else None, installed.enterprise_id if installed else None
    )
    home = _id(user_team) or (_id(user.get("team_id")) if isinstance(user, Mapping) else None)
    if body.get("type") in ACTED_IN and named.workspace and _is_ours(named, ours):
        home = named.workspace
    team_id = (installed.team_id if installed else None) or named_team or ""
    if installed is None or not (ours.workspace or ours.organization):
        ours = _Ids.of(named_team, None)
    is_shared = body.get("is_ext_shared_channel")
    membership = _membership(home or named_team, named, ours, is_shared=is_shared)
    if home is None and is_shared is True and membership is Membership.MEMBER:
        # The named workspace is whose app hears the event, whoever has written it.
        membership = Membership.UNKNOWN
    return Actor(team_id=team_id, membership=membership)


def _membership(home: str | None, named: _Ids, ours: _Ids, *, is_shared: Any) -> Membership:
    """Return what the home of a person says, beside the workspace that the payload names."""
    if home is None:
        # The payload names an organization at best: that of the app, or the person's.
        is_silent = named.organization is not None and named.organization == ours.organization
        return Membership.UNKNOWN if is_silent else Membership.EXTERNAL
    if home in {ours.workspace, ours.organization}:
        return Membership.MEMBER
    if _is_organization(home) or ours.organization is None:
        return Membership.EXTERNAL
    if home == named.workspace:
        # The organization is that of the named workspace: of other people it says nothing.
        is_related = named.organization == ours.organization
        return Membership.MEMBER if is_related else Membership.EXTERNAL
    return Membership.MEMBER if is_shared is False else Membership.UNKNOWN


def _is_ours(named: _Ids, ours: _Ids) -> bool:
    """Return whether the named workspace is that of the app, in an organization."""
    is_same = named.workspace is not None and named.workspace == ours.workspace
    is_within = ours.organization is not None and named.organization == ours.organization
    return is_same and is_within


def _organization_of(body: Mapping[str, Any]) -> str | None:
    team = body.get("team")
    inside = team.get("enterprise_id") if isinstance(team, Mapping) else None
    return _id_in(body.get("enterprise")) or _id(inside)


def _id_in(value: Any) -> str | None:
    """Return the id of an object, or what is one itself."""
    return _id(value.get("id") if isinstance(value, Mapping) else value)


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_organization(value: str | None) -> bool:
    return value is not None and value.startswith("E")
