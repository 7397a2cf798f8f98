import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../../src/base/units.ts';
import { ChangeWatch } from '../../../src/cache/shared/redis-shared-reports.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const { signal } = new AbortController();

test('a change ends the wait', async () => {
  const time = new VirtualTime();
  const watch = new ChangeWatch();
  const next = watch.next(time, seconds(1), signal);
  watch.tell();
  await next;
  assert.equal(time.pendingTimers, 0);
});

test('a change that comes while nobody waits ends the next wait at once, and only that', async () => {
  const time = new VirtualTime();
  const watch = new ChangeWatch();
  watch.tell();
  await watch.next(time, seconds(1), signal);
  let over = false;
  const second = watch.next(time, seconds(1), signal).then(() => {
    over = true;
  });
  await time.pass(999);
  assert.equal(over, false);
  await time.pass(1);
  await second;
});

test('whoever leaves waits no longer', async () => {
  const time = new VirtualTime();
  const leaving = new AbortController();
  const watch = new ChangeWatch();
  const waits = watch.next(time, seconds(1), leaving.signal);
  leaving.abort();
  await waits;
  await watch.next(time, seconds(1), leaving.signal);
  assert.equal(time.pendingTimers, 0);
});
