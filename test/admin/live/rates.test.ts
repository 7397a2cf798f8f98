import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ratesBetween } from '../../../src/admin/live.ts';
import { milliseconds } from '../../../src/base/units.ts';
import type { Totals } from '../../../src/metrics/traffic.ts';

const BOUNDS = [0.1, 0.2, 0.4];

const totals = (more: Partial<Totals> = {}): Totals => ({
  requests: 0,
  byCache: { hit: 0, stale: 0, collapsed: 0, miss: 0, revalidated: 0, shared: 0, bypass: 0, none: 0 },
  serverErrors: 0,
  upstreamRequests: 0,
  upstreamErrors: 0,
  bytes: 0,
  durations: [0, 0, 0, 0],
  ...more,
});

const between = (before: Totals, after: Totals, span = 1000) =>
  ratesBetween(before, after, milliseconds(span), BOUNDS);

describe('Rates', () => {
  test('are a second, whatever the span', () => {
    const after = totals({ requests: 30, bytes: 6000, upstreamRequests: 3, serverErrors: 1 });
    const rates = between(totals(), after, 2000);
    assert.equal(rates.requests, 15);
    assert.equal(rates.bytes, 3000);
    assert.equal(rates.upstreamRequests, 1.5);
    assert.equal(rates.serverErrors, 0.5);
  });

  test('are zero, and shares unknown, when nothing went on or no time passed', () => {
    for (const span of [0, 1000]) {
      const rates = between(totals({ requests: 5 }), totals({ requests: 5 }), span);
      assert.equal(rates.requests, 0);
      assert.equal(rates.fromCache, null);
      assert.equal(rates.p50Ms, null);
    }
  });

  test('count hits, stale and collapsed answers as served without asking upstream', () => {
    const byCache = {
      hit: 5,
      stale: 2,
      collapsed: 1,
      miss: 1,
      revalidated: 1,
      shared: 0,
      bypass: 0,
      none: 0,
    };
    assert.equal(between(totals(), totals({ requests: 10, byCache })).fromCache, 0.8);
  });
});

describe('Quantiles', () => {
  const CASES = [
    { durations: [10, 10, 10, 10], p50: 50, p99: 99 },
    { durations: [0, 10, 10, 10], p50: 150, p99: 199 },
    { durations: [5, 5, 10, 10], p50: 100, p99: 396 },
    { durations: [0, 0, 0, 10], p50: 400, p99: 400 },
  ];
  for (const { durations, p50, p99 } of CASES) {
    test(`of ${durations} are ${p50} and ${p99} ms`, () => {
      const rates = between(totals(), totals({ requests: 10, durations }));
      assert.ok(Math.abs((rates.p50Ms ?? 0) - p50) < 1e-9, `${rates.p50Ms}`);
      assert.ok(Math.abs((rates.p99Ms ?? 0) - p99) < 1e-9, `${rates.p99Ms}`);
    });
  }

  test('look only at what came in between', () => {
    const before = totals({ requests: 10, durations: [10, 10, 10, 10] });
    const after = totals({ requests: 20, durations: [10, 10, 20, 20] });
    assert.ok((between(before, after).p50Ms ?? 0) > 200);
  });
});
