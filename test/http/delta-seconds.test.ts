import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST, parseDeltaSeconds } from '../../src/http/delta-seconds.ts';

test('delta-seconds are digits; more than 2^31 counts as 2^31', () => {
  const cases: readonly [text: string, value: number | 'invalid'][] = [
    ['0', 0],
    ['003600', 3_600_000],
    ['2147483647', 2147483647_000],
    ['2147483648', LONGEST],
    ['99999999999999999999999', LONGEST],
    ['', 'invalid'],
    ['-1', 'invalid'],
    ['+1', 'invalid'],
    ['1.5', 'invalid'],
    ['1e3', 'invalid'],
    ['3600a', 'invalid'],
    ["'3600'", 'invalid'],
    ['٣', 'invalid'],
  ];
  for (const [text, value] of cases) assert.equal(parseDeltaSeconds(text), value, text);
});
