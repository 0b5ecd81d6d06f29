"""The boards of channels: one message each that lists the channel's active runs; kept in Redis.

A board is taken up when it is its turn, by whichever worker comes first. A turn that is not given
back in time, because its worker has died, comes again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.codec import Instant, decode_or_none
from odps_bot.store.redis_values import text

#: So many boards a workspace may have. Those on which something runs share the updates.
MOST_BOARDS = 50

#: Saves a board if it is still as it was read, and when it is its turn; an empty one is removed.
#: KEYS boards, turns. ARGV channel, as it was read (empty: none), the new one (empty: none), life
#: in s, board id, turn (empty: as it is).
_CHANGE = """
local kept = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if kept ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[5])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  if ARGV[6] ~= '' then redis.call('ZADD', KEYS[2], ARGV[6], ARGV[5]) end
end
return 1
"""

#: Takes the boards whose turn it is, each for the length of a lease.
#: KEYS turns. ARGV now and the end of the lease, in s since the epoch.
_CLAIM = """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
for _, board in ipairs(due) do redis.call('ZADD', KEYS[1], ARGV[2], board) end
return due
"""

#: Longer than it takes to send an update; see `workers.delivery.entries`.
LEASE = timedelta(seconds=60)


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """A channel's board. Instants are aware UTC."""

    team_id: str
    channel_id: str
    user_id: str  #: whoever asked for it, or for its place, last
    created_at: Instant
    interaction_id: str  #: of the request for it, or for its place
    project: str | None = None  #: whose runs it lists; None: the channel's own

    workspace_url: str = ""  #: in which its message is; empty: not known
    ts: str | None = None  #: its message; None: one is to be posted
    posts: int = 0  #: so many messages it has had
    former_ts: str | None = None  #: a message that it has left, and that does not say so yet
    is_reposted: bool = False  #: its message was deleted, and posted anew: once

    shown: str = ""  #: a digest of what its message shows, but for the time
    shown_at: Instant | None = None  #: as of when; None: nobody has been named on it yet
    next_at: Instant | None = None  #: when it may be updated again, apart from other boards
    active: int = 0  #: so many runs were active then
    idle_since: Instant | None = None  #: since when it says that nothing is running
    closed_since: Instant | None = None  #: since when Slack takes no update in its channel
    ended_by: str = ""  #: who has ended it, which its message does not say yet

    @property
    def id(self) -> str:
        """Identifies the board in Redis and in the outbox."""
        return f"{self.team_id} {self.channel_id}"

    @property
    def url(self) -> str:
        """The address of its message; empty where it has none, or that is not known."""
        if not self.workspace_url or not self.ts:
            return ""
        return f"{self.workspace_url}/archives/{self.channel_id}/p{self.ts.replace('.', '')}"


class Boards:
    """All boards. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._change = redis.register_script(_CHANGE)
        self._claim = redis.register_script(_CLAIM)

    def find(self, team_id: str, channel_id: str) -> Board | None:
        """Return the channel's board, or None."""
        return decode_or_none(self._redis.hget(keys.boards(team_id), channel_id), Board)

    def of_team(self, team_id: str) -> list[Board]:
        """Return all boards of a workspace, without corrupt ones."""
        kept = self._redis.hvals(keys.boards(team_id))
        return [found for record in kept if (found := decode_or_none(record, Board))]

    def change(
        self,
        team_id: str,
        channel_id: str,
        decide: Callable[[Board | None], Board | None],
        *,
        turn: datetime | None = None,
    ) -> tuple[Board | None, Board | None]:
        """Apply `decide` and return the board before and after; None: there is none.

        `decide` must be pure: it is called again when others change it at the same time. The next
        turn of the board is at `turn`, or when it was to be.
        """
        key, turns = keys.boards(team_id), keys.board_turns()
        turn_s = "" if turn is None else turn.timestamp()
        while True:
            record = self._redis.hget(key, channel_id)
            before = decode_or_none(record, Board)
            after = decide(before)
            new = msgspec.json.encode(after) if after else b""
            arguments: list[str | bytes | float] = [
                channel_id,
                record or b"",
                new,
                keys.boards.life_s,
            ]
            arguments += [f"{team_id} {channel_id}", turn_s]
            if self._change(keys=[key, turns], args=arguments):
                return before, after

    def has_any(self) -> bool:
        """Return whether any channel of any workspace has a board."""
        return bool(self._redis.exists(keys.board_turns()))

    def schedule(self, board: Board, turn: datetime) -> None:
        """Let it be the board's turn then, if it has not ended meanwhile."""
        self._redis.zadd(keys.board_turns(), {board.id: turn.timestamp()}, xx=True)

    def claim_turns(self, now: datetime) -> list[str]:
        """Return the boards whose turn it is, by id; each comes again when its lease is over."""
        arguments = [now.timestamp(), (now + LEASE).timestamp()]
        return [text(one) for one in self._claim(keys=[keys.board_turns()], args=arguments)]

    def forget_turn(self, board_id: str) -> None:
        """Give no turn to a board whose record is gone or corrupt."""
        self._redis.zrem(keys.board_turns(), board_id)
