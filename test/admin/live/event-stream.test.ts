import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { EventStream } from '../../../src/admin/live.ts';
import { begin } from '../../support/http-client.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const startStream = async () => {
  const time = new VirtualTime();
  let starts = 0;
  const stream = new EventStream(time.setTimer, () => {
    starts++;
    let count = 0;
    return () => ({ count: ++count });
  });
  const left: Promise<unknown>[] = [];
  const server = createServer((_request, response) => {
    stream.join(response);
    left.push(new Promise((resolve) => response.on('close', resolve)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    time,
    starts: () => starts,
    /** The server's view: resolves when the listener of this number is gone. */
    left,
    listen: async () => {
      const { request, response } = await begin(`http://127.0.0.1:${port}/`);
      response.setEncoding('utf8');
      const texts: string[] = [];
      let arrived = () => {};
      response.on('data', (text: string) => {
        texts.push(text);
        arrived();
      });
      return {
        leave: () => request.destroy(),
        /** Resolves when so many events have come. */
        events: async (count: number): Promise<string[]> => {
          for (;;) {
            const found = texts.join('').match(/(?<=data: ).*/g) ?? [];
            if (found.length >= count) return found;
            await new Promise<void>((resolve) => {
              arrived = resolve;
            });
          }
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      stream.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

test('Every listener gets the latest event at once, and the same events after', async () => {
  await using world = await startStream();
  const one = await world.listen();
  assert.deepEqual(await one.events(1), ['{"count":1}']);
  await world.time.pass(1000);
  const two = await world.listen();
  assert.deepEqual(await two.events(1), ['{"count":2}']);
  await world.time.pass(1000);
  assert.deepEqual(await one.events(3), ['{"count":1}', '{"count":2}', '{"count":3}']);
  assert.deepEqual(await two.events(2), ['{"count":2}', '{"count":3}']);
});

test('Nothing is made while nobody listens, and the next listener starts anew', async () => {
  await using world = await startStream();
  assert.equal(world.time.pendingTimers, 0);
  const one = await world.listen();
  await one.events(1);
  assert.equal(world.time.pendingTimers, 1);
  one.leave();
  await world.left[0];
  assert.equal(world.time.pendingTimers, 0);
  const two = await world.listen();
  assert.deepEqual(await two.events(1), ['{"count":1}']);
  assert.equal(world.starts(), 2);
});
