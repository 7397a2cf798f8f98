import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcrError } from '../../src/oauth/index.ts';
import { bearerAuthentication } from '../../src/upstream/bearer-authentication.ts';
import type { AnswerHandler, OriginRequest } from '../../src/upstream/origin/answer-handler.ts';
import { OriginError } from '../../src/upstream/origin/origin-error.ts';
import { FakeTokens } from '../support/fake-tokens.ts';

/** What is sent, and the handler to answer it with. */
interface Sending {
  readonly request: OriginRequest;
  readonly handler: AnswerHandler;
  aborted: boolean;
}

const world = () => {
  const tokens = new FakeTokens();
  const sent: Sending[] = [];
  const seen: string[] = [];
  let abort = () => {};
  const dispatch = bearerAuthentication(tokens)((request, handler) => {
    const sending: Sending = { request, handler, aborted: false };
    sent.push(sending);
    handler.onStart({
      abort: () => {
        sending.aborted = true;
      },
      pause: () => {},
      resume: () => {},
    });
  });
  const send = () =>
    dispatch(
      { target: '/x', headers: ['accept', 'a/b'] },
      {
        onStart: (control) => {
          abort = () => control.abort();
        },
        onHead: ({ status }) => void seen.push(`head ${status}`),
        onData: (chunk, release) => {
          seen.push(`data ${chunk}`);
          release?.();
        },
        onEnd: () => void seen.push('end'),
        onError: (error) => void seen.push(`error ${'code' in error ? error.code : error.name}`),
      },
    );
  const answer = (index: number, status: number, body = ''): void => {
    const handler = sent[index]?.handler;
    handler?.onHead({ status, headers: [], lowerNames: [], framed: true });
    if (body !== '') handler?.onData(Buffer.from(body));
    handler?.onEnd();
  };
  const authorizations = () => sent.map(({ request }) => request.headers.slice(-2).join(': '));
  return { tokens, sent, seen, send, answer, authorizations, abort: () => abort() };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the bearer is put in last, at once, and the given fields are left as they are', () => {
  const { send, sent, answer, seen } = world();
  send();
  assert.deepEqual(sent[0]?.request, {
    target: '/x',
    headers: ['accept', 'a/b', 'authorization', 'Bearer token-1'],
  });
  answer(0, 200, 'ok');
  assert.deepEqual(seen, ['head 200', 'data ok', 'end']);
});

test('after a 401 the request is sent once more with another token, and nothing of the first answer is passed on', () => {
  const { send, answer, seen, authorizations, tokens } = world();
  send();
  answer(0, 401, 'expired');
  answer(1, 200, 'ok');
  assert.deepEqual(authorizations(), ['authorization: Bearer token-1', 'authorization: Bearer token-2']);
  assert.deepEqual(seen, ['head 200', 'data ok', 'end']);
  assert.deepEqual(tokens.invalidated, ['Bearer token-1']);
});

test('a second 401 ends it', () => {
  const { send, answer, seen, sent, tokens } = world();
  send();
  answer(0, 401);
  answer(1, 401, 'no');
  assert.deepEqual([seen, sent.length, tokens.invalidated.length], [['error token_rejected'], 2, 2]);
});

test('a connection lost before the answer costs a second request; lost twice, or within the answer, it is a failure', () => {
  for (const code of ['CONNECTION_LOST', 'ECONNRESET', 'EPIPE']) {
    const error = Object.assign(new Error('lost'), { code });
    const before = world();
    before.send();
    before.sent[0]?.handler.onError(error);
    before.answer(1, 200);
    assert.deepEqual(before.seen, ['head 200', 'end'], code);

    const twice = world();
    twice.send();
    twice.sent[0]?.handler.onError(error);
    twice.sent[1]?.handler.onError(error);
    assert.deepEqual([twice.seen, twice.sent.length], [[`error ${code}`], 2]);

    const within = world();
    within.send();
    within.sent[0]?.handler.onHead({ status: 200, headers: [], lowerNames: [], framed: true });
    within.sent[0]?.handler.onError(error);
    assert.deepEqual([within.seen, within.sent.length], [['head 200', `error ${code}`], 1]);
  }
});

test('other failures are not repeated: a time-out would double the wait, a refusal would not help', () => {
  for (const code of ['HEAD_TIMEOUT', 'CONNECT_TIMEOUT', 'INVALID_ANSWER', 'QUEUE_FULL'] as const) {
    const { send, sent, seen } = world();
    send();
    sent[0]?.handler.onError(new OriginError(code, 'x'));
    assert.deepEqual([seen, sent.length], [[`error ${code}`], 1], code);
  }
});

test('two requests at most: a 401 and a lost connection are not two reasons for three', () => {
  const { send, answer, sent, seen } = world();
  send();
  answer(0, 401);
  sent[1]?.handler.onError(new OriginError('CONNECTION_LOST', 'x'));
  assert.deepEqual([seen, sent.length], [['error CONNECTION_LOST'], 2]);
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
  assert.deepEqual([leaving.sent.length, leaving.seen, leaving.tokens.waiting], [0, [], 0]);
});

test('a token source that cannot give one is the failure that the caller sees', async () => {
  const { send, seen, sent, tokens } = world();
  tokens.failure = new DcrError('throttled', 'x');
  send();
  await turn();
  assert.deepEqual([seen, sent.length], [['error throttled'], 0]);
});

test('the body of a refused answer is read so that its connection lives on, within bounds', () => {
  const { send, sent } = world();
  send();
  let released = 0;
  const handler = sent[0]?.handler;
  handler?.onHead({ status: 401, headers: [], lowerNames: [], framed: true });
  handler?.onData(Buffer.alloc(60_000), () => released++);
  assert.equal(sent[0]?.aborted, false);
  handler?.onData(Buffer.alloc(10_000), () => released++);
  assert.deepEqual([sent[0]?.aborted, released], [true, 2]);
});

test('a refused token that the API has taken before is said to be revoked; another was perhaps never good', () => {
  const { send, answer, tokens } = world();
  send();
  answer(0, 200);
  send();
  answer(1, 401);
  answer(2, 503);
  send();
  answer(3, 401);
  assert.deepEqual(tokens.invalidated, ['Bearer token-1', 'Bearer token-2']);
  assert.deepEqual(tokens.revoked, ['Bearer token-1']);
});
