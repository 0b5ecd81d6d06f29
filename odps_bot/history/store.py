"""The last successes of statements, in Redis: each once, a bounded number of bounded size."""

from datetime import datetime
from typing import Any

import msgspec
from redis import Redis

from odps_bot.history.past_run import PastRun, bounded, is_worth_keeping
from odps_bot.store import keys
from odps_bot.store.codec import decode_or_none
from odps_bot.store.redis_values import text

#: So many runs of a statement are kept, and so many statements, those that ran last. A full one
#: takes some 16 kB of Redis with records of usual size, and 30 kB with twelve stages in each; see
#: docs/operating.md.
MOST_RUNS = 50
MOST_STATEMENTS = 3_000

#: Adds a run unless it is there, drops what is too old or too much, and returns the runs that were
#: there before, the latest first, and behind them the names of the statements to forget.
#: KEYS runs, statements. ARGV record, its beginning up to the instance, this statement, now in s,
#: life in s, most runs, most statements.
_ADD = """
local before = redis.call('LRANGE', KEYS[1], 0, -1)
local is_there = false
for _, kept in ipairs(before) do
  if string.sub(kept, 1, #ARGV[2]) == ARGV[2] then is_there = true end
end
if not is_there then redis.call('LPUSH', KEYS[1], ARGV[1]) end
redis.call('LTRIM', KEYS[1], 0, ARGV[6] - 1)
local last = redis.call('LINDEX', KEYS[1], -1)
while last do
  local submitted = tonumber(string.match(last, '^%["[^"]*",(%d+)') or '0')
  if submitted >= ARGV[4] - ARGV[5] then break end
  redis.call('RPOP', KEYS[1])
  last = redis.call('LINDEX', KEYS[1], -1)
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4] - ARGV[5])
local many = redis.call('ZCARD', KEYS[2]) - ARGV[7]
local gone = many > 0 and redis.call('ZRANGE', KEYS[2], 0, many - 1) or {}
return {before, gone}
"""


class History:
    """What is known of earlier runs. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._add = redis.register_script(_ADD)

    def runs(self, project: str, statement: str, *, now: datetime) -> list[PastRun]:
        """Return the last successes of the statement, the latest first; none without one."""
        if not statement:
            return []
        kept: Any = self._redis.lrange(keys.past_runs(project, statement), 0, -1)
        return _decode(kept, now)

    def add(self, project: str, statement: str, past: PastRun, *, now: datetime) -> list[PastRun]:
        """Keep a success, once however often it is added; return those before it, latest first.

        One that says nothing about others, or whose statement is not known, is not kept.
        """
        if not statement or not is_worth_keeping(past):
            return self.runs(project, statement, now=now)
        record = msgspec.json.encode(bounded(past))
        before, gone = self._add(
            keys=[keys.past_runs(project, statement), keys.statements()],
            args=[
                record,
                b"[" + msgspec.json.encode(past.instance_id) + b",",
                f"{project} {statement}",
                int(now.timestamp()),
                keys.past_runs.life_s,
                MOST_RUNS,
                MOST_STATEMENTS,
            ],
        )
        self._forget(gone)
        return [one for one in _decode(before, now) if one.instance_id != past.instance_id]

    def _forget(self, statements: list[bytes]) -> None:
        """Delete the histories of statements that have not run for the longest time."""
        if not statements:
            return
        names = [text(one).rpartition(" ") for one in statements]
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(*(keys.past_runs(project, one) for project, _, one in names))
            pipe.zrem(keys.statements(), *statements)
            pipe.execute()


def _decode(kept: list[bytes], now: datetime) -> list[PastRun]:
    oldest = now.timestamp() - keys.past_runs.life_s
    found = (decode_or_none(record, PastRun) for record in kept)
    return [past for past in found if past is not None and past.submitted_s >= oldest]
