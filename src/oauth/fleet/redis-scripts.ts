import { BOUNDED, CLOCK, redisScript as script } from '../../redis/redis-script.ts';

/*
 * Keys of one state: 1 state (hash), 2 lease, 3 fence, 4 failure, 5 failures in a row. All have one hash tag, so that
 * Redis Cluster keeps them together. Times are by the clock of Redis, in milliseconds. Others may write here: what has
 * another type, is too large, or lies too far ahead counts as absent, and the next write replaces it.
 */

/** Most bytes of what is sealed: a state or a failure. */
const MOST_SEALED = 128 * 1024;
/** In microseconds. A fence is ahead of the clock only where Redis has another clock than its predecessor. */
const MOST_FENCE_AHEAD = 86_400_000_000;

const SNAPSHOT = `
local function lease_left(lasts)
  local left = get(KEYS[2], 64) ~= '' and redis.call('PTTL', KEYS[2]) or -2
  return left <= lasts and left or -2
end
local function last_fence()
  local last = number(get(KEYS[3], 32))
  return last <= us + ${MOST_FENCE_AHEAD} and last or 0
end
local function snapshot(fence, lasts)
  local failure = get(KEYS[4], ${MOST_SEALED})
  return {
    field(KEYS[1], 'sealed', ${MOST_SEALED}), field(KEYS[1], 'saved_at', 32), field(KEYS[1], 'writer_clock', 32),
    string.format('%.0f', now), failure, lease_left(lasts), fence,
    math.min(1000, number(get(KEYS[5], 32))), redis.sha1hex(failure)
  }
end
`;

const WRITE = `
local function write(sealed, writer_clock, left)
  replace(KEYS[1], 'sealed', sealed, 'saved_at', string.format('%.0f', now), 'writer_clock', writer_clock,
    'until', string.format('%.0f', now + left))
  redis.call('UNLINK', KEYS[4], KEYS[5])
end
`;

/** ARGV: time that a lease lasts at most. */
export const READ = script(`${CLOCK}${BOUNDED}${SNAPSHOT}return snapshot('', tonumber(ARGV[1]))`);

/**
 * ARGV: time that a lease lasts at most, id, time that this one lasts, digest of a failure that is not believed: its
 * bytes need be no text. The fence is the clock or, should that stand still or go back, one more than the last: it
 * grows even where Redis forgot the last one.
 */
export const CLAIM = script(`${CLOCK}${BOUNDED}${SNAPSHOT}
local fence = ''
local failure = get(KEYS[4], ${MOST_SEALED})
if (failure == '' or redis.sha1hex(failure) == ARGV[4]) and lease_left(tonumber(ARGV[1])) < 1 then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  redis.call('UNLINK', KEYS[4])
  fence = string.format('%.0f', math.max(us, last_fence() + 1))
  redis.call('SET', KEYS[3], fence)
end
return snapshot(fence, tonumber(ARGV[1]))
`);

/** ARGV: id, time that the lease lasts from now. */
export const RENEW = script(`${BOUNDED}
if get(KEYS[2], 64) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])
`);

/** ARGV: fence, sealed state, the writer's clock, time that the token lasts (0: none), channel. */
export const SAVE = script(`${CLOCK}${BOUNDED}${SNAPSHOT}${WRITE}
if last_fence() > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[3], ARGV[1])
write(ARGV[2], ARGV[3], tonumber(ARGV[4]))
redis.call('PUBLISH', ARGV[5], 'changed')
return 1
`);

/** ARGV: id, channel, sealed failure ('' for none), its time, time that failures in a row are remembered. */
export const RELEASE = script(`${BOUNDED}
if get(KEYS[2], 64) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
if ARGV[3] ~= '' then
  local failures = math.min(1000, number(get(KEYS[5], 32)))
  redis.call('SET', KEYS[4], ARGV[3], 'PX', ARGV[4])
  redis.call('SET', KEYS[5], failures + 1, 'PX', ARGV[5])
end
redis.call('PUBLISH', ARGV[2], 'changed')
return 1
`);

/**
 * ARGV: time that a lease lasts at most, sealed state, the writer's clock, time that the token lasts, channel, time
 * that any token lasts.
 */
export const OFFER = script(`${CLOCK}${BOUNDED}${SNAPSHOT}${WRITE}
if lease_left(tonumber(ARGV[1])) > 0 then return 0 end
local til = number(field(KEYS[1], 'until', 32))
if til > now and til <= now + tonumber(ARGV[6]) then return 0 end
write(ARGV[2], ARGV[3], tonumber(ARGV[4]))
redis.call('PUBLISH', ARGV[5], 'changed')
return 1
`);

/**
 * The GCRA: KEYS[1] holds the moment at which the bucket will be full. ARGV: interval, time from empty to one call
 * short of full, longest wait, longest pause after a throttling. Returns whether and when the call may be made.
 */
export const ACQUIRE = script(`${CLOCK}${BOUNDED}
local interval, refill = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(now, number(get(KEYS[1], 32)))
if full > now + interval + refill + math.max(tonumber(ARGV[3]), tonumber(ARGV[4])) then full = now end
local wait = full - now - refill
if wait > tonumber(ARGV[3]) then return {0, math.ceil(wait)} end
local next = full + interval
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', string.format('%.0f', math.max(1, next - now)))
return {1, math.ceil(math.max(0, wait))}
`);

/** ARGV: pause, time from empty to one call short of full. No call for the pause, and no burst after it. */
export const THROTTLED = script(`${CLOCK}${BOUNDED}
local til = now + tonumber(ARGV[1]) + tonumber(ARGV[2])
if til <= number(get(KEYS[1], 32)) then return 0 end
redis.call('SET', KEYS[1], string.format('%.0f', til), 'PX', string.format('%.0f', til - now))
return 1
`);
