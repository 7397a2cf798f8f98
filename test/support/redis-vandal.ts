import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const FAR = 95_617_584_000_000;
const HUGE = 100 * 1024 * 1024;
/** Redis holds so many huge values at a time: it is the proxies that are put to the test. */
const MOST_HUGE = 3;
const FLEET = ['state', 'lease', 'fence', 'failure', 'failures'];
const STATE_FIELDS = ['sealed', 'saved_at', 'writer_clock', 'until', 'fetched_at', 'fresh_until'];

/** Somebody who may write to a Redis, and has no key: puts anything into every place, without end. */
export class RedisVandal {
  writes = 0;
  readonly #redis: Redis;
  readonly #random: () => number;
  readonly #prefix: string;
  readonly #running: Promise<void>;
  #huge = 0;
  #stopped = false;

  constructor(url: string, { random = Math.random, prefix = 'cmu-proxy' } = {}) {
    this.#redis = new Redis(url);
    this.#redis.on('error', () => {});
    this.#random = random;
    this.#prefix = prefix;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    this.#redis.disconnect();
  }

  async #run(): Promise<void> {
    const redis = this.#redis;
    while (!this.#stopped) {
      this.#huge = 0;
      const keys = await redis.keys(`${this.#prefix}:*`);
      const bases = new Set(
        keys.filter((it) => /:(state|lease|fence)$/.test(it)).map((it) => it.replace(/:\w+$/, '')),
      );
      const names = [...bases].flatMap((base) => FLEET.map((name) => `${base}:${name}`));
      for (const key of new Set([...keys, ...names])) {
        await this.#spoil(key).catch(() => {});
        this.writes += 1;
      }
      for (const channel of await redis.pubsub('CHANNELS', `${this.#prefix}:*`)) {
        const told = redis.pipeline();
        for (let count = 0; count < 50; count += 1)
          told.publish(String(channel), this.#pick(['changed', 'saved', 'x']));
        await told.exec();
      }
      await sleep(5);
    }
  }

  async #spoil(key: string): Promise<unknown> {
    const redis = this.#redis;
    const number = () =>
      this.#pick([String(FAR), 'nan', '-inf', '1e308', '-1', '', '0', 'garbage', String(Date.now())]);
    const garbage = () => randomBytes(Math.ceil(this.#random() * 10_000));
    const anew = async (put: () => Promise<unknown>) => {
      await redis.unlink(key);
      return put();
    };
    return this.#pick<() => Promise<unknown>>([
      () => redis.set(key, garbage()),
      () => redis.set(key, number()),
      () => redis.set(key, number(), 'PXAT', FAR),
      // As long as a lease of theirs, and so is anything else that is believed for a while.
      () => redis.set(key, 'somebody', 'PX', 5000),
      () => redis.set(key, '-', 'PX', 5000),
      () =>
        redis.set(key, JSON.stringify({ code: 'invalid_client', message: 'forged-canary', retryAfter: FAR })),
      () => anew(() => redis.hset(key, Object.fromEntries(STATE_FIELDS.map((field) => [field, number()])))),
      () => anew(() => redis.hset(key, 'sealed', garbage(), 'fresh_until', FAR, 'fetched_at', number())),
      () => anew(() => redis.rpush(key, ...Array.from({ length: 1000 }, number))),
      () => anew(() => redis.zadd(key, FAR, 'x')),
      () => redis.pexpireat(key, FAR),
      () => redis.unlink(key),
      async () => {
        this.#huge += 1;
        if (this.#huge > MOST_HUGE) return;
        await redis.unlink(key);
        await redis.setrange(key, HUGE, 'x');
      },
    ])();
  }

  #pick<T>(among: readonly T[]): T {
    const picked = among[Math.floor(this.#random() * among.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }
}
