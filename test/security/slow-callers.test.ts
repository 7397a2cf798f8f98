import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { type ProxyWorld, startProxyWorld, withProxy } from '../support/proxy-world.ts';
import { HOST, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { answerReport, startUpstream } from '../support/scripted-upstream.ts';

/** A connection that the test writes to and reads from as it likes. */
const open = (port: number): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => {});
  });

const received = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(text));
  });

const honest = async (proxy: ProxyWorld): Promise<void> =>
  assert.equal((await proxy.get('/year')).status, 200);

suite('slow heads', { concurrency: true }, () => {
  const beginnings: Readonly<Record<string, string>> = {
    'a connection that says nothing': '',
    'a request line without an end': 'GET /cmu/v2/ye',
    'a head without an end': `GET /cmu/v2/year HTTP/1.1\r\n${HOST}X: y`,
    'white space before a request': '\r\n\r\n',
  };
  for (const [name, bytes] of Object.entries(beginnings)) {
    test(`are cut off when their time is over, and hold up nobody meanwhile: ${name}`, () =>
      withProxy(
        answerReport(),
        async (proxy, upstream) => {
          const sockets = await Promise.all(Array.from({ length: 20 }, () => open(proxy.port)));
          for (const socket of sockets) socket.write(bytes);
          const ends = sockets.map(received);
          await honest(proxy);
          for (const text of await Promise.all(ends)) assert.match(text, /^(?:HTTP\/1\.1 408 |$)/);
          assert.equal(upstream.requests.length, 1);
        },
        { settings: { LISTEN_HEADERS_TIMEOUT_MS: '100' } },
      ));
  }

  test('that come byte by byte gain no time by it', () =>
    withProxy(
      answerReport(),
      async (proxy) => {
        const socket = await open(proxy.port);
        socket.write(`GET /cmu/v2/year HTTP/1.1\r\n${HOST}`);
        const drip = setInterval(() => socket.write('X: y\r\n'), 20);
        const text = await received(socket);
        clearInterval(drip);
        assert.match(text, /^HTTP\/1\.1 408 /);
      },
      { settings: { LISTEN_HEADERS_TIMEOUT_MS: '200' } },
    ));

  test('behind an answer on the same connection are cut off as well', () =>
    withProxy(
      answerReport(),
      async (proxy) => {
        const socket = await open(proxy.port);
        socket.write(`GET /cmu/v2/year HTTP/1.1\r\n${HOST}\r\nGET /cmu/v2/`);
        const text = await received(socket);
        assert.match(text, /^HTTP\/1\.1 200 /);
        assert.match(text, /HTTP\/1\.1 408 /);
      },
      { settings: { LISTEN_HEADERS_TIMEOUT_MS: '400' } },
    ));
});

test('a body that comes slowly is not waited for: the answer comes at once, and ends the connection', () =>
  withProxy(answerReport(), async (proxy) => {
    const socket = await open(proxy.port);
    socket.write(`GET /cmu/v2/year HTTP/1.1\r\n${HOST}Content-Length: 1000\r\n\r\nx`);
    assert.match(await received(socket), /^HTTP\/1\.1 200 /);
  }));

suite('slow readers', () => {
  const MIB = 1024 * 1024;
  /** A report of 64 MiB, more than the kernel's buffers on its way hold, and how much of it the upstream got rid of. */
  const large = () => {
    const sent: number[] = [];
    const script: Parameters<typeof withProxy>[0] = (response) => {
      const index = sent.push(0) - 1;
      response.writeHead(200, { 'Content-Type': 'text/csv' });
      const more = (): void => {
        while ((sent[index] ?? 0) < 64 * MIB && !response.destroyed) {
          sent[index] = (sent[index] ?? 0) + 65_536;
          if (!response.write(Buffer.alloc(65_536, 'x'))) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    };
    return { script, sent };
  };

  test('do not make the proxy read ahead without bound: the upstream waits for them', async () => {
    const { script, sent } = large();
    await withProxy(
      script,
      async (proxy) => {
        const sockets = await Promise.all(Array.from({ length: 8 }, () => open(proxy.port)));
        for (const [index, socket] of sockets.entries()) {
          socket.pause();
          socket.write(`GET /cmu/v2/${index}.csv HTTP/1.1\r\n${HOST}\r\n`);
        }
        // Until nothing moves any more.
        for (let before = -1, now = 0; sent.length < 8 || before !== now; ) {
          before = now;
          await new Promise((resolve) => setTimeout(resolve, 100));
          now = sent.reduce((total, it) => total + it, 0);
        }
        // What the proxy holds: what is collected (one entry of 4 MiB at least) and what is on its way; the rest is in the kernel's buffers.
        const { collecting } = proxy.cache ?? {};
        assert.ok((collecting?.taken ?? 0) <= 4 * MIB);
        for (const bytes of sent) assert.ok(bytes < 64 * MIB, `${bytes} of 64 MiB were taken`);
        for (const socket of sockets) socket.destroy();
        await proxy.answeredCount(8);
        assert.equal(collecting?.taken, 0);
        assert.deepEqual([...new Set(proxy.answered.map(({ status }) => status))], [499]);
      },
      { settings: { CACHE_MAX_BYTES: String(8 * MIB) } },
    );
  });

  test('who stop reading are cut off when their time is over', async () => {
    const { script } = large();
    await withProxy(
      script,
      async (proxy, upstream) => {
        const socket = await open(proxy.port);
        socket.pause();
        socket.write(`GET /cmu/v2/year.csv HTTP/1.1\r\n${HOST}\r\n`);
        await proxy.answeredCount(1);
        await upstream.requests[0]?.cancelled;
      },
      { settings: { LISTEN_WRITE_TIMEOUT_MS: '100' } },
    );
  });
});

suite('a flood of connections', () => {
  test('is bounded: those over the limit are answered 503, those over twice the limit not at all', async () => {
    await using upstream = await startUpstream();
    await using proxy = await startProxyWorld({
      upstream: upstream.url,
      settings: { LISTEN_MAX_CONNECTIONS: '5' },
    });
    const within = await Promise.all(Array.from({ length: 5 }, () => open(proxy.port)));
    for (const socket of within) {
      const first = new Promise<Buffer>((resolve) => socket.once('data', resolve));
      socket.write(`GET /cmu/v2/year HTTP/1.1\r\n${HOST}\r\n`);
      assert.match((await first).toString(), /^HTTP\/1\.1 200 /);
    }
    const [over] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year'));
    assert.equal(over?.status, 503);
    assert.ok(over?.lines.includes('Retry-After: 1'));
    assert.match(over?.body ?? '', /problem:overloaded/);
    const more = await Promise.all(Array.from({ length: 5 }, () => open(proxy.port)));
    assert.deepEqual(await rawAnswers(proxy.port, rawGet('/cmu/v2/year')), []);
    // Room again: service again.
    for (const socket of [...within, ...more]) socket.destroy();
    await Promise.all(
      [...within, ...more].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
    for (;;) {
      const [answer] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year')).catch(() => []);
      if (answer?.status === 200) break;
    }
    assert.equal(upstream.requests.length, 1);
  });
});
