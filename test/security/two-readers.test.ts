import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { AMBIGUOUS } from '../support/ambiguous-heads.ts';
import { type ProxyWorld, startProxyWorld } from '../support/proxy-world.ts';
import { parseAnswers } from '../support/raw-caller.ts';
import { answerReport, startUpstream } from '../support/scripted-upstream.ts';

/**
 * Plain requests are read by us, all others by Node's parser (`src/proxy/plain/`), and a connection never goes back from Node's to ours. So the
 * same bytes are sent twice: on a new connection, which we read first, and behind a request that has handed the connection over. Whatever
 * they are, both callers must be told the same.
 */

const get = (target: string, ...lines: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');

const FIRST = get('/cmu/v2/first', 'TE: trailers');
const LAST = get('/last', 'Connection: close');

/** What comes back: all of it, once the connection has ended. `LAST` ends it, if the bytes have not. */
const converse = (port: number, pieces: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    const waiting = [...pieces, LAST];
    let received = '';
    let seen = 0;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const next = (): void => {
      const bytes = waiting.shift();
      if (bytes !== undefined) socket.write(Buffer.from(bytes, 'latin1'));
    };
    socket.on('connect', next);
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      // The next piece goes when the answers to the last one are there.
      const count = answersIn(received);
      if (count === undefined || count === seen) return;
      seen = count;
      setImmediate(next);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });

/** How many whole answers; `undefined` while one is on its way. */
const answersIn = (text: string): number | undefined => {
  try {
    return parseAnswers(text).length;
  } catch {
    return undefined;
  }
};

/** The answers, without what differs from one request to the next. */
const told = (text: string): readonly unknown[] =>
  parseAnswers(text).map(({ status, lines, body, closes }) => {
    // The number of a request, which may be a digit longer than that of the one before.
    const instance = /"instance":"[^"]*"/.exec(body)?.[0] ?? '';
    return {
      status,
      closes,
      lines: lines
        .filter((line) => !/^(?:Date|Age): /.test(line))
        .map((line) =>
          line.replace(/^Content-Length: (.*)$/, (_, bytes) => `Content-Length: ${bytes - instance.length}`),
        )
        .toSorted(),
      body: body.replace(instance, ''),
    };
  });

const bothTold = async (proxy: ProxyWorld, bytes: string): Promise<[unknown, unknown]> => {
  const [ours, nodes] = await Promise.all([
    converse(proxy.port, [bytes]),
    converse(proxy.port, [FIRST, bytes]),
  ]);
  return [told(ours), told(nodes).slice(1)];
};

const REQUESTS: Readonly<Record<string, string>> = {
  'a report': get('/cmu/v2/year'),
  'a report in CSV': get('/cmu/v2/year.csv?a=1'),
  'the last of a connection': get('/cmu/v2/year', 'Connection: close'),
  'several requests at once': get('/cmu/v2/year') + get('/cmu/v2/month') + get('/nothing'),
  'a request and half of another': `${get('/cmu/v2/year')}GET /cmu/v2/mon`,
  'what is for no route': get('/nothing'),
  'what the proxy says of itself': get('/'),
  'a dot segment': get('/cmu/v2/../x'),
  'an encoded slash': get('/cmu/v2/a%2fb'),
  'a fragment': get('/cmu/v2/year#/x'),
  'a target that is too long': get(`/cmu/v2/${'a'.repeat(9000)}`),
  'a foreign host': get('/cmu/v2/year').replace('localhost', 'evil.test'),
  'another host behind ours': get('/cmu/v2/year', 'Host: evil.test'),
  'another origin': get('/cmu/v2/year', 'Origin: http://evil.test'),
  'another site': get('/cmu/v2/year', 'Sec-Fetch-Site: cross-site'),
  'a caller without a token': get('/cmu/v2/year', 'Authorization: Basic eDp5'),
  'a validator that is met': get('/cmu/v2/year', 'If-None-Match: *'),
  'a range': get('/cmu/v2/year', 'Range: bytes=0-3'),
  'a range that is not there': get('/cmu/v2/year', 'Range: bytes=9999-'),
  'only what is stored': get('/cmu/v2/not-stored', 'Cache-Control: only-if-cached'),
  'no method of ours': get('/cmu/v2/year').replace('GET', 'DELETE'),
  'a body nobody wants': get('/cmu/v2/year', 'Content-Length: 2').concat('ab'),
  'an expectation': get('/cmu/v2/year', 'Expect: 100-continue'),
  'an upgrade': get('/cmu/v2/year', 'Connection: upgrade', 'Upgrade: h2c'),
  'fields that a caller has no business with': get(
    '/cmu/v2/year',
    'X_Forwarded_For: a',
    '__proto__: b',
    'TE: x',
  ),
  'an empty Host': 'GET /cmu/v2/year HTTP/1.1\r\nHost:\r\n\r\n',
  'a Host of white space': 'GET /cmu/v2/year HTTP/1.1\r\nHost: \t \r\n\r\n',
  'two empty Hosts': 'GET /cmu/v2/year HTTP/1.1\r\nHost:\r\nHost:\r\n\r\n',
  'names in odd letters': get('/cmu/v2/year', 'aCCept: text/csv', 'COOKIE: a'),
  'the same field twice': get('/cmu/v2/year', 'Accept: text/csv', 'Accept: application/xml'),
  'white space around values': get('/cmu/v2/year', 'Accept: \t text/csv\t ', 'If-None-Match:  *  '),
  'an empty condition': get('/cmu/v2/year', 'If-None-Match:'),
  'one field more than we read': get('/cmu/v2/year', ...Array.from({ length: 64 }, (_, i) => `X-${i}: a`)),
  'the last bytes that we read': get('/cmu/v2/year', `X: ${'a'.repeat(8192 - 58)}`),
  'a few more': get('/cmu/v2/year', `X: ${'a'.repeat(8200)}`),
  'a question mark alone': get('/cmu/v2/year?'),
  'a token in the query': get('/cmu/v2/year?access_token=a'),
  'a target of odd letters': get('/cmu/v2/year"<>|^`{}'),
  'a very large head': get('/cmu/v2/year', `X: ${'a'.repeat(20_000)}`),
  'very many fields': get('/cmu/v2/year', ...Array.from({ length: 150 }, (_, i) => `X-${i}: a`)),
};

/** Everything is a hit or a refusal by the second time. */
const openWorld = async () => {
  await using opened = new AsyncDisposableStack();
  const upstream = opened.use(await startUpstream(answerReport()));
  const proxy = opened.use(await startProxyWorld({ upstream: upstream.url }));
  for (const path of ['/year', '/month', '/first', '/year.csv?a=1']) await proxy.get(path);
  await proxy.get('/year', ['Accept', 'text/csv']);
  return { upstream, proxy, resources: opened.move() };
};

suite('our reader and Node’s tell a caller the same', { concurrency: true }, () => {
  for (const [name, bytes] of Object.entries({ ...REQUESTS, ...AMBIGUOUS })) {
    test(name, async () => {
      const { proxy, resources } = await openWorld();
      await using _ = resources;
      // What can be stored is, before the two ask for it.
      await converse(proxy.port, [bytes]);
      const [ours, nodes] = await bothTold(proxy, bytes);
      assert.deepEqual(ours, nodes);
    });
  }
});

test('whatever lines a head is made of', async () => {
  const { proxy, upstream, resources } = await openWorld();
  await using _ = resources;
  const before = upstream.requests.length;
  const piece = fc.constantFrom(
    ...['Host: localhost', 'Accept: text/csv', 'X: y', 'X:', 'X : y', ' X: y', 'Connection: close', 'a', ':'],
    ...[
      'Connection: keep-alive',
      'Content-Length: 0',
      'Content-Length: 3',
      'Transfer-Encoding: chunked',
      'X: \x01',
    ],
    ...[
      'Host: evil.test',
      'X: \xe9',
      'Range: bytes=0-1',
      'If-None-Match: *',
      '\t',
      '\0',
      'Expect: x',
      'X: a\rb',
    ],
  );
  const lines = fc.array(piece, { maxLength: 6 });
  const end = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r');
  const start = fc.constantFrom('GET /cmu/v2/year HTTP/1.1', 'GET /cmu/v2/year  HTTP/1.1', 'GET / HTTP/1.1');
  await fc.assert(
    fc.asyncProperty(start, lines, end, async (first, rest, lineEnd) => {
      const bytes = [first, 'Host: localhost', ...rest, '', ''].join(lineEnd);
      const [ours, nodes] = await bothTold(proxy, bytes);
      assert.deepEqual(ours, nodes, JSON.stringify(bytes));
    }),
    { numRuns: 200 },
  );
  assert.equal(upstream.requests.length, before);
});
