import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { milliseconds } from '../../../src/base/units.ts';
import type {
  AnswerHandler,
  AnswerHead,
  Release,
  RequestControl,
} from '../../../src/upstream/origin/answer-handler.ts';
import { OriginClient, type OriginClientOptions } from '../../../src/upstream/origin/origin-client.ts';
import { until } from '../../support/e2e-world.ts';
import { answerWith, hang, startRawUpstream, startUpstream } from '../../support/scripted-upstream.ts';

const clientOf = (origin: URL, more: Partial<OriginClientOptions> = {}) => {
  const client = new OriginClient({
    origin,
    maxConnections: 4,
    connectTimeout: milliseconds(1_000),
    headersTimeout: milliseconds(1_000),
    bodyIdleTimeout: milliseconds(1_000),
    ...more,
  });
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
};

/** Takes one answer; the test decides what it does at each step. */
class Taking implements AnswerHandler {
  control: RequestControl | undefined;
  head: AnswerHead | undefined;
  readonly chunks: Buffer[] = [];
  readonly #done = Promise.withResolvers<string>();
  readonly #react: Partial<Record<'start' | 'head' | 'data', (control: RequestControl) => void>>;

  constructor(react: Partial<Record<'start' | 'head' | 'data', (control: RequestControl) => void>> = {}) {
    this.#react = react;
  }

  /** The body, once complete. */
  get body(): Promise<string> {
    return this.#done.promise;
  }

  onStart(control: RequestControl): void {
    this.control = control;
    this.#react.start?.(control);
  }

  onHead(head: AnswerHead): void {
    this.head = head;
    if (this.control !== undefined) this.#react.head?.(this.control);
  }

  onData(chunk: Buffer, release?: Release): void {
    this.chunks.push(Buffer.from(chunk));
    release?.();
    if (this.control !== undefined) this.#react.data?.(this.control);
  }

  onEnd(): void {
    this.#done.resolve(Buffer.concat(this.chunks).toString('latin1'));
  }

  onError(error: Error): void {
    this.#done.reject(error);
  }
}

const get = (client: OriginClient, target = '/x', react = {}): Taking => {
  const taking = new Taking(react);
  taking.body.catch(() => {});
  client.dispatch({ target, headers: ['accept', 'a/b'] }, taking);
  return taking;
};

const CLOSED_PORT = new URL('http://127.0.0.1:9');

test('the request goes out as it was given, and nothing more', async () => {
  await using upstream = await startRawUpstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
  );
  using client = clientOf(upstream.url);
  const target = '/a//b?x!=1&x=2&%zz=\xe9;';
  assert.equal(await get(client, target).body, 'ok');
  assert.deepEqual(upstream.heads, [
    `GET ${target} HTTP/1.1\r\nhost: ${upstream.url.host}\r\naccept: a/b\r\n\r\n`,
  ]);
});

test('a request that could be read as two is not sent', async () => {
  await using upstream = await startUpstream();
  using client = clientOf(upstream.url);
  await assert.rejects(get(client, '/a HTTP/1.1\r\nx: y').body, TypeError);
  const taking = new Taking();
  client.dispatch({ target: '/x', headers: ['a', 'b\r\nc: d'] }, taking);
  await assert.rejects(taking.body, TypeError);
  assert.equal(upstream.connections, 0);
});

test('connections are kept, and one carries one request at a time', async () => {
  await using upstream = await startUpstream(answerWith(200, [], 'ok'));
  using client = clientOf(upstream.url);
  for (let i = 0; i < 5; i++) assert.equal(await get(client).body, 'ok');
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
    using client = clientOf(upstream.url, { maxConnections: 1 });
    get(client, '/1', { head: (control: RequestControl) => control.abort() });
    const queued = get(client, '/2');
    await queued.body;
    await Promise.all([get(client, '/3').body, get(client, '/4').body]);
    assert.equal(upstream.heads.length, 4, answer);
  }
});

test('an abort at any moment frees the place of the request', async () => {
  await using upstream = await startUpstream(hang);
  using client = clientOf(upstream.url, { maxConnections: 1 });
  get(client, '/start', { start: (control: RequestControl) => control.abort() });
  const first = get(client, '/hanging');
  const queued = get(client, '/queued');
  while (upstream.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  queued.control?.abort();
  upstream.script = answerWith(200, [], 'ok');
  first.control?.abort();
  await upstream.requests[0]?.cancelled;
  assert.equal(await get(client, '/last').body, 'ok');
  assert.deepEqual(
    upstream.requests.map(({ target }) => target),
    ['/hanging', '/last'],
  );
});

test('each kind of waiting has a time-out of its own', async () => {
  await using silent = await startUpstream(hang);
  using heads = clientOf(silent.url, { headersTimeout: milliseconds(40) });
  await assert.rejects(get(heads).body, { code: 'HEAD_TIMEOUT' });

  await using stalling = await startRawUpstream((socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
  );
  using bodies = clientOf(stalling.url, { bodyIdleTimeout: milliseconds(40) });
  const taking = get(bodies);
  await assert.rejects(taking.body, { code: 'BODY_TIMEOUT' });
  assert.equal(Buffer.concat(taking.chunks).toString(), 'half');

  // TLS to a port that never answers the handshake: connected, and yet no connection.
  await using mute = await startRawUpstream(() => {});
  using connecting = clientOf(new URL(`https://127.0.0.1:${mute.url.port}`), {
    connectTimeout: milliseconds(40),
  });
  await assert.rejects(get(connecting).body, { code: 'CONNECT_TIMEOUT' });
});

test('a wait for a free connection is not the origin being out of reach: it may last as long as an answer', async () => {
  const answers: (() => void)[] = [];
  await using upstream = await startUpstream((response) => {
    answers.push(() => answerWith(200, [], 'ok')(response));
  });
  using client = clientOf(upstream.url, { maxConnections: 1, connectTimeout: milliseconds(20) });
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
  using client = clientOf(upstream.url, { bodyIdleTimeout: milliseconds(40) });
  const taking = get(client, '/x', { head: (control: RequestControl) => control.pause() });
  setTimeout(() => taking.control?.resume(), 200);
  assert.equal(await taking.body, 'half');
});

test('refused, reset, ended: each failure has its name', async () => {
  using nobody = clientOf(CLOSED_PORT);
  await assert.rejects(get(nobody).body, { code: 'ECONNREFUSED' });
  await using resetting = await startRawUpstream((socket: Socket) => socket.resetAndDestroy());
  using reset = clientOf(resetting.url);
  await assert.rejects(get(reset).body, { code: 'ECONNRESET' });
  await using ending = await startRawUpstream((socket: Socket) => socket.end());
  using ended = clientOf(ending.url);
  await assert.rejects(get(ended).body, { code: 'CONNECTION_LOST' });
});

test('bytes that nobody asked for end the connection before the next request can meet them', async () => {
  const sockets: Socket[] = [];
  await using upstream = await startRawUpstream((socket) => {
    sockets.push(socket);
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${sockets.length}`);
  });
  using client = clientOf(upstream.url, { maxConnections: 1 });
  assert.equal(await get(client).body, '1');
  const closed = new Promise((resolve) => sockets[0]?.once('close', resolve));
  sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nstray');
  await closed;
  assert.equal(await get(client).body, '2');
});

test('an answer with more behind it is refused, and the connection with it', async () => {
  await using upstream = await startRawUpstream((socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    ),
  );
  using client = clientOf(upstream.url);
  await assert.rejects(get(client).body, { code: 'INVALID_ANSWER' });
});

test('an answer that ends with its connection is complete, and says that nobody can know', async () => {
  await using upstream = await startRawUpstream((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
  using client = clientOf(upstream.url);
  const taking = get(client);
  assert.equal(await taking.body, 'all of it');
  assert.equal(taking.head?.framed, false);
});

test('after one kept connection that turned out dead, the next request gets a new one', async () => {
  const dead = new Set<Socket>();
  const sockets = new Set<Socket>();
  await using upstream = await startRawUpstream((socket) => {
    sockets.add(socket);
    // A middlebox that has forgotten the connection says so only when it is used.
    if (dead.has(socket)) socket.resetAndDestroy();
    else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  using client = clientOf(upstream.url);
  await Promise.all(Array.from({ length: 4 }, () => get(client).body));
  for (const socket of sockets) dead.add(socket);
  await assert.rejects(get(client).body, { code: 'ECONNRESET' });
  assert.equal(await get(client).body, 'ok');
});

test('a kept connection that ends in the moment in which it was to be used takes the others with it', async () => {
  const sockets = new Set<Socket>();
  await using upstream = await startRawUpstream((socket) => {
    sockets.add(socket);
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  using client = clientOf(upstream.url);
  await Promise.all(Array.from({ length: 4 }, () => get(client).body));
  // From a timer, the ends of all connections are read before the turn is over, and with it the time to write.
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (const socket of sockets) socket.destroy();
  // As what calls it does: once more, at once, and no more than that.
  const again = get(client).body.catch(() => get(client).body);
  assert.equal(await again, 'ok');
  assert.equal(sockets.size, 5);
});

test('closing tells every request, and none can be sent after', async () => {
  await using upstream = await startUpstream(hang);
  using client = clientOf(upstream.url, { maxConnections: 1 });
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
  using client = clientOf(upstream.url, { maxConnections: 1, bodyIdleTimeout: milliseconds(80) });
  const slow = get(client, '/slow', { head: (control: RequestControl) => control.pause() });
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
  using client = clientOf(upstream.url);
  const idle = new Taking();
  client.dispatch({ target: '/idle', headers: [] }, idle);
  await idle.body;
  const slow = new Taking();
  client.dispatch({ target: '/slow', headers: [] }, slow);
  const retired = client.retire();
  const late = new Taking();
  client.dispatch({ target: '/late', headers: [] }, late);
  assert.equal(await late.body, '/late');
  release.resolve();
  assert.equal(await slow.body, '/slow');
  await retired;
  const last = new Taking();
  client.dispatch({ target: '/last', headers: [] }, last);
  assert.equal(await last.body, '/last');
  // None was used again: the first two shared one, as it was kept then.
  assert.equal(upstream.connections, 3);
  await until(() => upstream.openConnections === 0);
});
