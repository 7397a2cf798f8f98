import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { Dispatcher } from 'undici';
import { milliseconds } from '../../src/base/units.ts';
import type { ConnectionOptions } from '../../src/upstream/connections.ts';
import { type AnswerHead, answerHead, flatFields } from '../../src/upstream/flat-fields.ts';
import { openWay, type Upstream } from '../../src/upstream/upstream.ts';
import { givenUp } from '../../src/upstream/upstream-error.ts';
import { until } from '../support/e2e-world.ts';
import { answerWith, hang, startRawUpstream, startUpstream } from '../support/scripted-upstream.ts';

type Control = Dispatcher.DispatchController;

const wayTo = (origin: URL, more: Partial<ConnectionOptions> = {}): Upstream & Disposable => {
  const way = openWay({
    url: origin,
    maxConnections: 4,
    connectTimeoutMs: milliseconds(1_000),
    headersTimeoutMs: milliseconds(1_000),
    bodyIdleTimeoutMs: milliseconds(1_000),
    ...more,
  });
  return { ...way, [Symbol.dispose]: () => way.close() };
};

type Reaction = Partial<Record<'start' | 'head' | 'data', (control: Control) => void>>;

/** Takes one answer; the test decides what it does at each step. */
class Taking implements Dispatcher.DispatchHandler {
  control: Control | undefined;
  head: AnswerHead | undefined;
  readonly chunks: Buffer[] = [];
  readonly #done = Promise.withResolvers<string>();
  readonly #react: Reaction;

  constructor(react: Reaction = {}) {
    this.#react = react;
  }

  /** The body, once complete. */
  get body(): Promise<string> {
    return this.#done.promise;
  }

  onRequestStart(control: Control): void {
    this.control = control;
    this.#react.start?.(control);
  }

  onResponseStart(control: Control, status: number): void {
    this.head = answerHead(status, flatFields(control));
    this.#react.head?.(control);
  }

  onResponseData(control: Control, chunk: Buffer): void {
    this.chunks.push(chunk);
    this.#react.data?.(control);
  }

  onResponseEnd(): void {
    this.#done.resolve(Buffer.concat(this.chunks).toString('latin1'));
  }

  onResponseError(_control: Control, error: Error): void {
    this.#done.reject(error);
  }
}

const get = (
  way: Upstream,
  path = '/x',
  react: Reaction = {},
  more: Partial<Dispatcher.DispatchOptions> = {},
): Taking => {
  const taking = new Taking(react);
  taking.body.catch(() => {});
  way.dispatcher.dispatch({ method: 'GET', path, headers: ['accept', 'a/b'], ...more }, taking);
  return taking;
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const CLOSED_PORT = new URL('http://127.0.0.1:9');

test('the request goes out as it was given, and nothing more', async () => {
  await using upstream = await startRawUpstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
  );
  using client = wayTo(upstream.url);
  const target = '/a//b?x!=1&x=2&%zz=\xe9;';
  assert.equal(await get(client, target).body, 'ok');
  assert.deepEqual(upstream.heads, [
    `GET ${target} HTTP/1.1\r\nhost: ${upstream.url.host}\r\nconnection: keep-alive\r\naccept: a/b\r\n\r\n`,
  ]);
});

test('a request that could be read as two is not sent', async () => {
  await using upstream = await startUpstream();
  using client = wayTo(upstream.url);
  await assert.rejects(get(client, '/a HTTP/1.1\r\nx: y').body, { code: 'UND_ERR_INVALID_ARG' });
  await assert.rejects(get(client, '/x', {}, { headers: ['a', 'b\r\nc: d'] }).body, {
    code: 'UND_ERR_INVALID_ARG',
  });
  assert.equal(upstream.connections, 0);
});

test('connections are kept, and one carries one request at a time', async () => {
  await using upstream = await startUpstream(answerWith(200, [], 'ok'));
  using client = wayTo(upstream.url);
  for (let i = 0; i < 5; i++) {
    assert.equal(await get(client).body, 'ok');
    // A connection rests for a turn, so that what comes behind an answer is seen.
    await turn();
  }
  assert.equal(upstream.connections, 1);
  await Promise.all(Array.from({ length: 20 }, () => get(client).body));
  assert.equal(upstream.connections, 4);
});

test('an answer that is given up at its head, however it is framed, leaves no dead connection behind', async () => {
  for (const answer of [
    'HTTP/1.1 304 Not Modified\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  ]) {
    await using upstream = await startRawUpstream((socket) => socket.write(answer));
    using client = wayTo(upstream.url, { maxConnections: 1 });
    get(client, '/1', { head: (control: Control) => control.abort(givenUp()) });
    const queued = get(client, '/2');
    await queued.body;
    await Promise.all([get(client, '/3').body, get(client, '/4').body]);
    assert.equal(upstream.heads.length, 4, answer);
  }
});

test('an abort at any moment frees the place of the request', async () => {
  await using upstream = await startUpstream(hang);
  using client = wayTo(upstream.url, { maxConnections: 1 });
  get(client, '/start', { start: (control: Control) => control.abort(givenUp()) });
  const first = get(client, '/hanging');
  const queued = get(client, '/queued');
  while (upstream.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  queued.control?.abort(givenUp());
  upstream.script = answerWith(200, [], 'ok');
  first.control?.abort(givenUp());
  await upstream.requests[0]?.cancelled;
  assert.equal(await get(client, '/last').body, 'ok');
  assert.deepEqual(
    upstream.requests.map(({ target }) => target),
    ['/hanging', '/last'],
  );
});

test('each kind of waiting has a time-out of its own', async () => {
  await using silent = await startUpstream(hang);
  using heads = wayTo(silent.url, { headersTimeoutMs: milliseconds(40) });
  await assert.rejects(get(heads).body, { code: 'UND_ERR_HEADERS_TIMEOUT' });

  await using stalling = await startRawUpstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
  );
  using bodies = wayTo(stalling.url, { bodyIdleTimeoutMs: milliseconds(40) });
  const taking = get(bodies);
  await assert.rejects(taking.body, { code: 'UND_ERR_BODY_TIMEOUT' });
  assert.equal(Buffer.concat(taking.chunks).toString(), 'half');

  // TLS to a port that never answers the handshake: connected, and yet no connection.
  await using mute = await startRawUpstream(() => {});
  using connecting = wayTo(new URL(`https://127.0.0.1:${mute.url.port}`), {
    connectTimeoutMs: milliseconds(40),
  });
  await assert.rejects(get(connecting).body, { code: /CONNECT_TIMEOUT/ });
});

test('a wait for a free connection is not the origin being out of reach: it may last as long as an answer', async () => {
  const answers: (() => void)[] = [];
  await using upstream = await startUpstream((response) => {
    answers.push(() => answerWith(200, [], 'ok')(response));
  });
  using client = wayTo(upstream.url, { maxConnections: 1, connectTimeoutMs: milliseconds(20) });
  const first = get(client, '/slow');
  const second = get(client, '/waiting');
  // Ten times as long as a connection may take.
  await new Promise((resolve) => setTimeout(resolve, 200));
  answers[0]?.();
  assert.equal(await first.body, 'ok');
  while (answers.length < 2) await new Promise((resolve) => setImmediate(resolve));
  answers[1]?.();
  assert.equal(await second.body, 'ok');
});

test('a pause does not count as the origin being slow', async () => {
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, ['Content-Length', '4']);
    response.write('ha');
    setTimeout(() => response.end('lf'), 30);
  });
  using client = wayTo(upstream.url, { bodyIdleTimeoutMs: milliseconds(40) });
  const taking = get(client, '/x', { head: (control: Control) => control.pause() });
  setTimeout(() => taking.control?.resume(), 200);
  assert.equal(await taking.body, 'half');
});

test('refused, reset, ended: each failure has its name', async () => {
  using nobody = wayTo(CLOSED_PORT);
  await assert.rejects(get(nobody).body, { code: 'ECONNREFUSED' });
  await using resetting = await startRawUpstream((socket: Socket) => socket.resetAndDestroy());
  using reset = wayTo(resetting.url);
  await assert.rejects(get(reset).body, { code: 'ECONNRESET' });
  await using ending = await startRawUpstream((socket: Socket) => socket.end());
  using ended = wayTo(ending.url);
  await assert.rejects(get(ended).body, { code: 'UND_ERR_SOCKET' });
  await using other = await startRawUpstream((socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'));
  using alien = wayTo(other.url);
  await assert.rejects(get(alien).body, { code: 'INVALID_ANSWER' });
});

test('bytes that nobody asked for end the connection before the next request can meet them', async () => {
  const sockets: Socket[] = [];
  await using upstream = await startRawUpstream((socket) => {
    sockets.push(socket);
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${sockets.length}`);
  });
  using client = wayTo(upstream.url, { maxConnections: 1 });
  assert.equal(await get(client).body, '1');
  const closed = new Promise((resolve) => sockets[0]?.once('close', resolve));
  sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nstray');
  await closed;
  assert.equal(await get(client).body, '2');
});

test('in 1,000 tries, what comes behind a whole answer in the same turn reaches nobody', async () => {
  const strays = ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nstray', 'garbage\r\n'];
  let count = 0;
  await using upstream = await startRawUpstream((socket, head) => {
    const target = head.split(' ', 2)[1] ?? '';
    const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${target.length}\r\n\r\n${target}`;
    socket.write(answer + strays[count++ % strays.length]);
  });
  using client = wayTo(upstream.url, { maxConnections: 4 });
  for (let i = 0; i < 250; i++) {
    const targets = Array.from({ length: 4 }, (_, n) => `/${i}/${n}`);
    assert.deepEqual(await Promise.all(targets.map((target) => get(client, target).body)), targets);
  }
});

test('an answer that ends with its connection is complete, and says that nobody can know', async () => {
  await using upstream = await startRawUpstream((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
  using client = wayTo(upstream.url);
  const taking = get(client);
  assert.equal(await taking.body, 'all of it');
  assert.equal(taking.head?.framed, false);
});

test('a GET whose connection is dead is sent once more, on a new one, and other kept ones are left', async () => {
  const dead = new Set<Socket>();
  const sockets = new Set<Socket>();
  await using upstream = await startRawUpstream((socket) => {
    sockets.add(socket);
    // A middlebox that has forgotten the connection says so only when it is used.
    if (dead.has(socket)) socket.resetAndDestroy();
    else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  using client = wayTo(upstream.url);
  await Promise.all(Array.from({ length: 4 }, () => get(client).body));
  await turn();
  for (const socket of sockets) dead.add(socket);
  assert.equal(await get(client).body, 'ok');
  await turn();
  assert.equal(await get(client).body, 'ok');
  // Four that were kept, one of them used in vain; one new.
  assert.deepEqual([sockets.size, upstream.heads.length], [5, 7]);
});

test('a kept connection that is said to have timed out (408) costs nobody an answer; a new one may say so', async () => {
  const used = new Set<Socket>();
  await using upstream = await startRawUpstream((socket) => {
    if (used.has(socket)) socket.end('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n');
    else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    used.add(socket);
  });
  using client = wayTo(upstream.url);
  assert.equal(await get(client).body, 'ok');
  await turn();
  const second = get(client);
  assert.deepEqual([await second.body, second.head?.status], ['ok', 200]);
  assert.equal(upstream.heads.length, 3);

  await using tired = await startUpstream(answerWith(408));
  using other = wayTo(tired.url);
  const only = get(other);
  await only.body;
  assert.deepEqual([only.head?.status, tired.requests.length], [408, 1]);
});

test('kept connections that end in the moment in which they were to be used cost nobody an answer', async () => {
  const sockets = new Set<Socket>();
  await using upstream = await startRawUpstream((socket) => {
    sockets.add(socket);
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  using client = wayTo(upstream.url);
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 4 }, () => get(client).body));
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  }
});

test('a GET on a kept connection that stays silent is sent once more, on a new one, which has the whole time', async () => {
  const silent = new Set<Socket>();
  await using upstream = await startRawUpstream((socket) => {
    if (silent.has(socket)) return;
    silent.add(socket);
    const answer = () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    setTimeout(answer, silent.size === 1 ? 0 : 300);
  });
  using client = wayTo(upstream.url, { headersTimeoutMs: milliseconds(400) });
  assert.equal(await get(client).body, 'ok');
  await turn();
  assert.equal(await get(client).body, 'ok');
  assert.equal(upstream.heads.length, 3);
});

test('nothing is sent twice that changes something, or whose answer has begun, and nothing three times', async () => {
  const cases: readonly (readonly [string, number, Partial<Dispatcher.DispatchOptions>])[] = [
    ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', 1, {}],
    ['', 1, { method: 'POST', body: 'x' }],
    ['', 2, {}],
  ];
  for (const [answer, sendings, options] of cases) {
    await using upstream = await startRawUpstream((socket) => socket.end(answer));
    using client = wayTo(upstream.url);
    await assert.rejects(get(client, '/x', {}, options).body);
    assert.equal(upstream.heads.length, sendings);
  }
});

test('a connection takes no new request beyond its age: a changed address is followed although nobody ever rests', async () => {
  await using before = await startUpstream(answerWith(200, [], '127.0.0.1'));
  const after = createServer((_, response) => response.end('127.0.0.2')).listen(before.port, '127.0.0.2');
  await once(after, 'listening');
  let address = '127.0.0.1';
  using client = wayTo(new URL(`http://report-api.test:${before.port}`), {
    longestAge: milliseconds(50),
    lookup: (_name, _options, callback) => callback(null, [{ address, family: 4 }]),
  });
  assert.equal(await get(client).body, '127.0.0.1');
  address = '127.0.0.2';
  const end = performance.now() + 5_000;
  let answeredBy = '';
  while (answeredBy !== address && performance.now() < end) answeredBy = await get(client).body;
  assert.equal(answeredBy, '127.0.0.2');
  after.closeAllConnections();
  after.close();
});

test('closing tells every request, and none can be sent after', async () => {
  await using upstream = await startUpstream(hang);
  using client = wayTo(upstream.url, { maxConnections: 1 });
  const requests = [get(client), get(client)];
  client.close();
  for (const { body } of [...requests, get(client)]) await assert.rejects(body, { code: 'CLOSED' });
});

test('who does not read may keep a connection, until others have waited for it for some time', async () => {
  await using upstream = await startUpstream((response, { target }) => {
    response.writeHead(200, ['Content-Length', '4']);
    response.write('ha');
    if (target !== '/slow') response.end('lf');
  });
  using client = wayTo(upstream.url, { maxConnections: 1, bodyIdleTimeoutMs: milliseconds(80) });
  const slow = get(client, '/slow', { head: (control: Control) => control.pause() });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const waiting = get(client, '/waiting');
  await assert.rejects(slow.body, { code: 'SLOW_CALLER' });
  assert.equal(await waiting.body, 'half');
});

test('one that is retired keeps no connection, ends no request, and still takes one that was on its way', async () => {
  const release = Promise.withResolvers<void>();
  await using upstream = await startUpstream(async (response, { target }) => {
    if (target === '/slow') await release.promise;
    answerWith(200, [], target)(response);
  });
  using client = wayTo(upstream.url);
  await get(client, '/idle').body;
  await turn();
  const slow = get(client, '/slow');
  await turn();
  const retired = client.retire();
  assert.equal(await get(client, '/late').body, '/late');
  release.resolve();
  assert.equal(await slow.body, '/slow');
  await retired;
  assert.equal(await get(client, '/last').body, '/last');
  // None was used again: the first two shared one, as it was kept then.
  assert.equal(upstream.connections, 3);
  await until(() => upstream.openConnections === 0);
});
