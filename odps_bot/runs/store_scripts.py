"""The scripts of the store of runs, which Redis runs."""

from odps_bot.store.redis_values import REDIS_NOW

#: Saves a record if nobody else did since it was read, and enqueues what follows from it.
#: KEYS run, deadlines, watched, versions, outbox of card refreshes, open runs, audit, an outbox for
#: each entry…
#: ARGV revision, record, ttl, run id, due in s or a word, instance and run ids, asked at, audit
#: line, lines to keep, entries…
SAVE = (
    REDIS_NOW
    + """
local revision = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
local number, digest = string.match(ARGV[1], '^(%d+):(%x*)$')
if revision ~= tonumber(number) then return 0 end
if digest ~= '' and redis.sha1hex(redis.call('HGET', KEYS[1], 'record') or '') ~= digest then
  return 0
end
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'revision', revision + 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
if ARGV[5] == 'over' then
  redis.call('ZREM', KEYS[2], ARGV[4])
  redis.call('ZREM', KEYS[6], ARGV[4])
elseif ARGV[5] ~= 'as it is' then
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[5]), ARGV[4])
end
if ARGV[5] == 'over' then
  redis.call('ZREM', KEYS[3], ARGV[6])
  redis.call('ZREM', KEYS[5], 'moved:' .. ARGV[4])
  redis.call('HDEL', KEYS[4], 'moved:' .. ARGV[4])
elseif ARGV[6] ~= '' then
  redis.call('ZADD', KEYS[3], now, ARGV[6])
end
if ARGV[5] ~= 'over' then
  redis.call('ZADD', KEYS[6], ARGV[7], ARGV[4])
  redis.call('EXPIRE', KEYS[6], ARGV[3])
end
if ARGV[8] ~= '' then
  redis.call('XADD', KEYS[7], 'MAXLEN', '~', ARGV[9], '*', 'line', ARGV[8])
end
for i = 10, #ARGV do
  redis.call('ZADD', KEYS[i - 2], 'LT', now, ARGV[i])
  redis.call('HSET', KEYS[4], ARGV[i], version)
end
return 1
"""
)

#: Takes overdue runs, each for the length of a lease. KEYS due. ARGV limit, lease in s.
CLAIM_DUE = (
    REDIS_NOW
    + """
local runs = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, run in ipairs(runs) do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), run)
end
return runs
"""
)
