import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callerOf, Throttle } from '../../../src/sandbox/oauth/throttle.ts';
import { handClock, register, report, sandboxFor } from '../client.ts';

test('a caller has a burst of ten, then one request a second', () => {
  const throttle = new Throttle({ ratePerSecond: 1, burst: 10 });
  const admitted = (at: number, count: number) =>
    Array.from({ length: count }, () => throttle.admit('a', at)).filter(Boolean).length;
  assert.equal(admitted(1_000, 12), 10);
  assert.equal(admitted(1_999, 1), 0);
  assert.equal(admitted(2_000, 2), 1);
  assert.equal(admitted(5_000, 9), 3);
  assert.equal(admitted(60_000, 20), 10, 'the burst is the most that is saved up');
});

test('callers do not share a bucket, and a clock that goes back gives nothing', () => {
  const throttle = new Throttle({ ratePerSecond: 1, burst: 1 });
  assert.ok(throttle.admit('a', 10_000));
  assert.ok(throttle.admit('b', 10_000));
  assert.equal(throttle.admit('a', 5_000), false);
  assert.ok(throttle.admit('a', 6_000), 'nor does it take anything');
});

test('the caller is the first address of X-Forwarded-For, else that of the connection', () => {
  assert.equal(callerOf('203.0.113.9, 10.0.0.1', '127.0.0.1'), '203.0.113.9');
  assert.equal(callerOf(undefined, '127.0.0.1'), '127.0.0.1');
  assert.equal(callerOf('', '127.0.0.1'), '127.0.0.1');
});

test('over the rate DCR answers HTML with a cookie and no Retry-After, and reports are not throttled', async (t) => {
  const clock = handClock();
  const sandbox = await sandboxFor(t, { now: clock.now });
  const from = (address: string) => register(sandbox, { headers: { 'x-forwarded-for': address } });
  for (let i = 0; i < 10; i++) assert.equal((await from('192.0.2.1')).status, 201);
  const { status, headers, text } = await from('192.0.2.1');
  assert.equal(status, 429);
  assert.equal(headers.get('content-type'), 'text/html');
  assert.match(headers.get('set-cookie') ?? '', /^AWSALB=/);
  assert.equal(headers.has('retry-after'), false);
  assert.match(text, /<html>/);
  assert.equal((await from('192.0.2.2')).status, 201, 'another caller');
  const token = await sandbox.accessToken();
  for (let i = 0; i < 12; i++) assert.equal((await report(sandbox, '/cmu/v2/year', { token })).status, 200);
  clock.advance(1000);
  assert.equal((await from('192.0.2.1')).status, 201);
  assert.equal(sandbox.counts.throttled, 1);
});
