import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdminClient, ProcessPhase } from '../../src/admin/proxy-process.ts';
import { readinessOf } from '../../src/admin/status.ts';
import { epochMs } from '../../src/base/units.ts';
import { FakeTokens } from '../support/fake-tokens.ts';

type State = ReturnType<AdminClient['tokens']['status']>['state'];

/** `ready` and `degraded` have a token, `lost` has had one. */
const client = (name: string, state: State | 'lost'): AdminClient => {
  const fake = new FakeTokens();
  const usable = state === 'ready' || state === 'degraded';
  const failure = { code: 'throttled', message: '', advice: '', retryable: true, at: epochMs(0) } as const;
  const told = state === 'lost' ? 'unavailable' : state;
  return {
    name,
    hasServed: usable || state === 'lost',
    tokens: {
      current: () => (usable ? fake.current() : undefined),
      status: () => ({
        ...fake.status(),
        state: told,
        lastFailure: told === 'unavailable' ? failure : null,
      }),
      refresh: async () => {},
      registerAnew: async () => {},
    },
  };
};

const RUNNING: ProcessPhase = { started: true, stopping: false };
const STARTING: ProcessPhase = { started: false, stopping: false };
const STOPPING: ProcessPhase = { started: true, stopping: true };

test('by the states of the clients, what the process is at, and who listens', () => {
  const cases: readonly (readonly [
    states: readonly (State | 'lost')[],
    phase: ProcessPhase,
    listening: number,
    reason: string,
    strict: string,
    unready: string,
  ])[] = [
    [['starting'], STARTING, 1, '! starting', '! starting', 'a'],
    [['ready'], RUNNING, 1, 'ready', 'ready', ''],
    [['degraded'], RUNNING, 1, 'degraded', 'degraded', ''],
    [['unavailable'], RUNNING, 1, '! unavailable', '! unavailable', 'a throttled'],
    [['ready'], STOPPING, 1, '! stopping', '! stopping', ''],
    // Stored reports are answered without a token.
    [['lost'], RUNNING, 1, 'degraded', '! unavailable', 'a throttled'],
    [['lost'], STOPPING, 1, '! stopping', '! stopping', 'a throttled'],
    // Nobody listens yet, or any more.
    [['ready'], STARTING, 0, '! starting', '! starting', ''],
    [['ready'], RUNNING, 0, '! no-workers', '! no-workers', ''],
    [['lost'], RUNNING, 0, '! no-workers', '! unavailable', 'a throttled'],
    [['ready'], RUNNING, 3, 'ready', 'ready', ''],
    // At the start each gets its chance; after it one is enough.
    [['ready', 'starting'], STARTING, 1, '! starting', '! starting', 'b'],
    [['ready', 'unavailable'], STARTING, 1, '! starting', '! starting', 'b throttled'],
    [['ready', 'starting'], RUNNING, 1, 'degraded', 'degraded', 'b'],
    [['ready', 'unavailable', 'ready'], RUNNING, 1, 'degraded', 'degraded', 'b throttled'],
    [['unavailable', 'lost'], RUNNING, 1, 'degraded', '! unavailable', 'a throttled,b throttled'],
    [['unavailable', 'starting'], RUNNING, 1, '! starting', '! starting', 'a throttled,b'],
    [['unavailable', 'unavailable'], RUNNING, 1, '! unavailable', '! unavailable', 'a throttled,b throttled'],
  ];
  for (const [states, phase, listening, ...expected] of cases) {
    const clients = states.map((state, index) => client('abc'.charAt(index), state));
    const told = (strict: boolean) => {
      const { ready, reason } = readinessOf(clients, phase, listening, strict);
      return ready ? reason : `! ${reason}`;
    };
    const named = readinessOf(clients, phase, listening)
      .unready.map(({ name, code }) => [name, code].filter(Boolean).join(' '))
      .join();
    assert.deepEqual([told(false), told(true), named], expected, `${states} ${JSON.stringify(phase)}`);
  }
});
