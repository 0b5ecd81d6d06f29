"""Who acts: a member of the workspace in which the app is installed, or an external person.

In channels that workspaces share, people of others act too, and Slack's payloads name theirs.
https://docs.slack.dev/apis/slack-connect
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import BoltContext


@dataclass(frozen=True, kw_only=True)
class Actor:
    """For which installation somebody acts, and whether they belong to another workspace."""

    team_id: str  #: of the installation
    is_external: bool


def actor_of(
    body: Mapping[str, Any], context: BoltContext, *, user_team: str | None = None
) -> Actor:
    """Return who acts, by a payload of any kind; `user_team` is what an event says of its author.

    Members of other workspaces of the same Enterprise organisation are not external. Whoever's
    workspace is not named is.
    """
    named_team = body.get("team_id") or (body.get("team") or {}).get("id")
    user = body.get("user")
    their_team = user_team or (user.get("team_id") if isinstance(user, Mapping) else None)
    their_team = their_team or named_team
    installed = context.authorize_result
    ours = (installed.team_id if installed else None) or named_team or ""
    # The organisation is that of the named workspace: of other people it says nothing.
    named = body.get("enterprise_id") or (body.get("enterprise") or {}).get("id")
    their_organisation = named if their_team == named_team else None
    our_organisation = installed.enterprise_id if installed else None
    is_related = their_organisation is not None and their_organisation == our_organisation
    return Actor(team_id=ours, is_external=their_team != ours and not is_related)
