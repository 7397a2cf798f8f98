import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { type ProxyWorld, type ProxyWorldOptions, startProxyWorld } from '../../support/proxy-world.ts';
import { startUpstream } from '../../support/scripted-upstream.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { LOOPBACK } from '../../support/tls-identities.ts';

/** More than the kernel takes for who does not read. */
const LARGE = Buffer.alloc(24 * 1024 * 1024, 'x');

type Transport = 'plain' | 'TLS' | 'a Unix socket';

const SETTINGS = {
  LISTEN_WRITE_TIMEOUT_MS: '200',
  CACHE_MAX_BYTES: String(256 * 1024 * 1024),
  CACHE_MAX_ENTRY_BYTES: String(64 * 1024 * 1024),
};

interface Way {
  readonly reader: 'the accelerator' | 'Node';
  readonly transport: Transport;
}

const withWorld = async (
  { reader, transport }: Way,
  run: (proxy: ProxyWorld, open: () => Socket) => Promise<void>,
): Promise<void> => {
  await using folder = await temporaryFolder();
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, ['Content-Type', 'text/csv', 'Content-Length', String(LARGE.length)]);
    response.end(LARGE);
  });
  const socketPath = folder.file('s');
  const options: Partial<ProxyWorldOptions> = {
    ...(transport === 'TLS' && { tls: LOOPBACK }),
    ...(transport === 'a Unix socket' && { socketPath }),
  };
  const settings = { ...SETTINGS, LISTEN_ACCELERATOR: String(reader !== 'Node') };
  await using proxy = await startProxyWorld({ upstream: upstream.url, ...options, settings });
  const sockets: Socket[] = [];
  await run(proxy, () => {
    const socket = openSocket(proxy, transport, socketPath);
    socket.on('error', () => {});
    sockets.push(socket);
    return socket;
  });
  for (const socket of sockets) socket.destroy();
};

const openSocket = ({ port }: ProxyWorld, transport: Transport, path: string): Socket => {
  if (transport === 'a Unix socket') return connect(path);
  if (transport === 'plain') return connect(port, '127.0.0.1');
  return connectTls({ port, host: '127.0.0.1', ca: LOOPBACK.cert });
};

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
  for (const reader of ['the accelerator', 'Node'] as const) {
    for (const transport of ['plain', 'TLS', 'a Unix socket'] as const) {
      test(`a stored report, by ${reader} over ${transport}`, () =>
        withWorld({ reader, transport }, async (proxy, open) => {
          await readWhole(open());
          await proxy.answeredCount(1);
          ask(open(), '/cmu/v2/year.csv');
          await proxy.answeredCount(2);
          const [, { cache, status } = {}] = proxy.answered;
          assert.deepEqual([cache, status], ['hit', 499]);
          await allCutOff(proxy);
        }));

      test(`a report that is passed on, by ${reader} over ${transport}`, () =>
        withWorld({ reader, transport }, async (proxy, open) => {
          ask(open(), '/cmu/v2/month.csv');
          await proxy.answeredCount(1);
          assert.equal(proxy.answered[0]?.status, 499);
          await allCutOff(proxy);
        }));
    }

    test(`problems, one behind the other, by ${reader}`, () =>
      withWorld({ reader, transport: 'plain' }, async (proxy, open) => {
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
