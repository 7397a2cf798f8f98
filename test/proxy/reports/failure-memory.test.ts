import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs, milliseconds } from '../../../src/base/units.ts';
import { rawHeaders } from '../../../src/http/fields.ts';
import { DcrError } from '../../../src/oauth/index.ts';
import type { Route } from '../../../src/proxy/gate/route.ts';
import { CoolDowns } from '../../../src/proxy/reports/cool-down.ts';
import { remember } from '../../../src/proxy/reports/failure-memory.ts';
import type { FetchOutcome } from '../../../src/proxy/reports/report-fetch.ts';
import { openWay } from '../../../src/upstream/upstream.ts';
import { UpstreamError, type UpstreamErrorCode } from '../../../src/upstream/upstream-error.ts';

const NOW = epochMs(1_700_000_000_000);

const route: Route = {
  id: 'cmu',
  cacheId: 'cmu',
  hosts: [],
  prefix: '/cmu/v2',
  upstreamPrefix: '/cmu/v2',
  upstream: openWay({
    origin: new URL('https://mgmt.test'),
    maxConnections: 1,
    connectTimeout: milliseconds(1),
    headersTimeout: milliseconds(1),
    bodyIdleTimeout: milliseconds(1),
  }),
  links: { origin: 'https://mgmt.test', linkPrefixes: [], prefix: '/cmu/v2' },
  answerHeaders: new Set<string>(),
  kind: 'report',
  forwardHeaders: [],
  caching: undefined,
  coolDowns: new CoolDowns(),
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
  remember(of, 'this', coolDowns, NOW);
  const secondsFor = (key: string, hasCopy: boolean) =>
    ((coolDowns.active(key, hasCopy, NOW)?.until ?? NOW) - NOW) / 1000;
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
