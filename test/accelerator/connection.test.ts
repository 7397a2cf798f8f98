import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type ProxyWorld, turn, withProxy } from '../support/proxy-world.ts';
import { parseAnswers, type RawAnswer } from '../support/raw-caller.ts';
import { answerReport, answerWith, counting, type Script } from '../support/scripted-upstream.ts';

const get = (path: string, ...lines: readonly string[]): string =>
  [`GET /cmu/v2${path} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');

/** A caller on one connection. */
class Caller {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #text = '';
  #onText = (): void => {};

  constructor(proxy: ProxyWorld) {
    this.socket = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => {});
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      this.#onText();
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves when so many answers have come, whole. */
  answers(count: number): Promise<readonly RawAnswer[]> {
    return new Promise((resolve) => {
      this.#onText = () => {
        const answers = wholeAnswers(this.#text);
        if (answers.length >= count) resolve(answers);
      };
      this.#onText();
    });
  }

  /** What was answered before is forgotten. */
  async ask(text: string): Promise<RawAnswer | undefined> {
    this.#text = '';
    this.send(text);
    return (await this.answers(1)).at(-1);
  }
}

const wholeAnswers = (text: string): readonly RawAnswer[] => {
  try {
    return parseAnswers(text);
  } catch {
    return [];
  }
};

const hitStatus = (answer: RawAnswer | undefined) =>
  answer?.lines.find((line) => line.startsWith('Cache-Status: '))?.split('; ')[1];

test('a connection goes on from plain requests to others', () =>
  withProxy(counting(), async (proxy) => {
    const caller = new Caller(proxy);
    const seen = [
      await caller.ask(get('/year')),
      await caller.ask(get('/year')),
      await caller.ask(get('/month')),
      await caller.ask(get('/year', 'TE: trailers')),
      await caller.ask(get('/year')),
    ];
    assert.deepEqual(
      seen.map((answer) => [answer?.status, answer?.body, hitStatus(answer)]),
      [
        [200, '{"report":[1]}', 'fwd=uri-miss'],
        [200, '{"report":[1]}', 'hit'],
        [200, '{"report":[2]}', 'fwd=uri-miss'],
        [200, '{"report":[1]}', 'hit'],
        [200, '{"report":[1]}', 'hit'],
      ],
    );
    caller.socket.destroy();
  }));

test('requests that come before the answer to the last one are answered after it, in order', () => {
  let release = (): void => {};
  const script: Script = (response, { target }) => {
    const answer = () => answerReport(JSON.stringify({ target }))(response);
    if (target.includes('slow')) release = answer;
    else answer();
  };
  return withProxy(script, async (proxy, upstream) => {
    const caller = new Caller(proxy);
    caller.send(get('/slow'));
    while (upstream.requests.length === 0) await turn();
    caller.send(get('/second'));
    caller.send(`${get('/third')}${get('/fourth').slice(0, 20)}`);
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(upstream.requests.length, 1);
    release();
    await caller.answers(3);
    caller.send(get('/fourth').slice(20));
    const answers = await caller.answers(4);
    assert.deepEqual(
      answers.map(({ body }) => JSON.parse(body).target),
      ['/cmu/v2/slow', '/cmu/v2/second', '/cmu/v2/third', '/cmu/v2/fourth'],
    );
    caller.socket.destroy();
  });
});

test('what comes behind the last request of a connection is not looked at', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const caller = new Caller(proxy);
    caller.send(get('/year', 'Connection: close'));
    const [answer] = await caller.answers(1);
    caller.send(get('/month'));
    await caller.closed;
    assert.equal(answer?.closes, true);
    assert.equal(upstream.requests.length, 1);
  }));

test('a caller who leaves while the upstream computes is noted, and the upstream is not kept waiting', () => {
  const script: Script = (response) => void response.on('close', () => (left = true));
  let left = false;
  return withProxy(
    script,
    async (proxy, upstream) => {
      const caller = new Caller(proxy);
      caller.send(get('/year', 'Cache-Control: no-store'));
      while (upstream.requests.length === 0) await turn();
      caller.socket.destroy();
      await proxy.answeredCount(1);
      assert.equal(proxy.answered[0]?.status, 499);
      while (!left) await turn();
    },
    { settings: { CACHE_CALLER_DIRECTIVES: 'honour' } },
  );
});

test('a connection without a request is ended once its time is over', () =>
  withProxy(
    answerReport(),
    async (proxy) => {
      const caller = new Caller(proxy);
      const answer = await caller.ask(get('/year'));
      assert.ok(answer?.lines.includes('Keep-Alive: timeout=1'));
      await caller.closed;
    },
    { settings: { LISTEN_KEEP_ALIVE_TIMEOUT_MS: '1000' } },
  ));

test('a caller who reads nothing of a stored report is cut off once its time is over', () =>
  withProxy(
    answerWith(200, ['Content-Type', 'text/csv'], Buffer.alloc(16 * 1024 * 1024, 'x')),
    async (proxy) => {
      await proxy.get('/year.csv');
      const caller = new Caller(proxy);
      caller.socket.pause();
      caller.send(get('/year.csv'));
      await proxy.answeredCount(2);
      assert.equal(proxy.answered[1]?.cache, 'hit');
      while ((await connectionsOf(proxy)) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      caller.socket.destroy();
    },
    {
      settings: {
        LISTEN_WRITE_TIMEOUT_MS: '200',
        CACHE_MAX_BYTES: String(256 * 1024 * 1024),
        CACHE_MAX_ENTRY_BYTES: String(32 * 1024 * 1024),
      },
    },
  ));

const connectionsOf = (proxy: ProxyWorld): Promise<number> =>
  new Promise((resolve, reject) =>
    proxy.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

test('an answer that its caller does not take yet is not written over by those of others', () => {
  const script: Script = (response, { target }) =>
    answerWith(200, ['Content-Type', 'text/csv'], Buffer.alloc(16_000, target.at(-5) ?? '?'))(response);
  return withProxy(script, async (proxy) => {
    const quick = new Caller(proxy);
    for (const path of ['/a.csv', '/b.csv']) await quick.ask(get(path));
    const slow = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
    const taken = () => proxy.answered.filter(({ target }) => target === '/a.csv').length - 1;
    let sent = 0;
    for (let waits = 0; waits < 20; waits++) {
      if (taken() === sent) {
        slow.write(get('/a.csv'), 'latin1');
        sent++;
        waits = 0;
      }
      await quick.ask(get('/b.csv'));
    }
    slow.end();
    const [, ...bodies] = (await text(slow)).split(/\r\n\r\n/).map((it) => it.replace(/HTTP.*$/s, ''));
    assert.equal(bodies.length, sent);
    for (const body of bodies) assert.equal(body === 'a'.repeat(16_000), true);
    quick.socket.destroy();
  });
});

test('a caller who says at once that nothing more will come is answered all the same', () =>
  withProxy(counting(), async (proxy) => {
    const first = new Caller(proxy);
    await first.ask(get('/year'));
    first.socket.destroy();
    // All but the first are for Node to read.
    for (const asked of [[get('/year')], [get('/year', 'Content-Length: 0')], Array(4).fill(get('/year'))]) {
      const caller = new Caller(proxy);
      caller.socket.end(asked.join(''), 'latin1');
      for (const answer of await caller.answers(asked.length)) {
        assert.deepEqual([answer.status, hitStatus(answer)], [200, 'hit']);
      }
      await caller.closed;
    }
  }));
