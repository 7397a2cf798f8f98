import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs } from '../../../src/base/units.ts';
import {
  forwardableHeaders as forwardable,
  withDate,
  withoutHeaders,
  withVary,
} from '../../../src/proxy/answer/response-headers.ts';

const forwardableHeaders = (headers: readonly string[], more: ReadonlySet<string>) =>
  forwardable(
    { headers, lowerNames: headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()) },
    more,
  );

test('known fields keep order, spelling and repetition; those of one connection and all others go', () => {
  const received = [
    ...['Link', '</a>', 'connection', 'x-request-id , CLOSE', 'X-Request-Id', 'secret', 'LINK', '</b>'],
    ...['Set-Cookie', 'a=b', 'TRANSFER-ENCODING', 'chunked', 'Trailer', 'x', 'Content-Type', 'text/csv'],
    ...['Keep-Alive', 'x', 'X-Accel-Redirect', '/etc', 'Refresh', '0', 'X-Anything', '1'],
  ];
  assert.deepEqual(forwardableHeaders(received, new Set()), [
    'Link',
    '</a>',
    'LINK',
    '</b>',
    'Content-Type',
    'text/csv',
  ]);
});

test('Connection can name more fields to drop, never fewer', () => {
  const received = ['Connection', 'close', 'Set-Cookie', 'a', 'Connection', 'etag', 'ETag', '"x"'];
  assert.deepEqual(forwardableHeaders(received, new Set()), []);
});

test('a route may let more through, but nothing of one connection, cookies or of ours', () => {
  const received = ['X-Anything', '1', 'Set-Cookie', 'a=b', 'Content-Security-Policy', 'x', 'X-Else', '2'];
  const more = new Set(['x-anything', 'set-cookie', 'content-security-policy', 'transfer-encoding']);
  assert.deepEqual(forwardableHeaders(received, more), ['X-Anything', '1']);
});

test('Vary gets what selects the answer, beside what it names already', () => {
  const cases: readonly (readonly [vary: string | undefined, result: string])[] = [
    [undefined, 'Accept, Accept-Encoding'],
    ['accept', 'accept, Accept-Encoding'],
    ['Origin , ACCEPT-ENCODING', 'Origin , ACCEPT-ENCODING, Accept'],
    ['*', '*'],
  ];
  for (const [vary, result] of cases) {
    const headers = vary === undefined ? ['A', 'b'] : ['A', 'b', 'Vary', vary];
    assert.deepEqual(withVary(headers, 'Accept, Accept-Encoding'), ['A', 'b', 'Vary', result], vary);
  }
});

test('fields are taken out by name, whatever their case', () => {
  assert.deepEqual(withoutHeaders(['A', '1', 'b', '2', 'a', '3'], 'a', 'c'), ['b', '2']);
});

test('an answer without a date gets that of its receipt, another keeps its own (RFC 9110 §6.6.1)', () => {
  const now = epochMs(Date.UTC(2024, 0, 1));
  assert.deepEqual(withDate(['A', 'b'], now), ['A', 'b', 'Date', 'Mon, 01 Jan 2024 00:00:00 GMT']);
  assert.deepEqual(withDate(['date', 'x'], now), ['date', 'x']);
});
