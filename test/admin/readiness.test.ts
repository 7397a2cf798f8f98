import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdminClient, type ProcessPhase, readinessOf } from '../../src/admin/readiness.ts';
import { epochMs } from '../../src/base/units.ts';
import { FakeTokens } from '../support/fake-tokens.ts';

type State = ReturnType<AdminClient['tokens']['status']>['state'];

const client = (name: string, state: State): AdminClient => {
  const fake = new FakeTokens();
  const usable = state === 'ready' || state === 'degraded';
  const failure = { code: 'throttled', message: '', advice: '', retryable: true, at: epochMs(0) };
  return {
    name,
    tokens: {
      current: () => (usable ? fake.current() : undefined),
      status: () => ({ ...fake.status(), state, lastFailure: state === 'unavailable' ? failure : null }),
      refresh: async () => {},
    },
  };
};

const RUNNING: ProcessPhase = { started: true, stopping: false };

test('by the states of the clients, and what the process is at', () => {
  const cases: readonly (readonly [
    states: readonly State[],
    phase: ProcessPhase,
    ready: boolean,
    reason: string,
    unready: string,
  ])[] = [
    [['starting'], { started: false, stopping: false }, false, 'starting', 'a'],
    [['ready'], RUNNING, true, 'ready', ''],
    [['degraded'], RUNNING, true, 'degraded', ''],
    [['unavailable'], RUNNING, false, 'unavailable', 'a throttled'],
    [['ready'], { started: true, stopping: true }, false, 'stopping', ''],
    // At the start each gets its chance; after it one is enough.
    [['ready', 'starting'], { started: false, stopping: false }, false, 'starting', 'b'],
    [['ready', 'unavailable'], { started: false, stopping: false }, false, 'unavailable', 'b throttled'],
    [['ready', 'starting'], RUNNING, true, 'degraded', 'b'],
    [['ready', 'unavailable', 'ready'], RUNNING, true, 'degraded', 'b throttled'],
    [['unavailable', 'starting'], RUNNING, false, 'starting', 'a throttled,b'],
    [['unavailable', 'unavailable'], RUNNING, false, 'unavailable', 'a throttled,b throttled'],
  ];
  for (const [states, phase, ready, reason, unready] of cases) {
    const clients = states.map((state, index) => client('abc'.charAt(index), state));
    const readiness = readinessOf(clients, phase);
    const named = readiness.unready.map(({ name, code }) => [name, code].filter(Boolean).join(' ')).join();
    assert.deepEqual([readiness.ready, readiness.reason, named], [ready, reason, unready], states.join());
  }
});
