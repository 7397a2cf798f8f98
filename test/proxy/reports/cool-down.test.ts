import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs, milliseconds } from '../../../src/base/units.ts';
import { rawHeaders } from '../../../src/http/fields.ts';
import { DcrError } from '../../../src/oauth/index.ts';
import type { Problem } from '../../../src/proxy/answer/problem.ts';
import { CoolDowns, duringPause, type FetchOutcome, remember } from '../../../src/proxy/reports/cool-down.ts';
import { UpstreamError, type UpstreamErrorCode } from '../../../src/upstream/upstream-error.ts';

const NOW = 1_000_000;
const at = (offset: number) => epochMs(NOW + offset);
const problem = (detail: string): Problem => ({
  status: 503,
  name: 'upstream-throttled',
  title: 'x',
  detail,
});
const detailOf = (coolDowns: CoolDowns, key: string, hasCopy: boolean, offset: number) =>
  coolDowns.active(key, hasCopy, at(offset))?.problem.detail;

test('a pause of the route holds for every report, until its very end', () => {
  const coolDowns = new CoolDowns();
  assert.equal(coolDowns.active('a', false, at(0)), undefined);
  coolDowns.pauseRoute(at(1_000), problem('route'));
  assert.equal(detailOf(coolDowns, 'a', false, 0), 'route');
  assert.equal(detailOf(coolDowns, 'b', true, 999), 'route');
  assert.equal(detailOf(coolDowns, 'a', false, 1_000), undefined);
});

test('a shorter pause never replaces a longer one', () => {
  const coolDowns = new CoolDowns();
  coolDowns.pauseRoute(at(5_000), problem('long'));
  coolDowns.pauseRoute(at(1_000), problem('short'));
  assert.equal(detailOf(coolDowns, 'a', false, 2_000), 'long');
  coolDowns.pauseRoute(at(9_000), problem('longer'));
  assert.equal(detailOf(coolDowns, 'a', false, 6_000), 'longer');
});

test('a pause of a report holds for that report alone, and ends when it is well again', () => {
  const coolDowns = new CoolDowns();
  coolDowns.pauseReport('a', { until: at(1_000), problem: problem('a') });
  assert.equal(detailOf(coolDowns, 'a', false, 999), 'a');
  assert.equal(detailOf(coolDowns, 'a', false, 1_000), undefined);
  assert.equal(detailOf(coolDowns, 'b', false, 0), undefined);
  coolDowns.recovered('a');
  assert.equal(detailOf(coolDowns, 'a', false, 0), undefined);
});

test('a pause for refreshes holds only those off who have a copy', () => {
  const coolDowns = new CoolDowns();
  coolDowns.pauseReport('a', { until: at(1_000), problem: problem('a'), refreshOnly: true });
  assert.equal(detailOf(coolDowns, 'a', true, 0), 'a');
  assert.equal(detailOf(coolDowns, 'a', false, 0), undefined);
});

test('the pause of an origin out of reach doubles from one to sixteen seconds, and begins anew after an answer', () => {
  const coolDowns = new CoolDowns();
  let now = 0;
  const pauseNow = () => {
    coolDowns.pauseUnreachable(at(now), at(now), problem('x'));
    const until = coolDowns.active('a', false, at(now))?.until ?? at(now);
    const pause = until - NOW - now;
    now += pause;
    return pause;
  };
  assert.deepEqual(Array.from({ length: 6 }, pauseNow), [1_000, 2_000, 4_000, 8_000, 16_000, 16_000]);
  coolDowns.reached(at(now));
  assert.equal(pauseNow(), 1_000);
});

test('callers who were caught in one outage are one failure', () => {
  const coolDowns = new CoolDowns();
  for (let i = 0; i < 10; i++) coolDowns.pauseUnreachable(at(2_000 + i), at(i), problem('x'));
  assert.equal(coolDowns.active('a', false, at(2_010))?.until, at(3_000));
  coolDowns.pauseUnreachable(at(5_000), at(3_000), problem('x'));
  assert.equal(coolDowns.active('a', false, at(5_000))?.until, at(7_000), 'the next one is another');
});

test('a new connection that timed out pauses nothing while kept ones are answered', () => {
  const coolDowns = new CoolDowns();
  coolDowns.reached(at(1_000));
  coolDowns.pauseUnreachable(at(2_000), at(0), problem('x'));
  assert.equal(coolDowns.active('a', false, at(2_000)), undefined);
  coolDowns.pauseUnreachable(at(3_000), at(1_500), problem('x'));
  assert.equal(coolDowns.active('a', false, at(3_000))?.until, at(4_000));
  coolDowns.reached(at(3_100));
  assert.equal(coolDowns.active('a', false, at(3_100)), undefined, 'an answer ends the pause');
});

test('what the origin asks for outlasts its answers', () => {
  const coolDowns = new CoolDowns();
  coolDowns.pauseRoute(at(30_000), problem('429'));
  coolDowns.reached(at(1));
  assert.equal(detailOf(coolDowns, 'a', false, 2), '429');
});

test('failures of countless reports are remembered within bounds', () => {
  const coolDowns = new CoolDowns();
  for (let i = 0; i < 5_000; i++) coolDowns.pauseReport(`${i}`, { until: at(1_000), problem: problem('x') });
  let remembered = 0;
  for (let i = 0; i < 5_000; i++) if (coolDowns.active(`${i}`, false, at(0)) !== undefined) remembered++;
  assert.equal(remembered, 1024);
});

test('who comes during a pause is told when it is over, in whole seconds, at least one', () => {
  const pause = { until: at(1_500), problem: problem('x') };
  assert.equal(duringPause(pause, at(0)).retryAfterSeconds, 2);
  assert.equal(duringPause(pause, at(500)).retryAfterSeconds, 1);
  assert.equal(duringPause(pause, at(1_499)).retryAfterSeconds, 1);
  assert.equal(duringPause(pause, at(0)).detail, 'x');
});

const FETCHED_AT = epochMs(1_700_000_000_000);

const route: FetchOutcome['route'] = {
  id: 'cmu',
  upstream: { origin: 'https://mgmt.test' },
  caching: undefined,
};

const outcome = (
  what: Partial<Pick<FetchOutcome, 'status' | 'error'>>,
  headers: string[] = [],
): FetchOutcome => ({
  route,
  status: what.status,
  error: what.error,
  headers: rawHeaders(headers),
  duration: milliseconds(1),
});

/** Seconds for which this report and another one are held off after that outcome, with and without a copy. */
const held = (of: FetchOutcome) => {
  const coolDowns = new CoolDowns();
  remember(of, 'this', coolDowns, FETCHED_AT);
  const secondsFor = (key: string, hasCopy: boolean) =>
    ((coolDowns.active(key, hasCopy, FETCHED_AT)?.until ?? FETCHED_AT) - FETCHED_AT) / 1000;
  return {
    this: [secondsFor('this', true), secondsFor('this', false)],
    other: [secondsFor('other', true), secondsFor('other', false)],
  };
};

const status = (code: number, ...headers: string[]) => held(outcome({ status: code }, headers));
const failure = (code: UpstreamErrorCode) => held(outcome({ error: new UpstreamError(code, 'x') }));

test('429 pauses the route: as long as it says, within a second and five minutes', () => {
  assert.deepEqual(status(429), { this: [1, 1], other: [1, 1] });
  assert.deepEqual(status(429, 'Retry-After', '30'), { this: [30, 30], other: [30, 30] });
  assert.deepEqual(status(429, 'Retry-After', '0'), { this: [1, 1], other: [1, 1] });
  assert.deepEqual(status(429, 'Retry-After', '99999'), { this: [300, 300], other: [300, 300] });
});

test('503 pauses the report', () => {
  assert.deepEqual(status(503), { this: [1, 1], other: [0, 0] });
  assert.deepEqual(status(503, 'Retry-After', '30'), { this: [30, 30], other: [0, 0] });
});

test('other failures of the server only keep copies from being refreshed at the rate of their hits', () => {
  assert.deepEqual(status(500), { this: [5, 0], other: [0, 0] });
  assert.deepEqual(status(502), { this: [5, 0], other: [0, 0] });
});

test('answers that are none of this pause nothing', () => {
  for (const code of [200, 304, 400, 403, 404])
    assert.deepEqual(status(code), { this: [0, 0], other: [0, 0] }, `${code}`);
});

test('a time-out pauses what timed out: the route if it was not reached, else the report', () => {
  assert.deepEqual(failure('CONNECT_TIMEOUT'), { this: [1, 1], other: [1, 1] });
  assert.deepEqual(failure('HEAD_TIMEOUT'), { this: [5, 5], other: [0, 0] });
});

test('what fails at once is tried again by whoever has nothing better', () => {
  for (const code of ['INVALID_ANSWER', 'QUEUE_TIMEOUT', 'QUEUE_FULL'] as const) {
    assert.deepEqual(failure(code), { this: [5, 0], other: [0, 0] }, code);
  }
});

test('having no token says nothing about the report API', () => {
  assert.deepEqual(held(outcome({ error: new DcrError('throttled', 'x') })), { this: [0, 0], other: [0, 0] });
});
