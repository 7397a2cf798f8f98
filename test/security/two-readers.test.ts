import { after, before, suite, test } from 'node:test';
import { AMBIGUOUS } from '../support/ambiguous-heads.ts';
import { diceOf } from '../support/dice.ts';
import { get, randomPieces, startTwoReaders, type TwoReaders } from '../support/two-readers.ts';

/**
 * Plain requests are read by the accelerator, all others by Node's parser. So the same bytes are sent to a proxy with it and
 * to one without. Whatever they are, both callers must be told the same. `npm run fuzz` goes on for longer.
 */

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

suite('the accelerator and Node tell a caller the same', () => {
  let readers: TwoReaders;
  before(async () => {
    readers = await startTwoReaders();
  });
  after(() => readers[Symbol.asyncDispose]());

  for (const [name, bytes] of Object.entries({ ...REQUESTS, ...AMBIGUOUS })) {
    test(name, () => readers.compare([bytes]));
  }

  test('whatever the bytes are, and however they come', async () => {
    const random = diceOf(13);
    for (let i = 0; i < 300; i++) await readers.compare(randomPieces(random));
  });
});
