import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeWithin } from '../../src/service/shutdown.ts';

/** Closing of which the test says when it is done. */
const started = (graceMs: number) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let cuts = 0;
  const outcome = closeWithin(graceMs, promise, () => void cuts++);
  const settledAs = outcome.then(
    () => 'closed',
    (error: Error) => error.name,
  );
  return { resolve, reject, settledAs, cuts: () => cuts };
};

test('nothing is cut off when everything is closed within the grace', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const closing = started(10_000);
  t.mock.timers.tick(9_999);
  closing.resolve();
  assert.equal(await closing.settledAs, 'closed');
  t.mock.timers.tick(60_000);
  assert.equal(closing.cuts(), 0);
});

test('requests are cut off when the grace is over, and what is to be saved is still saved', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const closing = started(10_000);
  t.mock.timers.tick(10_000);
  assert.equal(closing.cuts(), 1);
  t.mock.timers.tick(1_999);
  closing.resolve();
  assert.equal(await closing.settledAs, 'closed');
});

test('what hangs beyond that is left behind', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const closing = started(0);
  t.mock.timers.tick(2_000);
  assert.equal(await closing.settledAs, 'ShutdownError');
  // It fails later, and nobody is told by an unhandled rejection.
  closing.reject(new Error('too late'));
});

test('what closing fails with is passed on', async () => {
  const closing = started(10_000);
  closing.reject(new TypeError('broken'));
  assert.equal(await closing.settledAs, 'TypeError');
});
