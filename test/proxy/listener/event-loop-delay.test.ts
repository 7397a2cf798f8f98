import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { epochMs } from '../../../src/base/units.ts';
import { Gateway } from '../../../src/proxy/gateway.ts';
import { watchEventLoop } from '../../../src/proxy/listener/event-loop-delay.ts';
import { createPublicListener } from '../../../src/proxy/listener/public-listener.ts';
import { call } from '../../support/http-client.ts';

test('the event loop is too far behind when its timer is more than a second late twice in a row', async () => {
  let now = 1_000;
  let fire = (): void => {};
  let closed = false;
  const delay = watchEventLoop({
    now: () => epochMs(now),
    setTimer: (_delay, callback) => {
      fire = callback;
      return () => {
        closed = true;
      };
    },
  });
  const after = async (milliseconds: number): Promise<boolean> => {
    now += milliseconds;
    fire();
    await setImmediate();
    return delay.isTooLong();
  };
  assert.equal(delay.isTooLong(), false);
  const seen: boolean[] = [];
  for (const milliseconds of [250, 1_250, 1_251, 1_251, 1_250, 1_251, 1_251, 250]) {
    seen.push(await after(milliseconds));
  }
  assert.deepEqual(seen, [false, false, false, true, false, false, true, false]);
  delay.close();
  assert.equal(closed, true);
});

test('while it is, requests are refused with 503 and told to come again', async () => {
  let behind = true;
  const listener = createPublicListener({
    gateway: new Gateway({
      now: () => epochMs(1),
      elapsed: () => 1,
      onAnswered: () => {},
      onFetched: () => {},
      loopId: 'feedfeedfeed',
    }),
    maxConnections: 10,
    headersTimeoutMs: 1_000,
    keepAliveTimeoutMs: 1_000,
    writeTimeoutMs: 1_000,
    now: () => epochMs(1),
    loop: { isTooLong: () => behind, close: () => {} },
  });
  await listener.listen({ host: '127.0.0.1', port: 0 });
  const { port } = listener.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  try {
    const refused = await call(url);
    assert.deepEqual([refused.status, refused.header('retry-after')], [503, '1']);
    assert.match(refused.text, /problem:overloaded/);
    assert.equal(listener.shed(), 1);
    behind = false;
    assert.equal((await call(url)).status, 200);
  } finally {
    await listener.close();
  }
});
