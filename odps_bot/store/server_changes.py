"""Whether another Redis server has taken the place of the one that was written to before.

Sentinels, a managed service or a restart may bring that about. What the former server had last,
leases of posts above all, may be missing in this one.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from redis.connection import AbstractConnection
from redis.exceptions import ResponseError

from odps_bot.store import keys
from odps_bot.store.redis_values import REDIS_NOW

#: A primary that was demoted may take writes for so long: by then all processes have left it.
MOVING = timedelta(seconds=10)

#: In a script, `failover_of` returns when the first of us has come to this server instead of the
#: former one, and when one of us was last served by that, as far as is known: in seconds since the
#: epoch, nil where it is long past. What cannot be written now, by a server that takes no writes,
#: is recorded later.
#: ARGV of it: keys `failover` and `server`, whether this process has just left another server, and
#: for how long nothing has served it, in s.
FAILOVER_OF = (
    REDIS_NOW
    + f"""
local function failover_of(failover, server, has_moved, unserved)
  local life_ms = {keys.failover.life_s * 1_000}
  local left_ms, first, last = redis.call('PTTL', failover), nil, nil
  if left_ms >= 0 then
    last = now - (life_ms - left_ms) / 1000
    first = tonumber(redis.call('GET', failover)) or last
  end
  local about = redis.pcall('INFO', 'server')
  local id = type(about) == 'string' and string.match(about, 'run_id:(%w+)')
  local known = redis.call('GET', server)
  if id and known ~= id then redis.pcall('SET', server, id) end
  local is_moving = first and now - first < {MOVING.total_seconds()}
  local is_other = id and known and known ~= id
  if is_other or (has_moved and not id and not is_moving) then
    first, last = now, now - unserved
  elseif has_moved and is_moving and now - unserved > last then
    last = now - unserved
  else
    return first, last
  end
  left_ms = math.max(1, math.floor(life_ms - (now - last) * 1000))
  redis.pcall('SET', failover, string.format('%.6f', first), 'PX', left_ms)
  return first, last
end
"""
)

#: KEYS failover, server. ARGV whether the process has just left another server, and for how long
#: nothing has served it, in s.
_NOTE = FAILOVER_OF + "failover_of(KEYS[1], KEYS[2], ARGV[1] == '1', tonumber(ARGV[2]))"


class Service:
    """When Redis last responded to one of a pool's connections. Threads may share it."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._responded_at_s: float | None = None

    def responded(self) -> None:
        """Note that a command was carried out."""
        self._responded_at_s = self._clock()

    @property
    def unserved(self) -> timedelta:
        """For how long no command was carried out; zero where that is not known."""
        since_s = self._responded_at_s
        return timedelta(seconds=0 if since_s is None else self._clock() - since_s)


class NotesServer:
    """A part of a connection that notes where it leads, before it carries out anything."""

    def __init__(self, *, service: Service, **options: Any) -> None:
        self._service = service
        self._is_ready = False
        super().__init__(**options)

    def has_moved(self) -> bool:
        """Return whether it is known to lead to another server than before."""
        return False

    def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002  -- redis-py's
        """Authenticate, and note a failover before anything else is asked for."""
        self._is_ready = False
        unserved, has_moved = self._service.unserved, self.has_moved()
        super().on_connect_check_health(check_health)  # type: ignore[misc]
        note_server(self, has_moved=has_moved, unserved=unserved)  # type: ignore[arg-type]
        self._is_ready = True

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        """Return the response, and note that there is one."""
        response = super().read_response(*arguments, **options)  # type: ignore[misc]
        if self._is_ready:
            self._service.responded()
        return response


def note_server(connection: AbstractConnection, *, has_moved: bool, unserved: timedelta) -> None:
    """Record which server a new connection leads to, and a failover if it is another one.

    `has_moved` says that this process has just left another server, which has served nothing
    for that long. Raises redis.RedisError, but not where the server lets us run no script: then a
    failover goes unnoticed.
    """
    names = (keys.failover(), keys.server())
    connection.send_command(  # type: ignore[no-untyped-call]
        *("EVAL", _NOTE, len(names), *names, int(has_moved), unserved.total_seconds()),
        check_health=False,
    )
    try:
        connection.read_response()
    except ResponseError:
        return
