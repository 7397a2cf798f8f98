import { createHash } from 'node:crypto';

export type RedisScript = Readonly<ReturnType<typeof redisScript>>;

/** A Lua script: it runs in Redis as one step, nobody sees the middle of it. */
export const redisScript = (source: string) => ({
  source,
  sha1: createHash('sha1').update(source).digest('hex'),
});

/** Lua: `now` by the clock of Redis in milliseconds, and `us` in microseconds. TIME gives seconds and microseconds. */
export const CLOCK = `
local t = redis.call('TIME')
local us = t[1] * 1000000 + t[2]
local now = math.floor(us / 1000)
`;

/**
 * Lua for keys that others may write as well. `get` and `field` read a string, or a field of a hash, that is not larger
 * than `most`; everything else is taken for ''. `number` reads a number that is finite and not negative; else 0.
 * `replace` puts a hash in the place of whatever is there. Redis refuses the first write of a script if it is full, but
 * none after it: so the first is SET, as UNLINK would be let through.
 */
export const BOUNDED = `
local function get(key, most)
  local size = redis.pcall('STRLEN', key)
  if type(size) ~= 'number' or size > most then return '' end
  return redis.call('GET', key) or ''
end
local function field(key, name, most)
  local size = redis.pcall('HSTRLEN', key, name)
  if type(size) ~= 'number' or size > most then return '' end
  return redis.call('HGET', key, name) or ''
end
local function number(text)
  local n = tonumber(text)
  return n and n >= 0 and n < 1e17 and n or 0
end
local function replace(key, ...)
  redis.call('SET', key, '')
  redis.call('UNLINK', key)
  redis.call('HSET', key, ...)
end
`;
