"""Which App Homes are open, which pages of their lists they show, and when to publish them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from odps_bot.store import keys
from odps_bot.store.codec import Instant, decode_or_none
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import RedisStore


class HomeList(StrEnum):
    """The lists of the App Home."""

    RUNNING = "running"  #: the person's unfinished runs
    RECENT = "recent"  #: the person's finished runs
    TEAM = "team"  #: everybody else's unfinished runs


class OpenHome(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a person's open Home."""

    acted_at: Instant  #: when the person last opened it or clicked on it; aware UTC
    pages: dict[HomeList, int] = {}  #: from 0, which is also the page of a list that is not named


class Homes(RedisStore):
    """The open Homes."""

    def open(self, team_id: str, user_id: str, *, now: datetime) -> None:
        """Record that the person has opened their Home, at the first pages."""
        self._keep(team_id, user_id, OpenHome(acted_at=now))

    def touch(
        self,
        team_id: str,
        user_id: str,
        *,
        now: datetime,
        turned: tuple[HomeList, int] | None = None,
    ) -> None:
        """Record that the person clicked in their Home, and perhaps `turned` a list to a page."""
        home = self.get(team_id, user_id)
        pages = dict(home.pages if home else {}) | dict([turned] if turned else [])
        self._keep(team_id, user_id, OpenHome(acted_at=now, pages=pages))

    def get(self, team_id: str, user_id: str) -> OpenHome | None:
        """Return the person's open Home, or None when it is not open or its record is corrupt."""
        return decode_or_none(self._redis.get(keys.home(team_id, user_id)), OpenHome)

    def is_open(self, team_id: str, user_id: str) -> bool:
        """Return whether the person may have their Home open."""
        return self.reading_open(team_id, user_id).run(self._redis)

    @staticmethod
    def reading_open(team_id: str, user_id: str) -> Pipelined[bool]:
        """Return what `is_open` reads."""
        key = keys.home(team_id, user_id)
        return Pipelined([("EXISTS", key)], lambda responses: bool(responses[0]))

    def open_among(self, team_id: str, user_ids: Sequence[str]) -> list[str]:
        """Return those of the people who may have their Home open."""
        reading = Pipelined(
            [("EXISTS", keys.home(team_id, one)) for one in user_ids], lambda found: found
        )
        is_open = zip(user_ids, reading.run(self._redis), strict=True)
        return [user_id for user_id, there in is_open if there]

    def take_turn(self, team_id: str, user_id: str) -> timedelta | None:
        """Take the turn to publish and return None, or return how long to wait for it."""
        key = keys.home_turn(team_id, user_id)
        if self._redis.set(key, 1, nx=True, px=keys.home_turn.life):
            return None
        return timedelta(milliseconds=max(1, self._redis.pttl(key)))

    def free_turn(self, team_id: str, user_id: str) -> None:
        """Allow the next publication at once: the person waits for it, or the last one failed."""
        self._redis.delete(keys.home_turn(team_id, user_id))

    def _keep(self, team_id: str, user_id: str, home: OpenHome) -> None:
        kept = msgspec.json.encode(home)
        self._redis.set(keys.home(team_id, user_id), kept, ex=keys.home.life)
        self.free_turn(team_id, user_id)
