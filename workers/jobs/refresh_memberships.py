"""RQ job: ask Slack who belongs to the user groups to which the team's rules give roles.

https://docs.slack.dev/reference/methods/usergroups.users.list
"""

import logging
from collections.abc import Sequence

from odps_bot.services import Services
from odps_bot.slack.api.responses import texts_at
from odps_bot.slack.errors import RateLimitedError, RefusedError, SlackError
from workers.runtime.worker_services import get_services

log = logging.getLogger(__name__)


def refresh_memberships() -> None:
    """Ask about all groups; RQ calls this by name."""
    refresh(get_services())


def refresh(services: Services) -> None:
    """Ask about all groups. What Slack does not tell stays as it was known, until it expires."""
    for group_id in services.rules.group_ids:
        try:
            services.stores.memberships.remember(
                group_id, _members(group_id, services.of_every_team())
            )
        except RateLimitedError as error:
            log.info("refreshing user groups deferred: %s", error)
            return
        except SlackError as error:
            log.warning("cannot read the members of user group %s: %s", group_id, error)


def _members(group_id: str, teams: Sequence[Services]) -> list[str]:
    """Return what the workspace says that knows the group. Raises SlackError if none does."""
    *others, last = teams
    for team in others:
        try:
            return _members_in(group_id, team)
        except RefusedError:
            continue
    return _members_in(group_id, last)


def _members_in(group_id: str, team: Services) -> list[str]:
    method = "usergroups.users.list"
    response = team.slack.gateway.ask(method, {"usergroup": group_id})
    return texts_at(response, "users", method=method)
