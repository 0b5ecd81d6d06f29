"""An Enterprise organization: workspaces that share people, and how payloads name them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from odps_bot.sandbox.slack.entities import HOME_TEAM, Person


@dataclass(frozen=True, kw_only=True)
class Organization:
    """The organization of the workspace (https://docs.slack.dev/enterprise).

    `homes` has, by user id, the workspace (`T…`) that payloads name as a colleague's own, or the
    organization (`E…`); it is the sandbox's workspace for everybody else.
    """

    id: str = "E0SANDBOX1"
    name: str = "Sandbox Group"
    homes: Mapping[str, str] = field(default_factory=dict)

    def home_of(self, person: Person) -> str:
        """Return what payloads name as the person's own workspace."""
        return self.homes.get(person.id, person.team.id)


def home_of(person: Person, organization: Organization | None) -> str:
    """Return the id of the person's own workspace, or of their organization."""
    return organization.home_of(person) if organization else person.team.id


def enterprise_fields(person: Person, organization: Organization | None) -> dict[str, str]:
    """Return what commands and `team` objects say of the organization; nothing of others'."""
    if organization is None or person.team != HOME_TEAM:
        return {}
    return {"enterprise_id": organization.id, "enterprise_name": organization.name}


def enterprise_object(person: Person, organization: Organization | None) -> dict[str, Any] | None:
    """Return `enterprise` of an interaction."""
    if organization is None or person.team != HOME_TEAM:
        return None
    return {"id": organization.id, "name": organization.name}
