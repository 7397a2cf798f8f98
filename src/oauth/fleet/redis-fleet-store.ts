import { createHash, randomUUID } from 'node:crypto';
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { Effects } from '../../base/effects.ts';
import {
  after,
  between,
  type EpochMs,
  epochMs,
  type Milliseconds,
  milliseconds,
  seconds,
} from '../../base/units.ts';
import { type LinkChange, type RedisLink, SharedStoreError } from '../../redis/redis-link.ts';
import { jsonMembers } from '../protocol/dcr-answers.ts';
import { DcrError, isDcrErrorCode } from '../protocol/dcr-error.ts';
import { waitFor } from '../protocol/deadline.ts';
import { type StateBinding, type StoredState, sameBinding } from '../state/credential-store.ts';
import { type StateCodec, StateLockedError } from '../state/state-codec.ts';
import { readStoredForm, writeStoredForm } from '../state/stored-form.ts';
import { CLAIM, OFFER, READ, RELEASE, RENEW, SAVE } from './redis-scripts.ts';

/** Leave to be the one replica that calls Adobe. It ends by itself unless it is renewed. */
export interface Lease {
  readonly binding: StateBinding;
  readonly id: string;
  /** Grows with every lease that is given: what an earlier holder writes late is told by it, and refused. */
  readonly fence: number;
}

export interface FleetSnapshot {
  /** Times in it are by our own clock, whatever the clock of the replica that saved it. */
  readonly state: StoredState | undefined;
  /** The last attempt failed; it is not repeated by anybody until its `retryAfter` is over. */
  readonly failure: DcrError | undefined;
  /** Attempts of the fleet that failed in a row. */
  readonly failures: number;
  /** Ours, if it was wanted, nobody else has it and no failure stands. */
  readonly lease: Lease | undefined;
  /** Time until the lease of another replica ends unless renewed; `undefined` where nobody holds one. */
  readonly leasedFor: Milliseconds | undefined;
  /** Something is there that this fleet has not sealed, or not for this client and statement: it is not believed. */
  readonly forged: boolean;
}

export interface RedisFleetStoreOptions {
  readonly link: RedisLink;
  readonly prefix: string;
  readonly codec: StateCodec;
  readonly effects: Effects;
  /** How long a lease lasts unless renewed: so long a dead holder holds the others up. */
  readonly leaseFor?: Milliseconds;
}

export const LEASE: Milliseconds = seconds(5);
/** A lease that lasts longer is not one of ours. */
const LONGEST_LEASE: Milliseconds = milliseconds(LEASE * 1.2);
/** No token is taken to last longer. */
const LONGEST_TOKEN: Milliseconds = seconds(8 * 24 * 3600);
const FAILURES_REMEMBERED: Milliseconds = seconds(600);
const SETTLE_LIMIT: Milliseconds = seconds(2);
/** Clocks nearer than this are one: what a message is on its way is not a difference. */
const SAME_CLOCK: Milliseconds = seconds(2);

const [TEXT, NUMBER] = [Type.String(), Type.Number()];
const Reply = Type.Tuple([TEXT, TEXT, TEXT, TEXT, TEXT, NUMBER, TEXT, NUMBER, TEXT]);

const SharedFailure = Type.Object({
  binding: Type.Object({ statementFingerprint: Type.String(), dcrUrl: Type.String() }),
  code: Type.String(),
  message: Type.String({ maxLength: 1000 }),
  /** By the clock of Redis, so that it cannot be put back when it is over. */
  ends: Type.Number(),
  pause: Type.Number({ minimum: 0 }),
});

export type FleetStore = ReturnType<typeof createRedisFleetStore>;

/**
 * Where all replicas keep one state together, in Redis or Valkey, and agree on who calls Adobe. Nothing readable leaves
 * the process: the key of the codec stays here. All methods reject with {@link SharedStoreError}.
 */
export function createRedisFleetStore(options: RedisFleetStoreOptions) {
  const { link, prefix, codec, effects, leaseFor = LEASE } = options;

  const base = ({ statementFingerprint, dcrUrl }: StateBinding) => {
    const id = createHash('sha256').update(`${statementFingerprint}\n${dcrUrl}`).digest('hex').slice(0, 32);
    return `${prefix}:{${id}}`;
  };
  const keysOf = (binding: StateBinding) =>
    ['state', 'lease', 'fence', 'failure', 'failures'].map((name) => `${base(binding)}:${name}`);
  const channelOf = (binding: StateBinding) => `${base(binding)}:changed`;

  /** How far the clock of Redis is ahead of ours. */
  let ahead = milliseconds(0);

  /** @param id of the lease that was wanted */
  const snapshotOf = async (reply: unknown, binding: StateBinding, id = '') => {
    if (!Check(Reply, reply)) throw new SharedStoreError('The shared store answers nonsense');
    const [sealed, savedAt, writerClock, redisClock, failure, leaseLeft, fence, failures, digest] = reply;
    const [now, redisNow] = [effects.now(), epochMs(Number(redisClock))];
    ahead = between(now, redisNow);
    const state = await opened(sealed, binding);
    const told = await openedFailure(failure, binding, redisNow);
    const since = redisNow - Number(savedAt);
    // Where the clock of Redis has gone back since, it tells nothing of the writer's.
    const writerNow = epochMs(since < -SAME_CLOCK ? Number.NaN : Number(writerClock) + since);
    const snapshot: FleetSnapshot = {
      state: state && byOurClock(state, writerNow, now),
      failure: told,
      failures,
      lease: fence === '' ? undefined : { binding, id, fence: Number(fence) },
      leasedFor: leaseLeft > 0 && fence === '' ? milliseconds(leaseLeft) : undefined,
      forged: (sealed !== '' && state === undefined) || (failure !== '' && told === undefined),
    };
    return { snapshot, disbelieved: failure !== '' && told === undefined ? digest : '' };
  };

  /** What was not sealed by us, or is of another key, is taken for absent: the next save replaces it. */
  const plainOf = async (sealed: string): Promise<string> => {
    try {
      return (await codec.decode(sealed)) ?? '';
    } catch (error) {
      if (error instanceof StateLockedError) return '';
      throw error;
    }
  };

  const opened = async (sealed: string, binding: StateBinding): Promise<StoredState | undefined> => {
    const stored = readStoredForm(await plainOf(sealed));
    return stored !== undefined && sameBinding(stored.binding, binding) ? stored.state : undefined;
  };

  const openedFailure = async (sealed: string, binding: StateBinding, redisNow: EpochMs) => {
    const told = jsonMembers(await plainOf(sealed));
    if (!Check(SharedFailure, told) || !isDcrErrorCode(told.code)) return undefined;
    const left = told.ends - redisNow;
    // More than it was to last: the clock of Redis has gone back.
    if (!sameBinding(told.binding, binding) || left <= 0 || left > told.pause + SAME_CLOCK) return undefined;
    return new DcrError(told.code, told.message, { retryAfter: milliseconds(left) });
  };

  const written = async (binding: StateBinding, state: StoredState): Promise<[string, number, number]> => {
    const now = effects.now();
    const left = state.token === undefined ? 0 : Math.max(0, between(now, state.token.expiresAt));
    return [await codec.encode(writeStoredForm(binding, state)), now, left];
  };

  return {
    async read(binding: StateBinding): Promise<FleetSnapshot> {
      return (await snapshotOf(await link.run(READ, keysOf(binding), [LONGEST_LEASE]), binding)).snapshot;
    },
    /** As `read`, and takes the lease if it is free. */
    async claim(binding: StateBinding): Promise<FleetSnapshot> {
      const id = randomUUID();
      const claimDespite = async (failure: string) => {
        const reply = await link.run(CLAIM, keysOf(binding), [LONGEST_LEASE, id, leaseFor, failure]);
        return snapshotOf(reply, binding, id);
      };
      const { snapshot, disbelieved } = await claimDespite('');
      return disbelieved === '' ? snapshot : (await claimDespite(disbelieved)).snapshot;
    },
    async renew({ binding, id }: Lease): Promise<boolean> {
      return (await link.run(RENEW, keysOf(binding), [id, leaseFor])) === 1;
    },
    /** Replaces the state and tells everybody, unless somebody has had a later lease. */
    async save({ binding, fence }: Lease, state: StoredState): Promise<'saved' | 'superseded'> {
      const args = [fence, ...(await written(binding, state)), channelOf(binding)];
      return (await link.run(SAVE, keysOf(binding), args)) === 1 ? 'saved' : 'superseded';
    },
    /** Gives the lease back, with the failure that the others are to be spared for so long. */
    async release(
      { binding, id }: Lease,
      failure?: { readonly error: DcrError; readonly pause: Milliseconds },
    ): Promise<void> {
      const pause = Math.max(1, Math.round(failure?.pause ?? 0));
      const ends = effects.now() + ahead + pause;
      const { code, message = '' } = failure?.error ?? {};
      const told = { binding, code, message: message.slice(0, 1000), ends, pause };
      const sealed = failure === undefined ? '' : await codec.encode(JSON.stringify(told));
      await link.run(RELEASE, keysOf(binding), [id, channelOf(binding), sealed, pause, FAILURES_REMEMBERED]);
    },
    /** Gives a state to a store that lost its own or has none with a usable token; elsewhere it changes nothing. */
    async offer(binding: StateBinding, state: StoredState): Promise<boolean> {
      const args = [LONGEST_LEASE, ...(await written(binding, state)), channelOf(binding), LONGEST_TOKEN];
      return (await link.run(OFFER, keysOf(binding), args)) === 1;
    },
    /** Somebody saved or gave up, or the link came or went. Told too often is harmless. */
    onChange: (binding: StateBinding, listener: (change: LinkChange) => void) =>
      link.watch(channelOf(binding), listener),
    /** Resolves when it is known whether the store can be reached, or after a short while. */
    settled: () => waitFor(effects, SETTLE_LIMIT, undefined, (wake) => void link.settled().then(wake)),
    close: (): Promise<void> => link.close(),
  };
}

/** Replicas save by their own clocks; what the clock of Redis says about both tells how far they are apart. */
function byOurClock(state: StoredState, writerNow: EpochMs, now: EpochMs): StoredState {
  const { token } = state;
  if (token === undefined) return state;
  const difference = between(writerNow, now);
  // The times beside the sealed state may be anybody's: they let no token last longer than it was said to.
  const believable = Number.isFinite(difference) && Math.abs(difference) > SAME_CLOCK;
  const shift = milliseconds(believable ? difference : 0);
  const lasts = between(token.receivedAt, token.expiresAt);
  const receivedAt = epochMs(Math.min(now, after(token.receivedAt, shift)));
  const expiresAt = epochMs(Math.min(after(token.expiresAt, shift), after(now, lasts)));
  return { ...state, token: { authorization: token.authorization, receivedAt, expiresAt } };
}
