import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../../src/base/units.ts';
import { withDeadline } from '../../../src/oauth/protocol/deadline.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

test('Work that ends in time gives its result and leaves no timer', async () => {
  const time = new VirtualTime();
  assert.equal(await withDeadline(time, seconds(1), undefined, async () => 7), 7);
  assert.equal(time.pendingTimers, 0);
});

test('Work that does not listen to its signal is left behind when time is up', async () => {
  const time = new VirtualTime();
  let inner: AbortSignal | undefined;
  const result = withDeadline(time, seconds(1), undefined, (signal) => {
    inner = signal;
    return new Promise(() => {});
  });
  const rejected = assert.rejects(result, { code: 'timeout', retryable: true });
  await time.pass(1000);
  await rejected;
  assert.equal(inner?.aborted, true);
});

test('An abort from outside ends the work with the reason as cause', async () => {
  const time = new VirtualTime();
  const outside = new AbortController();
  const result = withDeadline(time, seconds(1), outside.signal, () => new Promise(() => {}));
  const reason = new Error('bye');
  outside.abort(reason);
  await assert.rejects(result, { code: 'aborted', cause: reason });
  assert.equal(time.pendingTimers, 0);
});

test('Work is not even begun when the signal has aborted already', async () => {
  const time = new VirtualTime();
  let begun = false;
  const result = withDeadline(time, seconds(1), AbortSignal.abort(), async () => {
    begun = true;
  });
  await assert.rejects(result, { code: 'aborted' });
  assert.equal(begun, false);
});

test('Work that throws before its first await is a rejection like any other', async () => {
  const time = new VirtualTime();
  const result = withDeadline(time, seconds(1), undefined, () => {
    throw new RangeError('at once');
  });
  await assert.rejects(result, RangeError);
  assert.equal(time.pendingTimers, 0);
});
