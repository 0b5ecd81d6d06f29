"""The scripts that enqueue RQ jobs, each in one step and one round trip.

What they write is what RQ's own `Queue` writes: a job's hash, its id in the queue's list or in the
registry of scheduled jobs, and the queue's name among all queues.
"""

#: Functions of the scripts below. `claim` is the key of the job of this name that waits, if any;
#: whether it still does, the queue itself says.
_FUNCTIONS = """
local function is_waiting(queue, claim)
    local id = redis.call('GET', claim)
    return id and redis.call('LPOS', queue, id)
end
local function push(queue, claim, claim_life_s, job, id, enqueued_at)
    redis.call('HSET', job, 'status', 'queued', 'enqueued_at', enqueued_at)
    redis.call('RPUSH', queue, id)
    redis.call('SET', claim, id, 'EX', claim_life_s)
end
local function now_s()
    local time = redis.call('TIME')
    return time[1] + time[2] / 1000000
end
local function save(job, first, life_s)
    redis.call('HSET', job, unpack(ARGV, first))
    redis.call('EXPIRE', job, math.ceil(life_s))
end
"""

#: Enqueues a job unless one of its name waits; returns whether it did.
#: KEYS queue, job, claim, all queues. ARGV life of the job in s, of the claim, id, when it is
#: enqueued as RQ writes it, fields of the job and their values.
ENQUEUE = (
    _FUNCTIONS
    + """
if is_waiting(KEYS[1], KEYS[3]) then
    redis.call('EXPIRE', KEYS[3], ARGV[2])
    return 0
end
redis.call('SADD', KEYS[4], KEYS[1])
save(KEYS[2], 5, ARGV[1])
push(KEYS[1], KEYS[3], ARGV[2], KEYS[2], ARGV[3], ARGV[4])
return 1
"""
)

#: Schedules a job, or enqueues it as above where its time has come; returns whether it did.
#: One whose time is given from now replaces a later one of its name, and is none beside an earlier
#: one. KEYS queue, job, claim, all queues, scheduled, claim of what is scheduled from now.
#: ARGV life of the job in s, of the claim, epoch or 0, seconds from now, id, when it is enqueued as
#: RQ writes it, fields of the job and their values.
SCHEDULE = (
    _FUNCTIONS
    + """
local now = now_s()
local at = tonumber(ARGV[3])
local is_from_now = at == 0
if is_from_now then at = now end
at = at + ARGV[4]
local is_later = at > now
if is_later and redis.call('ZSCORE', KEYS[5], ARGV[5]) then return 0 end
if not is_later and is_waiting(KEYS[1], KEYS[3]) then return 0 end
if is_later and is_from_now then
    local other = redis.call('GET', KEYS[6])
    local other_at = other and tonumber(redis.call('ZSCORE', KEYS[5], other) or nil)
    if other_at and other_at <= at then return 0 end
    if other_at then
        redis.call('ZREM', KEYS[5], other)
        redis.call('DEL', 'rq:job:' .. other)
    end
    redis.call('SET', KEYS[6], ARGV[5], 'EX', math.ceil(ARGV[2] + at - now))
end
redis.call('SADD', KEYS[4], KEYS[1])
save(KEYS[2], 7, ARGV[1] + math.max(0, at - now))
if is_later then
    redis.call('HSET', KEYS[2], 'status', 'scheduled')
    redis.call('ZADD', KEYS[5], string.format('%.3f', at), ARGV[5])
else
    push(KEYS[1], KEYS[3], ARGV[2], KEYS[2], ARGV[5], ARGV[6])
end
return 1
"""
)

#: Enqueues what is due of all queues, by Redis' clock; returns how many jobs. One of whose name
#: another waits is dropped. KEYS queue, scheduled, and so on. ARGV how many of each queue at most,
#: when they are enqueued as RQ writes it, what claims begin with, their life in s.
ENQUEUE_DUE = (
    _FUNCTIONS
    + """
local now, enqueued = string.format('%.3f', now_s()), 0
for place = 1, #KEYS, 2 do
    local queue, scheduled = KEYS[place], KEYS[place + 1]
    local due = redis.call('ZRANGEBYSCORE', scheduled, '-inf', now, 'LIMIT', 0, ARGV[1])
    for _, id in ipairs(due) do
        redis.call('ZREM', scheduled, id)
        local job = 'rq:job:' .. id
        -- One that is gone or cannot be read holds up no other.
        local name = redis.pcall('HGET', job, 'description')
        if type(name) == 'string' then
            local claim = ARGV[3] .. name
            if is_waiting(queue, claim) then
                redis.call('DEL', job)
            else
                push(queue, claim, ARGV[4], job, id, ARGV[2])
                enqueued = enqueued + 1
            end
        end
    end
end
return enqueued
"""
)

#: Cancels a job that is still scheduled. KEYS scheduled, job. ARGV id.
CANCEL = """
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.call('DEL', KEYS[2]) end
"""
