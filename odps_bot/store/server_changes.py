"""Whether another Redis server has taken the place of the one that was written to before.

Sentinels, a managed service or a restart may bring that about. What the former server had last,
leases of posts above all, may be missing in this one.
"""

from datetime import timedelta

from redis.connection import AbstractConnection
from redis.exceptions import ResponseError

from odps_bot.store import keys
from odps_bot.store.redis_values import REDIS_NOW

#: A primary that was demoted may take writes for so long: by then all processes have left it.
MOVING = timedelta(seconds=10)

#: In a script, `failover_of` returns when the first of us has come to this server instead of the
#: former one, and when the last one has, in seconds since the epoch; nil where both are long past.
#: What cannot be written now, by a server that takes no writes, is recorded later.
#: ARGV of it: keys `failover` and `server`, whether the process has just left another server.
FAILOVER_OF = (
    REDIS_NOW
    + f"""
local function failover_of(failover, server, has_moved)
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
  local is_moving = last and now - last < {MOVING.total_seconds()}
  local is_other = id and known and known ~= id
  if is_other or (has_moved and not id and not is_moving) then
    first, last = now, now
  elseif has_moved and is_moving then
    last = now
  else
    return first, last
  end
  redis.pcall('SET', failover, string.format('%.6f', first), 'PX', life_ms)
  return first, last
end
"""
)

#: KEYS failover, server. ARGV whether the process has just left another server.
_NOTE = FAILOVER_OF + "failover_of(KEYS[1], KEYS[2], ARGV[1] == '1')"


def note_server(connection: AbstractConnection, *, has_moved: bool) -> None:
    """Record which server a new connection leads to, and a failover if it is another one.

    `has_moved` says that this process has just left another server. Raises redis.RedisError, but
    not where the server lets us run no script: then a failover goes unnoticed.
    """
    names = (keys.failover(), keys.server())
    connection.send_command(  # type: ignore[no-untyped-call]
        "EVAL", _NOTE, len(names), *names, int(has_moved), check_health=False
    )
    try:
        connection.read_response()
    except ResponseError:
        return
