import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs, seconds } from '../../../src/base/units.ts';
import { parseResponseDirectives } from '../../../src/cache/policy/cache-control.ts';
import {
  initialAgeOf,
  isHeuristicallyCacheable,
  type LifetimeFallback,
  lifetimeOf,
  parseAge,
} from '../../../src/cache/policy/freshness-lifetime.ts';
import { headersOf, httpDate } from '../../support/header-builder.ts';

const RECEIVED = epochMs(Date.parse('2024-07-20T12:00:00Z'));
const DAY = 86_400;

const schedule: LifetimeFallback = { by: 'schedule', ttl: seconds(900) };
const heuristic: LifetimeFallback = { by: 'heuristic', fraction: 0.1, most: seconds(DAY) };

type Fields = Readonly<Record<string, string>>;

const lifetime = (
  fallback: LifetimeFallback,
  fields: Fields,
  more: { status?: number; targeted?: boolean } = {},
) => {
  const headers = headersOf(fields);
  const { status = 200, targeted = false } = more;
  const directives = { ...parseResponseDirectives(headers('cache-control')), targeted };
  const found = lifetimeOf({ status, headers, responseTime: RECEIVED }, directives, fallback);
  return [found.lifetime / 1000, found.basis];
};

const fromNow = (offset: number): string => httpDate(RECEIVED, offset);

type Row = readonly [fields: Fields, lifetime: number, basis: string];

const check = (fallback: LifetimeFallback, rows: readonly Row[]) => {
  for (const [fields, ...expected] of rows) {
    assert.deepEqual(lifetime(fallback, fields), expected, JSON.stringify(fields));
  }
};

test('what the answer says of itself wins over any fallback: s-maxage, max-age, Expires, in this order', () => {
  for (const fallback of [schedule, heuristic]) {
    check(fallback, [
      [{ 'cache-control': 'max-age=60' }, 60, 'max-age'],
      [{ 'cache-control': 'max-age=0' }, 0, 'max-age'],
      [{ 'cache-control': 'max-age=1000000' }, 1_000_000, 'max-age'],
      [{ 'cache-control': 'max-age=60, s-maxage=30' }, 30, 's-maxage'],
      [{ 'cache-control': 's-maxage=90, max-age=60', expires: fromNow(10) }, 90, 's-maxage'],
      [{ 'cache-control': 'max-age=60', expires: fromNow(-10) }, 60, 'max-age'],
      [{ 'cache-control': 'max-age=60', 'last-modified': fromNow(-1000) }, 60, 'max-age'],
      [{ expires: fromNow(120) }, 120, 'expires'],
      [{ expires: fromNow(120), date: fromNow(-10) }, 130, 'expires'],
      [{ expires: fromNow(120), date: fromNow(200) }, 0, 'expires'],
      [{ expires: fromNow(120), date: 'foo' }, 120, 'expires'],
      [{ expires: fromNow(-10) }, 0, 'expires'],
      [{ expires: fromNow(0) }, 0, 'expires'],
    ]);
  }
});

test('without a word of its own, or with one that cannot be read, a report keeps to its schedule', () => {
  check(schedule, [
    [{}, 900, 'schedule'],
    [{ 'cache-control': 'no-cache' }, 900, 'schedule'],
    [{ 'cache-control': 'max-age=x' }, 900, 'schedule'],
    [{ 'cache-control': 's-maxage=x, max-age=60' }, 60, 'max-age'],
    [{ 'cache-control': 'max-age=x', expires: fromNow(60) }, 60, 'expires'],
    [{ expires: '0' }, 900, 'schedule'],
    [{ expires: `${fromNow(60)}, ${fromNow(60)}` }, 900, 'schedule'],
    // Adobe's Last-Modified does not say when a report changed.
    [{ 'last-modified': fromNow(-1_000_000) }, 900, 'schedule'],
  ]);
});

test("where only the origin's word counts, what cannot be read is stale", () => {
  check(heuristic, [
    [{}, 0, 'none'],
    [{ 'cache-control': 'max-age=x' }, 0, 'max-age'],
    [{ 'cache-control': 'max-age=x', expires: fromNow(60) }, 0, 'max-age'],
    [{ 'cache-control': 's-maxage=x, max-age=60' }, 0, 's-maxage'],
    [{ expires: '0' }, 0, 'expires'],
    [{ expires: '0', 'last-modified': fromNow(-1000) }, 0, 'expires'],
  ]);
});

test('a lifetime is guessed from the time since Last-Modified, within bounds', () => {
  check(heuristic, [
    [{ 'last-modified': fromNow(-1000) }, 100, 'heuristic'],
    [{ 'last-modified': fromNow(-1000), date: fromNow(-500) }, 50, 'heuristic'],
    [{ 'last-modified': fromNow(-10 * DAY) }, DAY, 'heuristic'],
    [{ 'last-modified': fromNow(-11 * DAY) }, DAY, 'heuristic'],
    [{ 'last-modified': fromNow(1000) }, 0, 'none'],
    [{ 'last-modified': fromNow(0) }, 0, 'none'],
    [{ 'last-modified': 'foo' }, 0, 'none'],
  ]);
});

test('it is guessed only for statuses that are cacheable by default, or public answers', () => {
  const old = { 'last-modified': fromNow(-1000) };
  assert.deepEqual(lifetime(heuristic, old, { status: 404 }), [100, 'heuristic']);
  assert.deepEqual(lifetime(heuristic, old, { status: 403 }), [0, 'none']);
  assert.deepEqual(lifetime(heuristic, { ...old, 'cache-control': 'public' }, { status: 403 }), [
    100,
    'heuristic',
  ]);
});

test('beside a targeted field Expires does not count', () => {
  assert.deepEqual(lifetime(heuristic, { expires: fromNow(60) }, { targeted: true }), [0, 'none']);
  assert.deepEqual(lifetime(schedule, { expires: fromNow(60) }, { targeted: true }), [900, 'schedule']);
});

test('the statuses cacheable without explicit freshness are those of RFC 9110 §15.1, without partial content', () => {
  const listed = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];
  assert.deepEqual(Array.from({ length: 500 }, (_, i) => i + 100).filter(isHeuristicallyCacheable), listed);
});

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

const ARRIVED = epochMs(Date.parse('2024-07-20T12:00:00.500Z'));

const initialAge = (headers: Record<string, string>, trustDate: boolean, delay = 0) =>
  initialAgeOf(
    { headers: headersOf(headers), requestTime: epochMs(ARRIVED - delay), responseTime: ARRIVED },
    trustDate,
  );

const dated = (secondsAgo: number) => httpDate(epochMs(ARRIVED - 500 - secondsAgo * 1000));

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
