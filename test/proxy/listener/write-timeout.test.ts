import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import type { ProxyWorld } from '../../support/proxy-world.ts';
import { READERS, TRANSPORTS, type WayIn, type WayInWorld, withWayIn } from '../../support/ways-in.ts';

/** More than the kernel takes for who does not read. */
const LARGE = Buffer.alloc(24 * 1024 * 1024, 'x');

const SETTINGS = {
  LISTEN_WRITE_TIMEOUT_MS: '200',
  CACHE_MAX_BYTES: String(256 * 1024 * 1024),
  CACHE_MAX_ENTRY_BYTES: String(64 * 1024 * 1024),
};

const withWorld = (way: WayIn, run: (world: WayInWorld) => Promise<void>): Promise<void> =>
  withWayIn(
    way,
    (response) => {
      response.writeHead(200, ['Content-Type', 'text/csv', 'Content-Length', String(LARGE.length)]);
      response.end(LARGE);
    },
    SETTINGS,
    run,
  );

const get = (target: string, ...lines: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');

/** All of the report, so that it is stored. */
const readWhole = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.write(get('/cmu/v2/year.csv', 'Connection: close'));
    socket.resume().on('end', resolve).on('error', reject);
  });

const connectionsOf = (proxy: ProxyWorld): Promise<number> =>
  new Promise((resolve, reject) =>
    proxy.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

const allCutOff = async (proxy: ProxyWorld): Promise<void> => {
  while ((await connectionsOf(proxy)) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** Takes nothing of the answer. */
const ask = (socket: Socket, target: string): void => {
  socket.pause();
  socket.write(get(target));
};

suite('a caller who takes nothing of its answer is cut off', () => {
  for (const reader of READERS) {
    for (const transport of TRANSPORTS) {
      test(`a stored report, by ${reader} over ${transport}`, () =>
        withWorld({ reader, transport }, async ({ proxy, open }) => {
          await readWhole(open());
          await proxy.answeredCount(1);
          ask(open(), '/cmu/v2/year.csv');
          await proxy.answeredCount(2);
          const [, { cache, status } = {}] = proxy.answered;
          assert.deepEqual([cache, status], ['hit', 499]);
          await allCutOff(proxy);
        }));

      test(`a report that is passed on, by ${reader} over ${transport}`, () =>
        withWorld({ reader, transport }, async ({ proxy, open }) => {
          ask(open(), '/cmu/v2/month.csv');
          await proxy.answeredCount(1);
          assert.equal(proxy.answered[0]?.status, 499);
          await allCutOff(proxy);
        }));
    }

    test(`problems, one behind the other, by ${reader}`, () =>
      withWorld({ reader, transport: 'plain' }, async ({ proxy, open }) => {
        const socket = open();
        await once(socket, 'connect');
        const refused = get('/cmu/v2/year', 'Cache-Control: only-if-cached');
        socket.pause();
        const all = () => proxy.answered.length;
        // As many as the kernel takes the answers of; what is asked ahead is bounded.
        while (!socket.destroyed && (await connectionsOf(proxy)) > 0) {
          const before = all();
          socket.write(refused.repeat(32));
          await Promise.race([proxy.answeredCount(before + 32), allCutOff(proxy)]);
        }
        assert.ok(all() > 32);
      }));
  }
});
