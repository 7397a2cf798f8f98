import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs, seconds } from '../../src/base/units.ts';
import { coolDownOf } from '../../src/http/retry-after.ts';
import { headersOf, httpDate } from '../support/header-builder.ts';

const NOW = epochMs(Date.parse('2024-07-20T12:00:00Z'));
const fromNow = (offset: number): string => httpDate(epochMs(NOW + offset * 1000));

const coolDown = (headers: Record<string, string>): number =>
  coolDownOf(headersOf(headers), NOW, { floor: seconds(1), cap: seconds(300) }) / 1000;

const CASES: readonly [headers: Record<string, string>, seconds: number][] = [
  [{}, 1],
  [{ 'retry-after': '30' }, 30],
  [{ 'retry-after': ' 30 ' }, 30],
  [{ 'retry-after': '0' }, 1],
  [{ 'retry-after': '300' }, 300],
  [{ 'retry-after': '301' }, 300],
  [{ 'retry-after': '99999999999999' }, 300],
  [{ 'retry-after': fromNow(45) }, 45],
  [{ 'retry-after': fromNow(-45) }, 1],
  [{ expires: fromNow(60) }, 60],
  [{ expires: fromNow(-60) }, 1],
  [{ expires: '0' }, 1],
  [{ 'retry-after': '30', expires: fromNow(60) }, 30],
  [{ 'retry-after': 'soon', expires: fromNow(60) }, 60],
  [{ 'retry-after': '-5' }, 1],
  // Both dates by a clock that is an hour ahead.
  [{ expires: fromNow(3660), date: fromNow(3600) }, 60],
  [{ 'retry-after': fromNow(-3540), date: fromNow(-3600) }, 60],
];

test('the pause is what the answer asks for, within floor and cap', () => {
  for (const [headers, expected] of CASES) assert.equal(coolDown(headers), expected, JSON.stringify(headers));
});

test('a cap below the floor does not shorten the floor', () => {
  const pause = coolDownOf(headersOf({ 'retry-after': '90' }), NOW, {
    floor: seconds(5),
    cap: seconds(2),
  });
  assert.equal(pause, 5000);
});
