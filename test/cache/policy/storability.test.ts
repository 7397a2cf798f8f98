import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs, seconds } from '../../../src/base/units.ts';
import { parseRequestDirectives } from '../../../src/cache/policy/cache-control.ts';
import { isHeuristicallyCacheable } from '../../../src/cache/policy/freshness-lifetime.ts';
import {
  decideStorage,
  isUnderstood,
  type StorageDecision,
  type StoragePolicy,
} from '../../../src/cache/policy/storability.ts';
import { headersOf, httpDate } from '../../support/header-builder.ts';

const RECEIVED = epochMs(Date.parse('2024-07-20T12:00:00Z'));
const HOUR = 3600;

const reports: StoragePolicy = {
  fallback: { by: 'schedule', ttl: seconds(3 * HOUR) },
  staleWhileRevalidate: seconds(60),
  staleIfError: seconds(600),
};

const originsWord: StoragePolicy = {
  fallback: { by: 'heuristic', fraction: 0.1, most: seconds(24 * HOUR) },
  staleWhileRevalidate: seconds(0),
  staleIfError: seconds(600),
};

interface Exchange {
  readonly asks?: string;
  readonly status?: number;
}

const storage = (
  policy: StoragePolicy,
  headers: Record<string, string>,
  exchange: Exchange = {},
): StorageDecision =>
  decideStorage(
    parseRequestDirectives(exchange.asks),
    {
      status: exchange.status ?? 200,
      headers: headersOf(headers),
      requestTime: RECEIVED,
      responseTime: RECEIVED,
    },
    policy,
  );

const fromNow = (offset: number): string => httpDate(epochMs(RECEIVED + offset * 1000));

const refusal = (
  policy: StoragePolicy,
  headers: Record<string, string>,
  exchange?: Exchange,
): string | undefined => {
  const decision = storage(policy, headers, exchange);
  return decision.store ? undefined : decision.reason;
};

/** Lifetime in seconds and where it comes from; the reason when it is not stored. */
const lifetime = (policy: StoragePolicy, headers: Record<string, string>, exchange?: Exchange): unknown[] => {
  const decision = storage(policy, headers, exchange);
  return decision.store ? [decision.lifetime / 1000, decision.basis] : [decision.reason];
};

test('a plain report is kept for its schedule', () => {
  assert.deepEqual(storage(reports, {}), {
    store: true,
    withheldFields: [],
    varyFields: [],
    responseTime: RECEIVED,
    initialAge: 0,
    lifetime: seconds(3 * HOUR),
    basis: 'schedule',
    noCache: false,
    mustRevalidate: false,
    staleWhileRevalidate: seconds(60),
    staleIfError: seconds(600),
  });
});

test('what may not be stored is refused with the reason', () => {
  assert.equal(refusal(reports, {}, { asks: 'no-store' }), 'request-no-store');
  assert.equal(refusal(reports, { 'cache-control': 'no-store' }), 'no-store');
  assert.equal(refusal(reports, { 'cache-control': 'max-age=60, No-Store' }), 'no-store');
  assert.equal(refusal(reports, { 'cache-control': 'private' }), 'private');
  assert.equal(refusal(reports, { vary: '*' }), 'vary-star');
  assert.equal(refusal(reports, { vary: 'Accept, *' }), 'vary-star');
});

test('of reports only a 200 is stored', () => {
  for (const status of [201, 203, 204, 206, 301, 304, 400, 404, 410, 429, 500, 503]) {
    assert.equal(
      refusal(reports, { 'cache-control': 'public, max-age=60' }, { status }),
      'status',
      String(status),
    );
  }
});

test('a report that says it is stale, and cannot be validated, is of no use', () => {
  const useless = [
    { 'cache-control': 'max-age=0' },
    { expires: fromNow(-10) },
    { expires: fromNow(0) },
    { 'cache-control': 'no-cache' },
    // Adobe's Last-Modified is no way to validate.
    { 'cache-control': 'max-age=0', 'last-modified': fromNow(-1000) },
  ];
  for (const headers of useless) {
    assert.equal(refusal(reports, headers), 'useless', JSON.stringify(headers));
    assert.equal(refusal(reports, { ...headers, etag: '"a"' }), undefined, JSON.stringify(headers));
  }
  assert.equal(
    refusal(originsWord, { 'cache-control': 'no-cache', 'last-modified': fromNow(-1000) }),
    undefined,
  );
});

test("a wrong clock at the origin does not age a report, but its Age does, and explicit freshness counts by the origin's clock", () => {
  const age = (headers: Record<string, string>) => {
    const decision = storage(reports, headers);
    return decision.store ? decision.initialAge / 1000 : undefined;
  };
  assert.equal(age({ date: fromNow(-7200) }), 0);
  assert.equal(age({ date: fromNow(-7200), age: '30' }), 30);
  assert.equal(age({ date: fromNow(-30), 'cache-control': 'max-age=60' }), 30);
});

test('a report that is already stale on arrival is stored if it may be served stale', () => {
  assert.deepEqual(lifetime(reports, { 'cache-control': 'max-age=60', age: '90' }), [60, 'max-age']);
  assert.equal(refusal(reports, { 'cache-control': 'max-age=60, must-revalidate', age: '90' }), 'useless');
  assert.equal(refusal(reports, { 'cache-control': 'max-age=60, must-revalidate', age: '60' }), 'useless');
  const either = ['stale-while-revalidate=1, stale-if-error=0', 'stale-while-revalidate=0, stale-if-error=1'];
  for (const one of either)
    assert.equal(refusal(reports, { 'cache-control': `max-age=60, ${one}`, age: '60' }), undefined);
});

test('without explicit freshness only statuses that are cacheable by default, or public ones, are stored', () => {
  const old = { 'last-modified': fromNow(-1000) };
  for (const status of [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]) {
    assert.deepEqual(lifetime(originsWord, old, { status }), [100, 'heuristic'], String(status));
  }
  for (const status of [201, 202, 302, 400, 403, 429, 500, 502, 503, 504, 599]) {
    assert.equal(refusal(originsWord, old, { status }), 'status', String(status));
    const open = { ...old, 'cache-control': 'public' };
    assert.deepEqual(lifetime(originsWord, open, { status }), [100, 'heuristic'], String(status));
  }
});

test('explicit freshness makes every final and complete answer storable', () => {
  const explicit = { 'cache-control': 'max-age=60' };
  for (const status of [200, 201, 299, 302, 303, 307, 400, 404, 499, 500, 503, 599]) {
    assert.deepEqual(lifetime(originsWord, explicit, { status }), [60, 'max-age'], String(status));
  }
  for (const status of [100, 103, 199, 206, 304, 600, 999]) {
    assert.equal(refusal(originsWord, explicit, { status }), 'status', String(status));
  }
});

test('must-understand lifts no-store for known statuses and forbids unknown ones', () => {
  const both = { 'cache-control': 'max-age=60, no-store, must-understand' };
  assert.deepEqual(lifetime(originsWord, both), [60, 'max-age']);
  assert.equal(refusal(originsWord, both, { status: 599 }), 'no-store');
  assert.equal(
    refusal(originsWord, { 'cache-control': 'max-age=60, must-understand' }, { status: 599 }),
    'status',
  );
});

test('what must be revalidated is never served stale; otherwise the answer or else the policy says for how long', () => {
  const stale = (cacheControl: string) => {
    const decision = storage(reports, { 'cache-control': cacheControl, etag: '"a"' });
    assert.ok(decision.store);
    const { mustRevalidate, noCache, staleWhileRevalidate, staleIfError } = decision;
    return [mustRevalidate, noCache, staleWhileRevalidate / 1000, staleIfError / 1000];
  };
  assert.deepEqual(stale('max-age=5'), [false, false, 60, 600]);
  assert.deepEqual(stale('max-age=5, stale-while-revalidate=7'), [false, false, 7, 600]);
  assert.deepEqual(stale('max-age=5, stale-if-error=0'), [false, false, 60, 0]);
  assert.deepEqual(stale('max-age=5, must-revalidate, stale-if-error=9'), [true, false, 0, 0]);
  assert.deepEqual(stale('max-age=5, proxy-revalidate'), [true, false, 0, 0]);
  assert.deepEqual(stale('no-cache'), [false, true, 0, 0]);
  assert.deepEqual(stale('s-maxage=5'), [true, false, 0, 0]);
  assert.deepEqual(stale('s-maxage=5, stale-while-revalidate=7'), [false, false, 7, 600]);
});

test('fields that are withheld, and those that select the answer, are told', () => {
  const decision = storage(originsWord, {
    'cache-control': 'max-age=60, no-cache="Set-Cookie", private="X-User"',
    vary: 'Foo, accept-language, FOO',
  });
  assert.ok(decision.store);
  assert.deepEqual(decision.withheldFields, ['set-cookie', 'x-user']);
  assert.deepEqual(decision.varyFields, ['accept-language', 'foo']);
});

test('a server error is of no use once it is stale', () => {
  const decision = storage(
    originsWord,
    { 'cache-control': 'max-age=60, stale-if-error=60', etag: '"a"' },
    { status: 503 },
  );
  assert.ok(decision.store);
  assert.deepEqual([decision.mustRevalidate, decision.staleIfError], [true, 0]);
  for (const headers of [
    { expires: fromNow(-5), etag: '"a"' },
    { 'cache-control': 'max-age=0', etag: '"a"' },
  ]) {
    assert.equal(refusal(originsWord, headers, { status: 500 }), 'useless');
    assert.equal(refusal(originsWord, headers, { status: 499 }), undefined);
  }
});

test('a targeted field counts in place of Cache-Control and Expires, if it is well-formed and the origin is believed', () => {
  const field = 'cdn-cache-control';
  assert.deepEqual(lifetime(originsWord, { [field]: 'max-age=60', 'cache-control': 'no-store' }), [
    60,
    'max-age',
  ]);
  assert.deepEqual(lifetime(originsWord, { [field]: 'max-age=60', expires: fromNow(9) }), [60, 'max-age']);
  assert.equal(refusal(originsWord, { [field]: 'foo', expires: fromNow(9) }), 'useless');
  assert.equal(refusal(originsWord, { [field]: 'no-store', 'cache-control': 'max-age=60' }), 'no-store');
  assert.deepEqual(lifetime(originsWord, { [field]: '&', 'cache-control': 'max-age=5' }), [5, 'max-age']);
  assert.deepEqual(lifetime(reports, { [field]: 'no-store', 'cache-control': 'max-age=5' }), [5, 'max-age']);
});

test('interim, partial, not-modified and unregistered statuses are not understood', () => {
  for (const status of [100, 103, 206, 226, 299, 304, 305, 306, 402, 418, 499, 506, 599]) {
    assert.equal(isUnderstood(status), false, String(status));
  }
});

test('whatever is cacheable by default is understood', () => {
  for (const status of Array.from({ length: 500 }, (_, i) => i + 100).filter(isHeuristicallyCacheable))
    assert.equal(isUnderstood(status), true);
});
