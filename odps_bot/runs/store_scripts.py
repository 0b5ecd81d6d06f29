"""The scripts of `RunStore`: each is one step in Redis."""

from odps_bot.store.redis_values import REDIS_NOW
from odps_bot.store.spending import SETTLE

#: Saves a record if nobody else did since it was read, and enqueues what follows from it. All ways
#: to a run live as long as its record.
#: KEYS run, deadlines, watched, versions, outbox of card refreshes, open runs, audit, a day's sums
#: and charges, open questions, the ways to the run…, an outbox for each entry…
#: ARGV revision, record, ttl, run id, due in s or a word, instance and run ids, asked at, audit
#: line, lines to keep, cost or a word, life of charges in s, numbers of fields to count it to and
#: of ways, until when it awaits a decision, fields…, entries…
SAVE = (
    REDIS_NOW
    + SETTLE
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
if ARGV[14] == '' then
  redis.call('ZREM', KEYS[10], ARGV[4])
else
  redis.call('ZADD', KEYS[10], ARGV[14], ARGV[4])
  redis.call('EXPIRE', KEYS[10], ARGV[3])
end
local first_entry, first_outbox = 15 + ARGV[12], 11 + ARGV[13]
if ARGV[10] ~= 'nothing' then
  local fields = {unpack(ARGV, 15, first_entry - 1)}
  settle(KEYS[8], KEYS[9], ARGV[4], ARGV[10], ARGV[11], fields)
end
for way = 11, first_outbox - 1 do redis.call('EXPIRE', KEYS[way], ARGV[3]) end
for i = first_entry, #ARGV do
  redis.call('ZADD', KEYS[first_outbox + i - first_entry], 'LT', now, ARGV[i])
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
