import { CLOCK, redisScript as script } from '../../redis/redis-script.ts';

/*
 * Keys of one state: 1 state (hash), 2 lease, 3 fence, 4 failure, 5 failures in a row. All have one hash tag, so that Redis Cluster keeps
 * them together. Times are by the clock of Redis, in milliseconds.
 */
const SNAPSHOT = `
local function snapshot(fence)
  local s = redis.call('HMGET', KEYS[1], 'sealed', 'saved_at', 'writer_clock')
  local failure = redis.call('GET', KEYS[4])
  return {
    s[1] or '', s[2] or '', s[3] or '', string.format('%.0f', now),
    failure or '', redis.call('PTTL', KEYS[4]), redis.call('PTTL', KEYS[2]),
    fence, redis.call('GET', KEYS[5]) or '0'
  }
end
`;

const WRITE = `
local function write(sealed, writer_clock, left)
  redis.call('HSET', KEYS[1], 'sealed', sealed, 'saved_at', string.format('%.0f', now), 'writer_clock', writer_clock,
    'until', string.format('%.0f', now + left))
end
`;

export const READ = script(`${CLOCK}${SNAPSHOT}return snapshot('')`);

/**
 * ARGV: id, time that the lease lasts. The fence is the clock or, should that stand still or go back, one more than the last: it
 * grows even where Redis forgot the last one.
 */
export const CLAIM = script(`${CLOCK}${SNAPSHOT}
local fence = ''
if redis.call('EXISTS', KEYS[4]) == 0 and redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
  fence = string.format('%.0f', math.max(us, tonumber(redis.call('GET', KEYS[3]) or '0') + 1))
  redis.call('SET', KEYS[3], fence)
end
return snapshot(fence)
`);

/** ARGV: id, time that the lease lasts from now. */
export const RENEW = script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])
`);

/** ARGV: fence, sealed state, the writer's clock, time that the token lasts (0: none), channel. */
export const SAVE = script(`${CLOCK}${WRITE}
local last = redis.call('GET', KEYS[3])
if last and tonumber(last) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[3], ARGV[1])
write(ARGV[2], ARGV[3], tonumber(ARGV[4]))
redis.call('DEL', KEYS[4], KEYS[5])
redis.call('PUBLISH', ARGV[5], 'changed')
return 1
`);

/** ARGV: id, channel, sealed failure ('' for none), its time, time that failures in a row are remembered. */
export const RELEASE = script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[4], ARGV[3], 'PX', ARGV[4])
  redis.call('INCR', KEYS[5])
  redis.call('PEXPIRE', KEYS[5], ARGV[5])
end
redis.call('PUBLISH', ARGV[2], 'changed')
return 1
`);

/** ARGV: sealed state, the writer's clock, time that the token lasts, channel. */
export const OFFER = script(`${CLOCK}${WRITE}
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local til = redis.call('HGET', KEYS[1], 'until')
if til and tonumber(til) > now then return 0 end
write(ARGV[1], ARGV[2], tonumber(ARGV[3]))
redis.call('DEL', KEYS[4], KEYS[5])
redis.call('PUBLISH', ARGV[4], 'changed')
return 1
`);

/**
 * The GCRA: KEYS[1] holds the moment at which the bucket will be full. ARGV: interval, time from empty to one call short of full,
 * longest wait. Returns whether the call may be made, and after how long.
 */
export const ACQUIRE = script(`${CLOCK}
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local wait = full - now - tonumber(ARGV[2])
if wait > tonumber(ARGV[3]) then return {0, math.ceil(wait)} end
local next = full + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', string.format('%.0f', math.max(1, next - now)))
return {1, math.ceil(math.max(0, wait))}
`);

/** ARGV: pause, time from empty to one call short of full. No call for the pause, and no burst after it. */
export const THROTTLED = script(`${CLOCK}
local til = now + tonumber(ARGV[1]) + tonumber(ARGV[2])
if til <= tonumber(redis.call('GET', KEYS[1]) or '0') then return 0 end
redis.call('SET', KEYS[1], string.format('%.0f', til), 'PX', string.format('%.0f', til - now))
return 1
`);
