import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs } from '../../../src/base/units.ts';
import {
  forwardableHeaders as forwardable,
  withDate,
  withoutHeaders,
  withVary,
} from '../../../src/proxy/answer/response-headers.ts';

const forwardableHeaders = (headers: readonly string[]) =>
  forwardable({
    headers,
    lowerNames: headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()),
  });

test('fields keep order, spelling and repetition; those of one connection or for the origin alone go', () => {
  assert.deepEqual(
    forwardableHeaders([
      ...[
        'X-A',
        '1',
        'connection',
        'x-private , CLOSE',
        'X-Private',
        'secret',
        'x-a',
        '2',
        'Set-Cookie',
        'a=b',
      ],
      ...['TRANSFER-ENCODING', 'chunked', 'Trailer', 'x', 'Content-Type', 'text/csv', 'Keep-Alive', 'x'],
    ]),
    ['X-A', '1', 'x-a', '2', 'Content-Type', 'text/csv'],
  );
});

test('Connection can name more fields to drop, never fewer', () => {
  assert.deepEqual(
    forwardableHeaders(['Connection', 'close', 'Set-Cookie', 'a', 'Connection', 'etag', 'ETag', '"x"']),
    [],
  );
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
