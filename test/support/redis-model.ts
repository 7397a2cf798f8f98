import { createHash } from 'node:crypto';
import { type Milliseconds, milliseconds } from '../../src/base/units.ts';
import {
  ACQUIRE,
  CLAIM,
  OFFER,
  READ,
  RELEASE,
  RENEW,
  SAVE,
  THROTTLED,
} from '../../src/oauth/fleet/redis-scripts.ts';
import { type LinkChange, type RedisLink, SharedStoreError } from '../../src/redis/redis-link.ts';
import type { RedisScript } from '../../src/redis/redis-script.ts';

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

interface Entry {
  readonly value: string | Readonly<Record<string, string>>;
  /** By the model's clock. */
  readonly until: number;
}

type Keys = readonly string[];
type Args = readonly string[];

const FOR_EVER = Number.POSITIVE_INFINITY;

/** What the scripts of `redis-scripts.ts` do, told once more; `redis-model.test.ts` holds the two against each other. */
export class RedisModel {
  /** Bugs that can be put in on purpose. */
  readonly bug: { noFence?: boolean; noLease?: boolean };
  /** Takes no writes, as one that is full. */
  full = false;
  /** Called for each save that was taken, with its fence and the highest that was given before. */
  onSaved: (fence: number, highest: number) => void = () => {};
  #data = new Map<string, Entry>();
  /** The data as they were, for a replica that lags behind. */
  readonly #past: { readonly at: number; readonly data: Map<string, Entry> }[] = [];
  #highestFence = 0;
  readonly #now: () => number;
  #publish: (channel: string) => void;

  constructor(now: () => number, publish: (channel: string) => void, bug: RedisModel['bug'] = {}) {
    this.#now = now;
    this.#publish = publish;
    this.bug = bug;
  }

  /** Forgets everything. */
  flush(): void {
    this.#data = new Map();
    this.#highestFence = 0;
  }

  /** Goes on as the replica that had heard nothing of the last `lag` milliseconds. */
  failOver(lag: number): void {
    const until = this.#now() - lag;
    const heard = this.#past.findLast(({ at }) => at <= until);
    this.flush();
    this.#data = new Map(heard?.data);
  }

  /** The sealed state that is there; `undefined` for none. */
  get state(): string | undefined {
    for (const key of this.#data.keys()) {
      if (key.endsWith(':state')) return this.#fields(key)?.['sealed'];
    }
    return undefined;
  }

  run(script: RedisScript, keys: Keys, args: readonly (string | number)[]): unknown {
    const act = this.#scripts.get(script.sha1);
    if (act === undefined) throw new Error('NOSCRIPT');
    if (this.full && script !== READ) throw new Error('OOM command not allowed');
    const reply = act(keys, args.map(String));
    if (script !== READ) this.#past.push({ at: this.#now(), data: new Map(this.#data) });
    if (this.#past.length > 100) this.#past.shift();
    return reply;
  }

  readonly #scripts = new Map<string, (keys: Keys, args: Args) => unknown>([
    [READ.sha1, (keys, [longest = '']) => this.#snapshot(keys, '', Number(longest))],
    [CLAIM.sha1, (keys, args) => this.#claim(keys, args)],
    [RENEW.sha1, ([, lease = ''], [id, lasts]) => this.#renew(lease, id, Number(lasts))],
    [SAVE.sha1, (keys, args) => this.#save(keys, args)],
    [RELEASE.sha1, (keys, args) => this.#release(keys, args)],
    [OFFER.sha1, (keys, args) => this.#offer(keys, args)],
    [
      ACQUIRE.sha1,
      ([key = ''], [interval, refill, wait, pause]) =>
        this.#acquire(key, Number(interval), Number(refill), Number(wait), Number(pause)),
    ],
    [THROTTLED.sha1, ([key = ''], [pause, refill]) => this.#throttled(key, Number(pause), Number(refill))],
  ]);

  #claim(keys: Keys, [longest = '', id = '', lasts = '', disbelieved = '']: Args): unknown {
    const [, lease = '', fenceKey = '', failureKey = ''] = keys;
    const failure = this.#get(failureKey) ?? '';
    const spared = failure !== '' && sha1(failure) !== disbelieved;
    const taken = !this.bug.noLease && this.#leaseLeft(lease, Number(longest)) > 0;
    if (spared || taken) return this.#snapshot(keys, '', Number(longest));
    this.#data.delete(failureKey);
    this.#set(lease, id, Number(lasts));
    const fence = Math.max(this.#now() * 1000, Number(this.#get(fenceKey) ?? 0) + 1);
    this.#set(fenceKey, String(fence));
    this.#highestFence = fence;
    return this.#snapshot(keys, String(fence), Number(longest));
  }

  #renew(lease: string, id: string | undefined, lasts: number): number {
    if (this.#get(lease) !== id) return 0;
    this.#set(lease, id ?? '', lasts);
    return 1;
  }

  #save(keys: Keys, [fence = '', sealed = '', clock = '', left = '', channel = '']: Args): number {
    const [, , fenceKey = ''] = keys;
    if (!this.bug.noFence && Number(this.#get(fenceKey) ?? 0) > Number(fence)) return 0;
    this.onSaved(Number(fence), this.#highestFence);
    this.#set(fenceKey, fence);
    this.#write(keys, sealed, clock, Number(left));
    this.#publish(channel);
    return 1;
  }

  #release(keys: Keys, [id = '', channel = '', sealed = '', pause = '', remembered = '']: Args): number {
    const [, lease = '', , failure = '', failures = ''] = keys;
    if (this.#get(lease) !== id) return 0;
    this.#data.delete(lease);
    if (sealed !== '') {
      this.#set(failure, sealed, Number(pause));
      this.#set(failures, String(Number(this.#get(failures) ?? 0) + 1), Number(remembered));
    }
    this.#publish(channel);
    return 1;
  }

  #offer(keys: Keys, [longest, sealed = '', clock = '', left, channel = '', longestToken]: Args): number {
    const [state = '', lease = ''] = keys;
    if (this.#leaseLeft(lease, Number(longest)) > 0) return 0;
    const until = Number(this.#fields(state)?.['until'] ?? 0);
    if (until > this.#now() && until <= this.#now() + Number(longestToken)) return 0;
    this.#write(keys, sealed, clock, Number(left));
    this.#publish(channel);
    return 1;
  }

  #acquire(key: string, interval: number, refill: number, longest: number, pause: number): unknown {
    const told = Math.max(this.#now(), Number(this.#get(key) ?? 0));
    const believable = told <= this.#now() + interval + refill + Math.max(longest, pause);
    const full = believable ? told : this.#now();
    const wait = full - this.#now() - refill;
    if (wait > longest) return [0, Math.ceil(wait)];
    const next = full + interval;
    this.#set(key, next.toFixed(0), Math.max(1, next - this.#now()));
    return [1, Math.ceil(Math.max(0, wait))];
  }

  #throttled(key: string, pause: number, refill: number): number {
    const until = this.#now() + pause + refill;
    if (until <= Number(this.#get(key) ?? 0)) return 0;
    this.#set(key, until.toFixed(0), until - this.#now());
    return 1;
  }

  #snapshot(keys: Keys, fence: string, longestLease: number): unknown {
    const [state = '', lease = '', , failure = '', failures = ''] = keys;
    const fields = this.#fields(state);
    const told = this.#get(failure) ?? '';
    return [
      ...[fields?.['sealed'] ?? '', fields?.['saved_at'] ?? '', fields?.['writer_clock'] ?? ''],
      this.#now().toFixed(0),
      ...[told, this.#leaseLeft(lease, longestLease)],
      fence,
      Math.min(1000, Number(this.#get(failures) ?? 0)),
      sha1(told),
    ];
  }

  #write(
    [state = '', , , failure = '', failures = '']: Keys,
    sealed: string,
    clock: string,
    left: number,
  ): void {
    const now = this.#now();
    const value = { sealed, saved_at: now.toFixed(0), writer_clock: clock, until: (now + left).toFixed(0) };
    this.#data.set(state, { value, until: FOR_EVER });
    this.#data.delete(failure);
    this.#data.delete(failures);
  }

  #set(key: string, value: string, lasts?: number): void {
    this.#data.set(key, { value, until: lasts === undefined ? FOR_EVER : this.#now() + lasts });
  }

  #entry(key: string): Entry | undefined {
    const entry = this.#data.get(key);
    return entry === undefined || entry.until <= this.#now() ? undefined : entry;
  }

  #get(key: string): string | undefined {
    const value = this.#entry(key)?.value;
    return typeof value === 'string' ? value : undefined;
  }

  #fields(key: string): Readonly<Record<string, string>> | undefined {
    const value = this.#entry(key)?.value;
    return typeof value === 'object' ? value : undefined;
  }

  /** -2 for none, and for one that lasts longer than any of ours. */
  #leaseLeft(key: string, longest: number): number {
    const left = (this.#entry(key)?.until ?? 0) - this.#now();
    return left > 0 && left <= longest ? left : -2;
  }
}

export interface ModelNetwork {
  /** Calls back later, unless the replica is dead by then; later still while it stalls. */
  later(delay: Milliseconds, callback: () => void): void;
  /** One way, in milliseconds. */
  latency(): number;
  readonly timeout: Milliseconds;
}

/** One replica's link to the model, over a network that can be cut. */
export class ModelLink implements RedisLink {
  readonly #redis: RedisModel;
  readonly #network: ModelNetwork;
  /** By channel. */
  readonly #watchers = new Map<string, Set<(change: LinkChange) => void>>();
  #whole: boolean;
  /** Grows with each cut: answers of a connection that was cut never come. */
  #connection = 0;

  constructor(redis: RedisModel, network: ModelNetwork, whole: boolean) {
    this.#redis = redis;
    this.#network = network;
    this.#whole = whole;
  }

  cut(): void {
    if (!this.#whole) return;
    this.#whole = false;
    this.#connection += 1;
    this.#tellAll('lost');
  }

  mend(): void {
    if (this.#whole) return;
    this.#whole = true;
    this.#tellAll('reachable');
    for (const channel of this.#watchers.keys()) this.published(channel);
  }

  published(channel: string): void {
    if (!this.#whole) return;
    const connection = this.#connection;
    this.#network.later(milliseconds(this.#network.latency()), () => {
      if (connection !== this.#connection) return;
      for (const listener of [...(this.#watchers.get(channel) ?? [])]) listener('changed');
    });
  }

  run(script: RedisScript, keys: Keys, args: readonly (string | number)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new SharedStoreError(why));
      if (!this.#whole) return fail('cut');
      const connection = this.#connection;
      const { later, latency, timeout } = this.#network;
      later(timeout, () => fail('time-out'));
      later(milliseconds(latency()), () => {
        // What has left may arrive although its connection is cut meanwhile.
        let reply: unknown;
        try {
          reply = this.#redis.run(script, keys, args);
        } catch (error) {
          later(milliseconds(latency()), () => fail(String(error)));
          return;
        }
        later(milliseconds(latency()), () =>
          connection === this.#connection ? resolve(reply) : fail('cut meanwhile'),
        );
      });
    });
  }

  runBinary(): Promise<unknown> {
    return Promise.reject(new SharedStoreError('not modelled'));
  }

  watch(channel: string, listener: (change: LinkChange) => void): () => void {
    const known = this.#watchers.get(channel) ?? new Set();
    this.#watchers.set(channel, known);
    known.add(listener);
    return () => known.delete(listener);
  }

  #tellAll(change: LinkChange): void {
    for (const listener of [...this.#watchers.values()].flatMap((it) => [...it])) listener(change);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#watchers.clear();
  }
}
