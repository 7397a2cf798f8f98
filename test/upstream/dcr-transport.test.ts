import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { systemEffects } from '../../src/base/effects.ts';
import { epochMs, milliseconds } from '../../src/base/units.ts';
import { createDcrClient } from '../../src/oauth/protocol/dcr-client.ts';
import type { DcrErrorCode } from '../../src/oauth/protocol/dcr-error.ts';
import { parseSoftwareStatement } from '../../src/oauth/statement/software-statement.ts';
import { openDcrTransport } from '../../src/upstream/dcr-transport.ts';
import { httpServer, httpsServer, type RunningServer, rawServer } from '../support/dcr-server.ts';
import { jws } from '../support/jws.ts';
import { ELSEWHERE, EXPIRED, LOOPBACK } from '../support/tls-identities.ts';

const STATEMENT = parseSoftwareStatement(jws({ sub: 'x' }), epochMs(1));
const REGISTERED = JSON.stringify({ client_id: 'a', client_secret: 'b' });

/** Registers with a server over the real transport; closes everything it opened. */
async function register(
  server: RunningServer | string,
  options: { ca?: string; timeout?: number; connectTimeout?: number; lookup?: LookupFunction } = {},
) {
  const { ca, timeout = 5_000, connectTimeout = 5_000, lookup } = options;
  const baseUrl = new URL(typeof server === 'string' ? server : server.origin);
  const transport = openDcrTransport({
    url: baseUrl,
    timeoutMs: milliseconds(connectTimeout),
    tls: { ca, identity: undefined },
    ...(lookup && { lookup }),
  });
  const client = createDcrClient({
    url: baseUrl,
    transport: transport.send,
    effects: systemEffects,
    userAgent: 'cmu-proxy/test',
    deviceInfo: {},
    registerPath: '/o/client/register',
    tokenPath: '/o/client/token',
    tokenRequestForm: 'body',
    timeoutMs: milliseconds(timeout),
  });
  try {
    return await client.register(STATEMENT);
  } finally {
    transport.close();
  }
}

const refusedWith = (code: DcrErrorCode, message?: RegExp) => (error: Error) => {
  assert.equal(Reflect.get(error, 'code'), code, `${Reflect.get(error, 'code')}: ${error.message}`);
  if (message !== undefined) assert.match(error.message, message);
  return true;
};

test('A call brings its body and headers there, and the answer back', async () => {
  let seen = '';
  await using server = await httpServer(async (request, response) => {
    seen = `${request.method} ${request.url} ${request.headers['user-agent']} ${await text(request)}`;
    response.writeHead(201).end(REGISTERED);
  });
  assert.equal((await register(server)).clientId, 'a');
  assert.equal(
    seen,
    `POST /o/client/register cmu-proxy/test {"software_statement":"${STATEMENT.secret.reveal()}"}`,
  );
});

test('An answer may begin with a byte order mark', async () => {
  await using server = await httpServer((_, response) => response.writeHead(201).end(`\uFEFF${REGISTERED}`));
  assert.equal((await register(server)).clientId, 'a');
});

describe('A packed answer', () => {
  for (const [coding, pack] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    test(`in ${coding} is unpacked although nobody asked for it`, async () => {
      await using server = await httpServer((_, response) => {
        response.writeHead(201, { 'content-encoding': coding }).end(pack(REGISTERED));
      });
      assert.equal((await register(server)).clientId, 'a');
    });
  }

  for (const [what, coding, content, code] of [
    ['that is a bomb', 'gzip', gzipSync(Buffer.alloc(50 * 1024 * 1024)), 'answer_too_large'],
    ['that is a byte too long', 'gzip', gzipSync(Buffer.alloc(65_537, ' ')), 'answer_too_large'],
    ['that is packed twice', 'gzip, gzip', gzipSync(gzipSync(REGISTERED)), 'malformed_answer'],
    ['that is none', 'gzip', Buffer.from(REGISTERED), 'malformed_answer'],
    ['that is cut', 'gzip', gzipSync(REGISTERED).subarray(0, 20), 'malformed_answer'],
    ['in a coding that nobody knows', 'zzz', Buffer.from(REGISTERED), 'malformed_answer'],
  ] as const) {
    test(`${what} is refused`, async () => {
      await using server = await httpServer((_, response) => {
        response.writeHead(201, { 'content-encoding': coding }).end(content);
      });
      await assert.rejects(register(server), refusedWith(code));
    });
  }
});

describe('An answer is read to 64 KiB and no further:', () => {
  test('one that says that it is larger', async () => {
    await using server = await httpServer((_, response) => {
      response.writeHead(201, { 'content-length': 2 ** 30 }).write('{');
    });
    await assert.rejects(register(server), refusedWith('answer_too_large'));
  });

  test('one that does not say it', async () => {
    let stopped = false;
    await using server = await httpServer((_, response) => {
      response.on('close', () => {
        stopped = true;
      });
      const more = () => {
        while (!stopped && response.write(' '.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    await assert.rejects(register(server), refusedWith('answer_too_large'));
  });
});

describe('A server that misbehaves below HTTP', () => {
  const dots = (socket: {
    write(chunk: string): unknown;
    once(event: 'close', callback: () => void): unknown;
  }) => {
    socket.write('HTTP/1.1 201 Created\r\ncontent-length: 1000\r\n\r\n');
    const timer = setInterval(() => socket.write(' '), 20);
    socket.once('close', () => clearInterval(timer));
  };
  for (const [what, behave, code] of [
    ['by closing before the answer', (socket) => socket.end(), 'unreachable'],
    ['by a reset before the answer', (socket) => socket.resetAndDestroy(), 'unreachable'],
    [
      'by a reset in the header',
      (socket) => socket.write('HTTP/1.1 201 Cre', () => socket.resetAndDestroy()),
      'unreachable',
    ],
    [
      'by a reset in the body',
      (socket) =>
        socket.write('HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{', () => socket.resetAndDestroy()),
      'unreachable',
    ],
    [
      'by an end in the body',
      (socket) => socket.end('HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{"client'),
      'unreachable',
    ],
    ['by speaking something else', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 'malformed_answer'],
    [
      'by a header without end',
      (socket) => socket.write(`HTTP/1.1 201 Created\r\n${'x-a: bcdefghij\r\n'.repeat(5_000)}`),
      'malformed_answer',
    ],
    [
      'by a chunk without size',
      (socket) => socket.write('HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{'),
      'malformed_answer',
    ],
    [
      'by a length and chunks',
      (socket) =>
        socket.write(
          'HTTP/1.1 201 Created\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n',
        ),
      'malformed_answer',
    ],
    [
      'by another protocol that nobody asked for',
      (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n'),
      'unreachable',
    ],
    ['by saying nothing', () => {}, 'timeout'],
    ['by one byte at a time', dots, 'timeout'],
  ] satisfies [string, Parameters<typeof rawServer>[0], DcrErrorCode][]) {
    test(`${what} causes ${code}`, async () => {
      await using server = await rawServer(behave);
      await assert.rejects(
        register(server, { timeout: code === 'timeout' ? 300 : 5_000 }),
        refusedWith(code),
      );
    });
  }
});

test('A server that lets a handshake wait is a timeout after the time for connecting', async () => {
  await using server = await rawServer(() => {});
  await assert.rejects(
    register(server.origin.replace('http:', 'https:'), { connectTimeout: 50 }),
    refusedWith('timeout', /does not accept connections/),
  );
});

test('Nobody there is unreachable, and the message names the origin', async () => {
  const server = await httpServer(() => {});
  await server[Symbol.asyncDispose]();
  await assert.rejects(register(server), refusedWith('unreachable', /ECONNREFUSED/));
  await assert.rejects(
    register('http://no-such-host.invalid'),
    refusedWith('unreachable', /http:\/\/no-such-host\.invalid/),
  );
});

for (const status of [301, 302, 307, 308]) {
  test(`A redirect with ${status} is not followed`, async () => {
    await using elsewhere = await httpServer((_, response) => response.writeHead(201).end(REGISTERED));
    await using server = await httpServer((_, response) => {
      response.writeHead(status, { location: `${elsewhere.origin}/o/client/register` }).end();
    });
    await assert.rejects(register(server), refusedWith('redirected'));
    assert.equal(elsewhere.connections, 0);
  });
}

describe('A TLS server', () => {
  for (const [what, identity, trusted] of [
    ['that nobody vouches for', LOOPBACK, false],
    ['for another name', ELSEWHERE, true],
    ['that has expired', EXPIRED, true],
  ] as const) {
    test(`with a certificate ${what} is refused before the statement is sent`, async () => {
      let requests = 0;
      await using server = await httpsServer(identity, (_, response) => {
        requests += 1;
        response.writeHead(201).end(REGISTERED);
      });
      await assert.rejects(register(server, trusted ? { ca: identity.cert } : {}), refusedWith('tls_failed'));
      assert.equal(requests, 0);
    });
  }

  test('is refused although the environment says that certificates do not matter', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await using server = await httpsServer(LOOPBACK, (_, response) =>
        response.writeHead(201).end(REGISTERED),
      );
      await assert.rejects(register(server), refusedWith('tls_failed'));
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  test('of a private authority is accepted when that is given', async () => {
    await using server = await httpsServer(LOOPBACK, (_, response) =>
      response.writeHead(201).end(REGISTERED),
    );
    assert.equal((await register(server, { ca: LOOPBACK.cert })).clientId, 'a');
  });

  test('is asked for by its name without the dot of a fully qualified one, and by none where it has an address', async () => {
    const names: unknown[] = [];
    await using server = await httpsServer(LOOPBACK, ({ socket }, response) => {
      names.push(socket instanceof TLSSocket && socket.servername);
      response.writeHead(201).end(REGISTERED);
    });
    const lookup: LookupFunction = (_name, _options, found) =>
      found(null, [{ address: '127.0.0.1', family: 4 }]);
    for (const host of ['localhost', 'localhost.', '127.0.0.1']) {
      await register(server.origin.replace('127.0.0.1', host), { ca: LOOPBACK.cert, lookup });
    }
    assert.deepEqual(names, ['localhost', 'localhost', false]);
  });

  test('that speaks plain HTTP is a TLS failure', async () => {
    await using server = await httpServer((_, response) => response.end());
    await assert.rejects(register(server.origin.replace('http:', 'https:')), refusedWith('tls_failed'));
  });
});

test('Each call has a connection of its own, which ends with it', async () => {
  await using server = await httpServer((_, response) => response.writeHead(201).end(REGISTERED));
  const transport = openDcrTransport({
    url: new URL(server.origin),
    timeoutMs: milliseconds(1_000),
  });
  const request = {
    url: new URL(server.origin),
    headers: {},
    body: '',
    signal: new AbortController().signal,
  } as const;
  await transport.send(request);
  await transport.send(request);
  assert.equal(server.connections, 2);
  transport.close();
});

test('Closing cuts what is open', async () => {
  await using server = await httpServer(() => {});
  const transport = openDcrTransport({
    url: new URL(server.origin),
    timeoutMs: milliseconds(1_000),
  });
  const call = transport.send({
    url: new URL(server.origin),
    headers: {},
    body: '',
    signal: new AbortController().signal,
  });
  transport.close();
  await assert.rejects(call);
});

test('A repeated header field is joined, and an interim answer passed over', async () => {
  await using server = await rawServer((socket) =>
    socket.end('HTTP/1.1 103 Early Hints\r\nx-a: 0\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n\r\n{}'),
  );
  const transport = openDcrTransport({
    url: new URL(server.origin),
    timeoutMs: milliseconds(1_000),
  });
  const answer = await transport.send({
    url: new URL(server.origin),
    headers: {},
    body: '',
    signal: new AbortController().signal,
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['x-a'], '1, 2');
  assert.equal(answer.body, '{}');
});
