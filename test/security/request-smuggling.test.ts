import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AMBIGUOUS, CHUNKED_INNER, INNER, outer } from '../support/ambiguous-heads.ts';
import { sendRaw } from '../support/http-client.ts';
import { withProxy } from '../support/proxy-world.ts';
import { HOST, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { answerReport, hang } from '../support/scripted-upstream.ts';

suite('a head that two parsers could take in two ways', () => {
  for (const [name, bytes] of Object.entries(AMBIGUOUS)) {
    test(`is answered 400 once, the connection closed, nothing forwarded: ${name}`, () =>
      withProxy(answerReport(), async (proxy, upstream) => {
        const answers = await rawAnswers(proxy.port, bytes);
        assert.deepEqual(
          answers.map(({ status, closes }) => [status, closes]),
          [[400, true]],
        );
        assert.equal(upstream.requests.length, 0);
      }));
  }
});

/** Well-formed requests whose body holds another. */
const WITH_BODY: Readonly<Record<string, string>> = {
  'a body by its length': outer(`Content-Length: ${INNER.length}\r\n`, INNER),
  'a body in a chunk': outer(
    'Transfer-Encoding: chunked\r\n',
    `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`,
  ),
  'a request behind the last chunk': outer('Transfer-Encoding: chunked\r\n', CHUNKED_INNER),
  'a chunk with an extension': outer('Transfer-Encoding: chunked\r\n', `0;x="\r\n\r\n${INNER}`),
  'a request in the trailer': outer('Transfer-Encoding: chunked\r\n', `0\r\n${INNER}\r\n`),
  'a chunk size that is none': outer('Transfer-Encoding: chunked\r\n', `zz\r\n${INNER}`),
  'a chunk size beyond 64 bits': outer('Transfer-Encoding: chunked\r\n', `fffffffffffffffff\r\n${INNER}`),
  'a chunk that is longer than it says': outer(
    'Transfer-Encoding: chunked\r\n',
    `1\r\nab\r\n0\r\n\r\n${INNER}`,
  ),
  'a chunk that ends with a bare line feed': outer('Transfer-Encoding: chunked\r\n', `0\n\n${INNER}`),
  'a body that never comes whole': outer('Content-Length: 999999\r\n', INNER),
};

suite('a GET that carries a body', () => {
  for (const [name, bytes] of Object.entries(WITH_BODY)) {
    test(`is one request, and what is in or behind the body is none: ${name}`, () =>
      withProxy(answerReport(), async (proxy, upstream) => {
        const answers = await rawAnswers(proxy.port, bytes);
        assert.ok(answers.length <= 1, `${answers.length} answers`);
        for (const { status, closes } of answers)
          assert.deepEqual([status === 200 || status === 400, closes], [true, true]);
        for (const { target, rawHeaders } of upstream.requests) {
          assert.equal(target, '/cmu/v2/outer');
          assert.doesNotMatch(rawHeaders.join('\n'), /content-length|transfer-encoding/i);
        }
        assert.ok(upstream.requests.length <= 1);
      }));
  }
});

test('a body is not read, however much of it comes: the connection ends with the answer', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const answers = await rawAnswers(proxy.port, outer('Content-Length: 8388608\r\n', 'x'.repeat(8_388_608)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200],
    );
    assert.equal(upstream.requests.length, 1);
  }));

test('what goes upstream ends with its head, whatever the caller sent', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    await rawAnswers(proxy.port, rawGet('/cmu/v2/a', 'Content-Length: 0'));
    await sendRaw(proxy.port, outer(`Content-Length: ${INNER.length}\r\n`, INNER, 'HEAD'));
    for (const { method, lines } of upstream.requests) {
      assert.deepEqual([method, lines('content-length'), lines('transfer-encoding')], ['GET', [], []]);
    }
    assert.equal(upstream.requests.length, 2);
  }));

test('as many answers as requests, in order, when honest and refused ones share a connection', () =>
  withProxy(
    (response, { target }) => answerReport(`{"target":"${target}"}`)(response),
    async (proxy, upstream) => {
      const one = (target: string) => `GET ${target} HTTP/1.1\r\n${HOST}\r\n`;
      const answers = await rawAnswers(
        proxy.port,
        one('/cmu/v2/a') + one('/elsewhere') + one('/cmu/v2/b') + rawGet('/cmu/v2/c') + one('/cmu/v2/d'),
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 404, 200, 200],
      );
      assert.deepEqual(
        answers.map(({ body }) => /"target":"([^"]+)"/.exec(body)?.[1]),
        ['/cmu/v2/a', undefined, '/cmu/v2/b', '/cmu/v2/c'],
      );
      // What comes behind `Connection: close` is no request of anybody.
      assert.deepEqual(upstream.requests.map(({ target }) => target).sort(), [
        '/cmu/v2/a',
        '/cmu/v2/b',
        '/cmu/v2/c',
      ]);
    },
  ));

test('requests sent ahead wait for their turn, here and upstream, and the sixty-sixth ends the connection', () =>
  withProxy(hang, async (proxy, upstream) => {
    const one = (number: number) => `GET /cmu/v2/${number} HTTP/1.1\r\n${HOST}\r\n`;
    const ahead = (count: number) => Array.from({ length: count }, (_, i) => one(i)).join('');
    assert.equal(await sendRaw(proxy.port, ahead(66)), '');
    await proxy.answeredCount(1);
    assert.ok(upstream.requests.length <= 1);
    upstream.script = answerReport();
    const answers = await rawAnswers(proxy.port, ahead(64) + rawGet('/cmu/v2/64'));
    assert.equal(answers.length, 65);
    assert.equal(answers.at(-1)?.status, 200);
  }));

test('a request behind one that is answered with its end is never looked at', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const refused = `GET /cmu/v2/.. HTTP/1.1\r\n${HOST}\r\n`;
    const answers = await rawAnswers(proxy.port, refused + rawGet('/cmu/v2/behind'));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [400],
    );
    assert.equal(upstream.requests.length, 0);
  }));

test('a tunnel asked for behind a request is not refused in the place of that request', () =>
  withProxy(hang, async (proxy) => {
    const request = `GET /cmu/v2/x HTTP/1.1\r\n${HOST}\r\n`;
    assert.equal(await sendRaw(proxy.port, `${request}CONNECT evil.test:443 HTTP/1.1\r\n${HOST}\r\n`), '');
  }));
