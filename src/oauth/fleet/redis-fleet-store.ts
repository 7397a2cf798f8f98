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
import type { RedisLink } from '../../redis/redis-link.ts';
import { SharedStoreError } from '../../redis/shared-store-error.ts';
import type { AccessToken } from '../protocol/access-token.ts';
import { DcrError, isDcrErrorCode } from '../protocol/dcr-error.ts';
import { type StateBinding, type StoredState, sameBinding } from '../state/credential-store.ts';
import type { StateCodec } from '../state/state-codec.ts';
import { readStoredForm, writeStoredForm } from '../state/stored-form.ts';
import type { FleetSnapshot, FleetStore, Lease } from './fleet-store.ts';
import { CLAIM, OFFER, READ, RELEASE, RENEW, SAVE } from './redis-scripts.ts';

export interface RedisFleetStoreOptions {
  readonly link: RedisLink;
  /** First part of every key. */
  readonly prefix: string;
  /** Seals what leaves the process. */
  readonly codec: StateCodec;
  readonly effects: Effects;
  /** How long a lease lasts unless renewed: so long a dead holder holds the others up. */
  readonly leaseFor?: Milliseconds;
}

export const LEASE: Milliseconds = seconds(5);
const FAILURES_REMEMBERED: Milliseconds = seconds(600);
const SETTLE_LIMIT: Milliseconds = seconds(2);
/** Clocks nearer than this are one: what a message is on its way is not a difference. */
const SAME_CLOCK: Milliseconds = seconds(2);

const Reply = Type.Tuple([
  Type.String(),
  Type.String(),
  Type.String(),
  Type.String(),
  Type.String(),
  Type.Number(),
  Type.Number(),
  Type.String(),
  Type.String(),
]);

const SharedFailure = Type.Object({ code: Type.String(), message: Type.String({ maxLength: 1000 }) });

/** The store that a fleet shares, in Redis or Valkey. Nothing readable leaves the process: the key of the codec stays here. */
export function createRedisFleetStore(options: RedisFleetStoreOptions): FleetStore {
  const { link, prefix, codec, effects, leaseFor = LEASE } = options;

  const base = ({ statementFingerprint, dcrUrl }: StateBinding) => {
    const id = createHash('sha256').update(`${statementFingerprint}\n${dcrUrl}`).digest('hex').slice(0, 32);
    return `${prefix}:{${id}}`;
  };
  const keysOf = (binding: StateBinding) =>
    ['state', 'lease', 'fence', 'failure', 'failures'].map((name) => `${base(binding)}:${name}`);
  const channelOf = (binding: StateBinding) => `${base(binding)}:changed`;

  const snapshotOf = async (reply: unknown, binding: StateBinding) => {
    if (!Check(Reply, reply)) throw new SharedStoreError('The shared store answers nonsense');
    const [sealed, savedAt, writerClock, redisNow, failure, failureLeft, leaseLeft, fence, failures] = reply;
    const state = sealed === '' ? undefined : await opened(sealed, binding);
    const writerNow = epochMs(Number(writerClock) + Number(redisNow) - Number(savedAt));
    const snapshot: FleetSnapshot = {
      state: state && byOurClock(state, writerNow, effects.now()),
      failure:
        failure === '' ? undefined : await openedFailure(failure, milliseconds(Math.max(0, failureLeft))),
      leasedFor: leaseLeft > 0 && fence === '' ? milliseconds(leaseLeft) : undefined,
    };
    return { snapshot, fence: fence === '' ? undefined : Number(fence), failures: Number(failures) };
  };

  /** What does not open as ours is taken for absent: the next save replaces it. */
  const opened = async (sealed: string, binding: StateBinding): Promise<StoredState | undefined> => {
    const plain = await codec.decode(sealed);
    const stored = plain === undefined ? undefined : readStoredForm(plain);
    return stored !== undefined && sameBinding(stored.binding, binding) ? stored.state : undefined;
  };

  const openedFailure = async (sealed: string, retryAfter: Milliseconds): Promise<DcrError | undefined> => {
    const plain = await codec.decode(sealed);
    const told = plain === undefined ? undefined : parsed(plain);
    if (!Check(SharedFailure, told) || !isDcrErrorCode(told.code)) return undefined;
    return new DcrError(told.code, told.message, { retryAfter });
  };

  const written = async (binding: StateBinding, state: StoredState): Promise<[string, number, number]> => {
    const now = effects.now();
    const left = state.token === undefined ? 0 : Math.max(0, between(now, state.token.expiresAt));
    return [await codec.encode(writeStoredForm(binding, state)), now, left];
  };

  return {
    async read(binding) {
      return (await snapshotOf(await link.run(READ, keysOf(binding), []), binding)).snapshot;
    },
    async claim(binding) {
      const id = randomUUID();
      const reply = await link.run(CLAIM, keysOf(binding), [id, leaseFor]);
      const { snapshot, fence, failures } = await snapshotOf(reply, binding);
      const lease: Lease | undefined = fence === undefined ? undefined : { binding, id, fence };
      return { ...snapshot, lease, failures };
    },
    async renew({ binding, id }) {
      return (await link.run(RENEW, keysOf(binding), [id, leaseFor])) === 1;
    },
    async save({ binding, fence }, state) {
      const args = [fence, ...(await written(binding, state)), channelOf(binding)];
      return (await link.run(SAVE, keysOf(binding), args)) === 1 ? 'saved' : 'superseded';
    },
    async release({ binding, id }, failure) {
      const told =
        failure &&
        JSON.stringify({ code: failure.error.code, message: failure.error.message.slice(0, 1000) });
      const sealed = told === undefined ? '' : await codec.encode(told);
      const pause = Math.max(1, Math.round(failure?.pause ?? 0));
      await link.run(RELEASE, keysOf(binding), [id, channelOf(binding), sealed, pause, FAILURES_REMEMBERED]);
    },
    async offer(binding, state) {
      const args = [...(await written(binding, state)), channelOf(binding)];
      return (await link.run(OFFER, keysOf(binding), args)) === 1;
    },
    onChange(binding, listener) {
      const endMessages = link.subscribe(channelOf(binding), () => listener('changed'));
      const endLink = link.onChange(listener);
      return () => {
        endMessages();
        endLink();
      };
    },
    settled: () =>
      new Promise((resolve) => {
        const cancel = effects.setTimer(SETTLE_LIMIT, resolve);
        void link.settled().then(() => {
          cancel();
          resolve();
        });
      }),
    close: () => link.close(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The token with its times by our clock. Replicas save by their own clocks; what the clock of Redis says about both tells
 * how far they are apart.
 */
function byOurClock(state: StoredState, writerNow: EpochMs, now: EpochMs): StoredState {
  const { token } = state;
  if (token === undefined) return state;
  const difference = between(writerNow, now);
  const shift = milliseconds(Math.abs(difference) <= SAME_CLOCK ? 0 : difference);
  const moved: AccessToken = {
    authorization: token.authorization,
    // Never from our future: it was received before we read it.
    receivedAt: epochMs(Math.min(now, after(token.receivedAt, shift))),
    expiresAt: after(token.expiresAt, shift),
  };
  return { ...state, token: moved };
}
