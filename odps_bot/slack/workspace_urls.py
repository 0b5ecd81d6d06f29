"""The address of a workspace, from which those of its messages follow: asked for once, then kept.

https://docs.slack.dev/reference/methods/auth.test
"""

import logging
import re
from datetime import timedelta
from typing import Protocol

from redis import Redis

from odps_bot.slack.api.responses import object_in
from odps_bot.slack.errors import SlackError
from odps_bot.store import keys
from odps_bot.store.redis_values import RedisStore, text

log = logging.getLogger(__name__)

#: Slack is not asked again before this when it didn't tell.
PAUSE = timedelta(minutes=5)

_URL = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:\d{1,5})?")


class Identified(Protocol):
    """What says of a workspace who we are there: its gateway."""

    def identity(self) -> object:
        """Return Slack's response. Raises SlackError."""


class WorkspaceUrls(RedisStore):
    """The address of each workspace: ``https://acme.slack.com``.

    An organization's installation has that of the organization, which finds the messages of all
    its workspaces. One that was renamed still leads there.
    """

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._known: dict[str, str] = {}

    def of(self, team_id: str, gateway: Identified) -> str:
        """Return the address of a workspace; empty: Slack does not tell. Safe in any thread."""
        if known := self._known.get(team_id):
            return known
        key = keys.workspace_url(team_id)
        stored = self._redis.get(key)
        url = text(stored) if stored is not None else _ask(gateway)
        if stored is None:
            self._redis.set(key, url, ex=keys.workspace_url.life if url else PAUSE)
        if url:
            self._known[team_id] = url
        return url


def _ask(gateway: Identified) -> str:
    try:
        response = gateway.identity()
    except SlackError as error:
        log.info("runs' names are no links for now, for lack of the workspace's address: %s", error)
        return ""
    url = object_in(getattr(response, "data", response)).get("url")
    found = url.rstrip("/") if isinstance(url, str) else ""
    return found if _URL.fullmatch(found) else ""
