import { createHash } from 'node:crypto';

/** A Lua script: it runs in Redis as one step, nobody sees the middle of it. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

export const redisScript = (source: string): RedisScript => ({
  source,
  sha1: createHash('sha1').update(source).digest('hex'),
});

/** Lua: `now` by the clock of Redis in milliseconds, and `us` in microseconds. TIME gives seconds and microseconds. */
export const CLOCK = `
local t = redis.call('TIME')
local us = t[1] * 1000000 + t[2]
local now = math.floor(us / 1000)
`;
