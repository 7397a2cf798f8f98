import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { seconds } from '../../../src/base/units.ts';
import { createTokenBucket } from '../../../src/oauth/protocol/dcr-budget.ts';
import { settled, VirtualTime } from '../../support/virtual-time.ts';

const never = new AbortController().signal;

/** Asks for `count` calls at once; gives the moments at which they were allowed, in ms after now. */
async function moments(time: VirtualTime, budget: ReturnType<typeof createTokenBucket>, count: number) {
  const start = time.now();
  const allowed: number[] = [];
  const refused: string[] = [];
  for (let call = 0; call < count; call += 1) {
    budget.acquire(never).then(
      () => allowed.push(time.now() - start),
      (error) => refused.push(error.code),
    );
  }
  await settled();
  await time.pass(20_000);
  return { allowed, refused };
}

describe('The budget of DCR calls', () => {
  test('allows a burst of ten, then somewhat less than one a second, and refuses those who would wait long', async () => {
    const time = new VirtualTime();
    const { allowed, refused } = await moments(time, createTokenBucket(time), 16);
    assert.deepEqual(allowed, [...Array(10).fill(0), 1050, 2100, 3150, 4200]);
    assert.deepEqual(refused, ['budget_exhausted', 'budget_exhausted']);
  });

  test('fills up again while nobody calls, but never over the burst', async () => {
    const time = new VirtualTime();
    const budget = createTokenBucket(time);
    await moments(time, budget, 10);
    await time.pass(3_600_000);
    const again = await moments(time, budget, 11);
    assert.deepEqual(again.allowed, [...Array(10).fill(0), 1050]);
  });

  test('never lets more through than Adobe allows, in any window', async () => {
    const time = new VirtualTime();
    const budget = createTokenBucket(time);
    const allowed: number[] = [];
    for (let step = 0; step < 600; step += 1) {
      budget.acquire(never).then(
        () => allowed.push(time.now()),
        () => {},
      );
      await time.pass(100);
    }
    for (let first = 0; first < allowed.length; first += 1) {
      for (let last = first; last < allowed.length; last += 1) {
        const window = ((allowed[last] ?? 0) - (allowed[first] ?? 0)) / 1000;
        assert.ok(last - first + 1 <= 10 + window, `${last - first + 1} calls in ${window} s`);
      }
    }
    assert.ok(allowed.length > 60, 'and lets the allowed ones through');
  });

  test('stops for the pause that a 429 asked for, and gives no burst after it', async () => {
    const time = new VirtualTime();
    const budget = createTokenBucket(time);
    budget.throttled(seconds(2));
    assert.deepEqual((await moments(time, budget, 3)).allowed, [2000, 3050, 4100]);
  });

  test('tells how long the pause is to those who would wait too long', async () => {
    const time = new VirtualTime();
    const budget = createTokenBucket(time);
    budget.throttled(seconds(600));
    await assert.rejects(budget.acquire(never), {
      code: 'budget_exhausted',
      retryAfter: 600_000,
      retryable: true,
    });
  });

  test('makes callers wait for five seconds, and not a moment longer', async () => {
    for (const [pause, outcome] of [
      [5, { allowed: [5000], refused: [] }],
      [5.001, { allowed: [], refused: ['budget_exhausted'] }],
    ] as const) {
      const time = new VirtualTime();
      const budget = createTokenBucket(time);
      budget.throttled(seconds(pause));
      assert.deepEqual(await moments(time, budget, 1), outcome);
    }
  });

  test('leaves nothing on the signal of a caller who got through', async () => {
    const time = new VirtualTime();
    const budget = createTokenBucket(time);
    budget.throttled(seconds(2));
    const { signal } = new AbortController();
    const wait = budget.acquire(signal);
    await time.pass(2_000);
    await wait;
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  test('lets go of a caller who leaves while waiting', async () => {
    const time = new VirtualTime();
    const budget = createTokenBucket(time);
    budget.throttled(seconds(2));
    const leaving = new AbortController();
    const wait = budget.acquire(leaving.signal);
    leaving.abort();
    await assert.rejects(wait, { code: 'aborted' });
    await assert.rejects(budget.acquire(leaving.signal), { code: 'aborted' });
    assert.equal(time.pendingTimers, 0);
  });
});
