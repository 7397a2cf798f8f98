import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Dispatcher } from 'undici';
import { DcrError, ProvenTokens } from '../../src/oauth/index.ts';
import { bearerAuthentication } from '../../src/upstream/bearer-authentication.ts';
import { givenUp } from '../../src/upstream/upstream-error.ts';
import { FakeTokens, WITHOUT_PAUSES } from '../support/fake-tokens.ts';

/** What is sent, and the handler to answer it with. */
class Sending implements Dispatcher.DispatchController {
  readonly options: Dispatcher.DispatchOptions;
  readonly handler: Dispatcher.DispatchHandler;
  reason: Error | null = null;
  paused = false;

  constructor(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
    this.options = options;
    this.handler = handler;
  }

  get aborted(): boolean {
    return this.reason !== null;
  }

  abort(reason: Error): void {
    this.reason = reason;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  head(status: number, fields: Readonly<Record<string, string>> = {}): void {
    this.handler.onResponseStart?.(this, status, fields);
  }

  data(body: string | Buffer): void {
    this.handler.onResponseData?.(this, Buffer.from(body));
  }

  answer(status: number, body = ''): void {
    this.head(status);
    if (body !== '') this.data(body);
    this.end();
  }

  end(): void {
    this.handler.onResponseEnd?.(this, {});
  }

  fail(code: string): void {
    this.handler.onResponseError?.(this, Object.assign(new Error(code), { code }));
  }
}

const world = (more: Partial<Dispatcher.DispatchOptions> = {}) => {
  const tokens = new FakeTokens();
  const sent: Sending[] = [];
  const seen: string[] = [];
  let abort = () => {};
  const proven = new ProvenTokens(tokens, WITHOUT_PAUSES);
  const dispatch = bearerAuthentication(
    proven,
    'cmu',
  )((options, handler) => {
    const sending = new Sending(options, handler);
    sent.push(sending);
    handler.onRequestStart?.(sending, undefined);
    return true;
  });
  const send = () =>
    dispatch(
      { method: 'GET', path: '/x', headers: ['accept', 'a/b'], ...more },
      {
        onRequestStart: (controller) => {
          abort = () => controller.abort(givenUp());
        },
        onResponseStart: (_, status) => void seen.push(`head ${status}`),
        onResponseData: (_, chunk) => void seen.push(`data ${chunk}`),
        onResponseEnd: () => void seen.push('end'),
        onResponseError: (_, error) => void seen.push(`error ${'code' in error ? error.code : error.name}`),
      },
    );
  const answer = async (index: number, status: number, body = ''): Promise<void> => {
    sent[index]?.answer(status, body);
    await turns();
  };
  const authorizations = () =>
    sent.map(({ options: { headers } }) => (Array.isArray(headers) ? headers : []).slice(-2).join(': '));
  return { tokens, sent, seen, send, answer, authorizations, abort: () => abort() };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Enough of them for a pause that is over at the next one. */
const turns = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) await turn();
};

test('the bearer is put in last, at once, and the given fields are left as they are', async () => {
  const { send, sent, answer, seen } = world();
  send();
  assert.deepEqual(sent[0]?.options, {
    method: 'GET',
    path: '/x',
    headers: ['accept', 'a/b', 'authorization', 'Bearer token-1'],
  });
  await answer(0, 200, 'ok');
  assert.deepEqual(seen, ['head 200', 'data ok', 'end']);
});

test('after a 401 the request is sent once more with another token, and nothing of the first answer is passed on', async () => {
  const { send, answer, seen, authorizations, tokens } = world();
  send();
  await answer(0, 401, 'expired');
  await answer(1, 200, 'ok');
  assert.deepEqual(authorizations(), ['authorization: Bearer token-1', 'authorization: Bearer token-2']);
  assert.deepEqual(seen, ['head 200', 'data ok', 'end']);
  assert.deepEqual(tokens.invalidated, ['Bearer token-1']);
});

test('what refuses one token after the other is passed on as it came', async () => {
  const { send, answer, seen, sent } = world();
  send();
  for (let times = 0; seen.length === 0 && times < 20; times++) await answer(times, 401, `no ${times}`);
  assert.deepEqual(seen, ['head 401', `data no ${sent.length - 1}`, 'end']);
});

test('a 403 that says nothing of the client goes on at once, whatever its size', async () => {
  const { send, sent, seen, tokens } = world();
  send();
  sent[0]?.head(403);
  sent[0]?.data('a'.repeat(20_000));
  assert.equal(sent[0]?.paused, true);
  await turns();
  assert.equal(sent[0]?.paused, false);
  sent[0]?.data('b');
  sent[0]?.end();
  assert.deepEqual(seen, ['head 403', `data ${'a'.repeat(20_000)}`, 'data b', 'end']);
  assert.deepEqual([sent.length, tokens.invalidated], [1, []]);
});

test('a refusal that breaks off while it is judged breaks off for the caller', async () => {
  const { send, sent, seen } = world();
  send();
  sent[0]?.head(403);
  sent[0]?.data('a'.repeat(20_000));
  sent[0]?.fail('UND_ERR_SOCKET');
  await turns();
  assert.deepEqual(seen, ['head 403', `data ${'a'.repeat(20_000)}`, 'error UND_ERR_SOCKET']);
});

test('a scope that lacks is told as such, and no other token is fetched', async () => {
  const { send, sent, seen, tokens } = world();
  send();
  sent[0]?.head(403, { 'www-authenticate': 'Bearer error="insufficient_scope", scope="x:client"' });
  sent[0]?.end();
  await turns();
  assert.deepEqual([seen, sent.length, tokens.invalidated], [['error missing_scope'], 1, []]);
});

test('a request whose body was streamed is not sent twice: its caller gets the 401, and the next one another token', async () => {
  const { send, answer, seen, sent, tokens } = world({ method: 'POST', body: Readable.from(['x']) });
  send();
  await answer(0, 401, 'expired');
  assert.deepEqual([seen, sent.length], [['head 401', 'data expired', 'end'], 1]);
  assert.deepEqual(tokens.invalidated, ['Bearer token-1']);
});

test('fields in every form that undici takes end up as one list, the bearer last', () => {
  for (const headers of [
    { accept: 'a/b', x: ['1', '2'] },
    new Map<string, string | string[]>([
      ['accept', 'a/b'],
      ['x', ['1', '2']],
    ]),
  ]) {
    const { send, sent } = world({ headers });
    send();
    assert.deepEqual(sent[0]?.options.headers, [
      ...['accept', 'a/b', 'x', '1', 'x', '2'],
      ...['authorization', 'Bearer token-1'],
    ]);
  }
});

test('failures are no matter of the token: the caller sees them at once', () => {
  for (const code of ['UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'INVALID_ANSWER', 'QUEUE_FULL']) {
    const { send, sent, seen } = world();
    send();
    sent[0]?.fail(code);
    assert.deepEqual([seen, sent.length], [[`error ${code}`], 1], code);
  }
});

test('without a token the request waits for one, and is not sent if its caller leaves meanwhile', async () => {
  const waiting = world();
  waiting.tokens.hold();
  waiting.send();
  assert.equal(waiting.sent.length, 0);
  waiting.tokens.release();
  await turn();
  assert.deepEqual(waiting.authorizations(), ['authorization: Bearer token-2']);

  const leaving = world();
  leaving.tokens.hold();
  leaving.send();
  leaving.abort();
  await turn();
  leaving.tokens.release();
  await turn();
  assert.deepEqual([leaving.sent.length, leaving.seen, leaving.tokens.waiting], [0, ['error GIVEN_UP'], 0]);
});

test('a token source that cannot give one is the failure that the caller sees', async () => {
  const { send, seen, sent, tokens } = world();
  tokens.failure = new DcrError('throttled', 'x');
  send();
  await turn();
  assert.deepEqual([seen, sent.length], [['error throttled'], 0]);
});

test('the rest of a refused answer that nobody sees is read so that its connection lives on, within bounds', async () => {
  const { send, sent } = world();
  send();
  sent[0]?.head(401);
  sent[0]?.data(Buffer.alloc(20_000));
  await turns();
  assert.equal(sent.length, 2);
  sent[0]?.data(Buffer.alloc(60_000));
  assert.equal(sent[0]?.aborted, false);
  sent[0]?.data(Buffer.alloc(10_000));
  assert.equal(sent[0]?.aborted, true);
});

test('a refused token that the API has taken before is said to be revoked; another was perhaps never good', async () => {
  for (const [before, revoked] of [
    [200, ['Bearer token-1']],
    [503, []],
  ] as const) {
    const { send, answer, tokens } = world();
    send();
    await answer(0, before);
    send();
    await answer(1, 401);
    assert.deepEqual(tokens.invalidated, ['Bearer token-1']);
    assert.deepEqual(tokens.revoked, revoked);
  }
});
