import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs } from '../../../src/base/units.ts';
import { initialAgeOf, parseAge } from '../../../src/cache/policy/age.ts';
import { headersOf, httpDate } from '../../support/header-builder.ts';

const AGES: readonly [age: string | undefined, seconds: number][] = [
  [undefined, 0],
  ['', 0],
  ['0', 0],
  ['30', 30],
  [' 30 ', 30],
  ['030', 30],
  ['2147483647', 2147483647],
  ['2147483649', 2147483648],
  ['99999999999999999999', 2147483648],
  ['-30', 0],
  ['30.0', 0],
  ['abc', 0],
  ['30s', 0],
  ['7200, 0', 7200],
  ['0, 7200', 0],
  ['7200;foo=bar', 7200],
  [', 30', 0],
];

test('Age is the first number of its list, and nothing when it is no number', () => {
  for (const [age, seconds] of AGES) assert.equal(parseAge(age), seconds * 1000, String(age));
});

const RECEIVED = epochMs(Date.parse('2024-07-20T12:00:00.500Z'));

const initialAge = (headers: Record<string, string>, trustDate: boolean, delay = 0) =>
  initialAgeOf(
    { headers: headersOf(headers), requestTime: epochMs(RECEIVED - delay), responseTime: RECEIVED },
    trustDate,
  );

const dated = (secondsAgo: number) => httpDate(epochMs(RECEIVED - 500 - secondsAgo * 1000));

test('the delay of the answer is added to Age', () => {
  assert.equal(initialAge({ age: '10' }, true, 2500), 12_500);
  assert.equal(initialAge({}, true, 2500), 2500);
});

test('the time since Date counts when it is the greater', () => {
  assert.equal(initialAge({ age: '10', date: dated(60) }, true), 60_500);
  assert.equal(initialAge({ age: '100', date: dated(60) }, true), 100_000);
});

test('a Date in the future and one that cannot be read count for nothing', () => {
  assert.equal(initialAge({ date: dated(-3600) }, true), 0);
  assert.equal(initialAge({ date: 'foo' }, true), 0);
});

test('a Date that is not trusted is not looked at', () => {
  assert.equal(initialAge({ age: '10', date: dated(86_400) }, false, 100), 10_100);
});

test('a clock that stepped back between request and answer makes no negative age', () => {
  assert.equal(initialAge({ age: '10' }, true, -5000), 10_000);
});
