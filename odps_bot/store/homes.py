"""Whose App Home has been open lately, which pages of its lists it shows, and its turns."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.codec import Instant, decode_or_none


class HomeList(StrEnum):
    """The lists of the App Home."""

    RUNNING = "running"  #: the person's runs that go on
    RECENT = "recent"  #: the person's runs that are over
    TEAM = "team"  #: everybody else's runs that go on


class OpenHome(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody's Home shows."""

    acted_at: Instant  #: when the person last opened it or clicked on it; aware UTC
    pages: dict[HomeList, int] = {}  #: from 0; a list that is not named shows its first


class Homes:
    """The open Homes. Methods raise redis.RedisError when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def open(self, team_id: str, user_id: str, *, now: datetime) -> None:
        """Keep that the person looks at their Home: it shows the first pages."""
        self._keep(team_id, user_id, OpenHome(acted_at=now))

    def touch(
        self,
        team_id: str,
        user_id: str,
        *,
        now: datetime,
        turned: tuple[HomeList, int] | None = None,
    ) -> None:
        """Keep that the person clicked in their Home, and perhaps `turned` a list to a page."""
        home = self.get(team_id, user_id)
        pages = dict(home.pages if home else {}) | dict([turned] if turned else [])
        self._keep(team_id, user_id, OpenHome(acted_at=now, pages=pages))

    def get(self, team_id: str, user_id: str) -> OpenHome | None:
        """Return what the person's Home shows, or None when it is not open or damaged."""
        return decode_or_none(self._redis.get(keys.home(team_id, user_id)), OpenHome)

    def is_open(self, team_id: str, user_id: str) -> bool:
        """Return whether the person may be looking at their Home."""
        return bool(self._redis.exists(keys.home(team_id, user_id)))

    def take_turn(self, team_id: str, user_id: str) -> timedelta | None:
        """Take the turn to publish and return None, or return how long to wait for it."""
        key = keys.home_turn(team_id, user_id)
        if self._redis.set(key, 1, nx=True, px=keys.home_turn.life):
            return None
        return timedelta(milliseconds=max(1, self._redis.pttl(key)))

    def free_turn(self, team_id: str, user_id: str) -> None:
        """Let the next publication come at once: the person waits for it, or this one failed."""
        self._redis.delete(keys.home_turn(team_id, user_id))

    def _keep(self, team_id: str, user_id: str, home: OpenHome) -> None:
        kept = msgspec.json.encode(home)
        self._redis.set(keys.home(team_id, user_id), kept, ex=keys.home.life)
        self.free_turn(team_id, user_id)
