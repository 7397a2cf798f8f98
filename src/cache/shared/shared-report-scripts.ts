import { BOUNDED, CLOCK, redisScript } from '../../redis/redis-script.ts';

/*
 * Keys of one report: 1 the report (hash), 2 the lease of whoever fetches it. Both have one hash tag, so that Redis
 * Cluster keeps them together. Times are by the clock of Redis, in milliseconds. What is not as it was written counts
 * as absent.
 */

/** In milliseconds. What lasts longer, others have put there: nobody waits so long, or fetches for himself so long. */
const LONGEST_LEASE = 600_000;
const LONGEST_UNSHARED = 60_000;

/** In the place of a lease: nobody is to wait, as what is fetched is not going to be shared. */
const UNSHARED = '-';

/**
 * ARGV: id, time that a lease lasts, most bytes, whether a stale report is wanted (1). Returns the sealed report, the
 * time since it was fetched, whether the lease is ours now (1), and the time that the lease of another has left.
 */
export const LOOK = redisScript(`${CLOCK}${BOUNDED}
local size = redis.pcall('HSTRLEN', KEYS[1], 'sealed')
local damaged = type(size) ~= 'number' or size > tonumber(ARGV[3])
local sealed, fresh = damaged and 'x' or field(KEYS[1], 'sealed', tonumber(ARGV[3])), 0
if not damaged then fresh = number(field(KEYS[1], 'fresh_until', 32)) end
local elapsed = math.max(0, math.floor(now - number(field(KEYS[1], 'fetched_at', 32))))
if sealed ~= '' and fresh > now then return {sealed, elapsed, 0, 0} end
if ARGV[4] ~= '1' then sealed = '' end
local holder, left = get(KEYS[2], 64), redis.call('PTTL', KEYS[2])
local unshared = holder == '${UNSHARED}'
if unshared and left > 0 and left <= ${LONGEST_UNSHARED} then return {sealed, elapsed, 0, 0} end
if not unshared and holder ~= '' and left > 0 and left <= ${LONGEST_LEASE} then return {sealed, elapsed, 0, left} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {sealed, elapsed, 1, 0}
`);

/**
 * ARGV: sealed report, time since it was fetched, time that it is fresh, time to keep it, channel, id. A report that
 * was fetched before the one that is there does not replace it. Wakes whoever waits.
 */
export const SAVE = redisScript(`${CLOCK}${BOUNDED}
local fetched = now - tonumber(ARGV[2])
local there = number(field(KEYS[1], 'fetched_at', 32))
local newer = there <= now and there > fetched
if not newer then
  replace(KEYS[1], 'sealed', ARGV[1], 'fetched_at', string.format('%.0f', fetched),
    'fresh_until', string.format('%.0f', now + tonumber(ARGV[3])))
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if get(KEYS[2], 64) == ARGV[6] then redis.call('DEL', KEYS[2]) end
redis.call('PUBLISH', ARGV[5], 'saved')
return newer and 0 or 1
`);

/** ARGV: id, time that nobody is to wait (0: the next one fetches), whether the report is gone (1), channel. */
export const END = redisScript(`${BOUNDED}
if ARGV[3] == '1' then redis.call('UNLINK', KEYS[1]) end
if get(KEYS[2], 64) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[2]) else redis.call('SET', KEYS[2], '${UNSHARED}', 'PX', ARGV[2]) end
redis.call('PUBLISH', ARGV[4], 'over')
return 1
`);

/** KEYS: the generation. ARGV: the one to begin with. After one that was lost no old report comes back. */
export const GENERATION = redisScript(`${BOUNDED}
local current = get(KEYS[1], 64)
if current ~= '' then return current end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
`);

/** KEYS: the generation. ARGV: the next one, channel. */
export const PURGE = redisScript(`
redis.call('SET', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[2], 'purged')
return ARGV[1]
`);
