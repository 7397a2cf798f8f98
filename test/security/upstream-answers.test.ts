import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import type { CallAnswer } from '../support/http-client.ts';
import { type ProxyWorld, startProxyWorld } from '../support/proxy-world.ts';
import { startRawUpstream } from '../support/scripted-upstream.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n';
const whole = (body: string) => `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`;
const STRAY = whole('stray');

/** A proxy before an upstream that writes what `onRequest` says. */
const withRawUpstream = async (
  onRequest: (socket: Socket, head: string, count: number) => void,
  run: (proxy: ProxyWorld, heads: readonly string[]) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> => {
  await using upstream = await startRawUpstream((socket, head) =>
    onRequest(socket, head, upstream.heads.length),
  );
  await using proxy = await startProxyWorld({
    upstream: upstream.url,
    settings: { UPSTREAM_HEADERS_TIMEOUT_MS: '200', UPSTREAM_BODY_IDLE_TIMEOUT_MS: '200', ...settings },
  });
  await run(proxy, upstream.heads);
};

/** The answer, or that it broke off. */
const outcome = (answer: Promise<CallAnswer>): Promise<string> =>
  answer.then(
    ({ status, text }) => `${status} ${text.slice(0, 100)}`,
    (error: NodeJS.ErrnoException) => `torn ${error.code}`,
  );

/** Heads and bodies that two parsers could take in two ways, or that are no HTTP/1.1. */
const MALFORMED: Readonly<Record<string, string>> = {
  'no HTTP at all': 'SSH-2.0-OpenSSH_9.6\r\n\r\n',
  'HTTP/0.9': '<html>hello</html>\r\n\r\n',
  'HTTP/2': `HTTP/2 200 OK\r\n\r\n${STRAY}`,
  'a status of two digits': `HTTP/1.1 20 OK\r\n\r\n${STRAY}`,
  'a status of four digits': `HTTP/1.1 2000 OK\r\n\r\n${STRAY}`,
  'a status of no class': `HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n`,
  'a status with a sign': `HTTP/1.1 +20 OK\r\nContent-Length: 0\r\n\r\n`,
  'an unasked 101': `HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n${STRAY}`,
  'both framings': `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'two lengths': `${HEAD}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde`,
  'a list of lengths': `${HEAD}Content-Length: 3, 3\r\n\r\nabc`,
  'a length with a sign': `${HEAD}Content-Length: +3\r\n\r\nabc`,
  'a length in hex': `${HEAD}Content-Length: 0x3\r\n\r\nabc`,
  'a length beyond every number': `${HEAD}Content-Length: 99999999999999999999\r\n\r\nabc`,
  'an unknown coding': `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'chunked twice': `${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a folded field': `${HEAD}X: a\r\n b\r\nContent-Length: 3\r\n\r\nabc`,
  'a space before the colon': `${HEAD}Content-Length : 3\r\n\r\nabc`,
  'a bare line feed in a field': `${HEAD}X: a\nSet-Cookie: b\r\nContent-Length: 3\r\n\r\nabc`,
  'a bare carriage return in a field': `${HEAD}X: a\rY: b\r\nContent-Length: 3\r\n\r\nabc`,
  'a NUL in a field': `${HEAD}X: a\0b\r\nContent-Length: 3\r\n\r\nabc`,
  'a field without a name': `${HEAD}: x\r\nContent-Length: 3\r\n\r\nabc`,
  'line feeds only': 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc',
  'a header bomb of 33 KiB': `${HEAD}X: ${'y'.repeat(33 * 1024)}\r\nContent-Length: 3\r\n\r\nabc`,
  'a header bomb of 300 fields': `${HEAD}${'X: y\r\n'.repeat(300)}Content-Length: 3\r\n\r\nabc`,
  'a header bomb without an end': `${HEAD}${`X: ${'y'.repeat(1000)}\r\n`.repeat(60)}`,
};

suite('a malformed answer', () => {
  for (const [name, bytes] of Object.entries(MALFORMED)) {
    test(`is a 502 with nothing of it, and its connection is not used again: ${name}`, () =>
      withRawUpstream(
        (socket, _head, count) => socket.write(count === 1 ? bytes : whole('fine'), 'latin1'),
        async (proxy) => {
          // What has no end is cut by time.
          assert.match(
            await outcome(proxy.get('/a.csv')),
            /^50[24] \{"type":"urn:cmu-proxy:problem:upstream-/,
          );
          assert.equal(await outcome(proxy.get('/b.csv')), '200 fine');
        },
      ));
  }
});

/** Bodies that break their own framing after a good head. */
const TORN: Readonly<Record<string, (socket: Socket) => void>> = {
  'that ends early': (socket) => socket.end(`${HEAD}Content-Length: 9\r\n\r\nabc`),
  'that is reset': (socket) =>
    socket.write(`${HEAD}Content-Length: 9\r\n\r\nabc`, () => socket.resetAndDestroy()),
  'that stops': (socket) => socket.write(`${HEAD}Content-Length: 9\r\n\r\nabc`),
  'whose last chunk is missing': (socket) =>
    socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`),
  'whose chunk has no size': (socket) =>
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n`),
  'whose chunk is longer than it says': (socket) =>
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n`),
  'whose chunk size is beyond every number': (socket) =>
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nffffffffffffffff\r\n`),
  'whose chunk lines have bare line feeds': (socket) =>
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\n\n`),
  'with a bomb of trailers': (socket) =>
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n${'X: y\r\n'.repeat(20_000)}`),
  'with an endless chunk extension': (socket) =>
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n3;${'x'.repeat(100_000)}`),
};

suite('an answer', () => {
  for (const [name, write] of Object.entries(TORN)) {
    test(`${name} is torn for the caller as well, never made whole, and not stored`, () =>
      withRawUpstream(
        (socket, _head, count) => (count === 1 ? write(socket) : socket.write(whole('fine'))),
        async (proxy) => {
          assert.match(await outcome(proxy.get('/year.csv')), /^torn |^50[24] /);
          proxy.pass(10_000);
          assert.equal(await outcome(proxy.get('/year.csv')), '200 fine');
        },
      ));
  }
});

suite('an answer that nobody asked for', () => {
  const cases: Readonly<Record<string, (socket: Socket, target: string) => void>> = {
    'behind the right one': (socket, target) => socket.write(whole(target) + STRAY),
    'a moment after the right one': (socket, target) =>
      socket.write(whole(target), () => setImmediate(() => socket.write(STRAY))),
    'behind a 304': (socket) => socket.write(`HTTP/1.1 304 Not Modified\r\n\r\n${STRAY}`),
    'behind a 204': (socket) => socket.write(`HTTP/1.1 204 No Content\r\n\r\n${STRAY}`),
    'behind a length of 0': (socket) => socket.write(`${HEAD}Content-Length: 0\r\n\r\n${STRAY}`),
    'behind the last chunk': (socket, target) =>
      socket.write(
        `${HEAD}Transfer-Encoding: chunked\r\n\r\n${target.length.toString(16)}\r\n${target}\r\n0\r\n\r\n${STRAY}`,
      ),
  };
  for (const [name, write] of Object.entries(cases)) {
    test(`reaches no caller: ${name}`, () =>
      withRawUpstream(
        (socket, head) => write(socket, head.split(' ')[1] ?? ''),
        async (proxy) => {
          for (let round = 0; round < 5; round++) {
            const targets = Array.from({ length: 4 }, (_, i) => `/${round}/${i}.csv`);
            const outcomes = await Promise.all(targets.map((target) => outcome(proxy.get(target))));
            for (const [index, text] of outcomes.entries()) {
              assert.doesNotMatch(text, /stray/);
              // What is answered at all is the answer to this very request.
              if (text.startsWith('200 ') && text !== '200 ')
                assert.equal(text, `200 /cmu/v2${targets[index]}`);
            }
          }
        },
      ));
  }
});

test('more interim answers than anybody has a use for are no answer', () =>
  withRawUpstream(
    (socket) => socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(17) + whole('fine')),
    async (proxy) => assert.match(await outcome(proxy.get('/year.csv')), /^502 .*upstream-invalid/),
  ));

test('a head that comes byte by byte for longer than its time-out is cut, however steadily it comes', () =>
  withRawUpstream(
    (socket) => {
      const bytes = `${HEAD}X: ${'y'.repeat(10_000)}`;
      let at = 0;
      const timer = setInterval(() => socket.write(bytes.charAt(at++)), 5);
      socket.once('close', () => clearInterval(timer));
    },
    async (proxy) => assert.match(await outcome(proxy.get('/year.csv')), /^504 .*upstream-timeout/),
  ));
