import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs } from '../../../src/base/units.ts';
import { parseRequestDirectives } from '../../../src/cache/policy/cache-control.ts';
import { decideReuse, mayServeOnError, type Reuse } from '../../../src/cache/policy/reuse.ts';
import { storedFreshness } from '../../support/stored-freshness-builder.ts';

const FIRST = 1_000_000;

/** Stored at FIRST, fresh for 10 s. */
const stored = (facts: Parameters<typeof storedFreshness>[0] = {}) =>
  storedFreshness({ responseTime: FIRST, lifetime: 10_000, ...facts });

const reuse = (
  facts: Parameters<typeof storedFreshness>[0],
  request: string | undefined,
  age: number,
): Reuse => decideReuse(stored(facts), parseRequestDirectives(request), epochMs(FIRST + age));

type Row = [
  facts: Parameters<typeof storedFreshness>[0],
  request: string | undefined,
  age: number,
  expected: Reuse,
];

const check = (rows: readonly Row[]) => {
  for (const [facts, request, age, expected] of rows) {
    assert.equal(reuse(facts, request, age), expected, JSON.stringify({ facts, request, age }));
  }
};

test('an answer is fresh until its age reaches its lifetime', () => {
  check([
    [{}, undefined, 0, 'fresh'],
    [{}, undefined, 9_999, 'fresh'],
    [{}, undefined, 10_000, 'revalidate-stale'],
    [{}, undefined, 10_001, 'revalidate-stale'],
    [{ initialAge: 4_000 }, undefined, 5_999, 'fresh'],
    [{ initialAge: 4_000 }, undefined, 6_000, 'revalidate-stale'],
    [{ lifetime: 0 }, undefined, 0, 'revalidate-stale'],
  ]);
});

test('an answer with no-cache is never used unasked', () => {
  check([
    [{ noCache: true }, undefined, 0, 'revalidate-stale'],
    [{ noCache: true, staleWhileRevalidate: 5_000 }, undefined, 11_000, 'revalidate-stale'],
    [{ noCache: true }, 'max-stale', 0, 'revalidate-stale'],
    [{ noCache: true }, 'max-stale', 11_000, 'revalidate-stale'],
  ]);
});

test('a stale answer is served during stale-while-revalidate, unless it must be revalidated', () => {
  check([
    [{ staleWhileRevalidate: 5_000 }, undefined, 10_000, 'stale-while-revalidate'],
    [{ staleWhileRevalidate: 5_000 }, undefined, 14_999, 'stale-while-revalidate'],
    [{ staleWhileRevalidate: 5_000 }, undefined, 15_000, 'revalidate-stale'],
    [{ staleWhileRevalidate: 5_000, mustRevalidate: true }, undefined, 11_000, 'revalidate-stale'],
    [{ staleWhileRevalidate: 5_000 }, 'max-age=60', 11_000, 'stale-while-revalidate'],
    [{ staleWhileRevalidate: 5_000 }, 'max-age=5', 11_000, 'revalidate-stale'],
    [{ staleWhileRevalidate: 5_000 }, 'min-fresh=1', 11_000, 'revalidate-stale'],
    [{ staleWhileRevalidate: 5_000 }, 'no-cache', 11_000, 'revalidate-stale'],
  ]);
});

test('the request can ask for a younger or fresher answer', () => {
  check([
    [{}, 'no-cache', 0, 'revalidate-request'],
    [{}, 'max-age=0', 0, 'revalidate-request'],
    [{}, 'max-age=5', 5_000, 'fresh'],
    [{}, 'max-age=5', 5_001, 'revalidate-request'],
    [{ initialAge: 3_000 }, 'max-age=5', 2_001, 'revalidate-request'],
    [{}, 'min-fresh=5', 5_000, 'fresh'],
    [{}, 'min-fresh=5', 5_001, 'revalidate-request'],
  ]);
});

test('the request can take a stale answer, unless it must be revalidated', () => {
  check([
    [{}, 'max-stale=5', 15_000, 'stale-allowed'],
    [{}, 'max-stale=5', 15_001, 'revalidate-stale'],
    [{}, 'max-stale', 1_000_000, 'stale-allowed'],
    [{}, 'max-stale=5', 5_000, 'fresh'],
    [{ mustRevalidate: true }, 'max-stale', 15_000, 'revalidate-stale'],
    [{}, 'max-stale=5, no-cache', 11_000, 'revalidate-stale'],
    [{}, 'max-stale=5, max-age=5', 11_000, 'revalidate-stale'],
  ]);
});

test('no-store keeps away from the store, and only-if-cached from the upstream', () => {
  check([
    [{}, 'no-store', 0, 'bypass'],
    [{}, 'only-if-cached', 0, 'fresh'],
    [{}, 'only-if-cached', 10_000, 'gateway-timeout'],
    [{}, 'only-if-cached, max-stale', 10_000, 'stale-allowed'],
    [{}, 'only-if-cached, no-cache', 0, 'gateway-timeout'],
    [{}, 'only-if-cached, no-store', 0, 'gateway-timeout'],
    [{ staleWhileRevalidate: 5_000 }, 'only-if-cached', 11_000, 'stale-while-revalidate'],
  ]);
});

test('a stored answer stands in for a failed upstream within stale-if-error', () => {
  const rows: readonly [Parameters<typeof storedFreshness>[0], string | undefined, number, boolean][] = [
    [{ staleIfError: 5_000 }, undefined, 14_999, true],
    [{ staleIfError: 5_000 }, undefined, 15_000, false],
    [{}, undefined, 10_000, false],
    // Still fresh, but a validation that the request asked for has failed.
    [{}, undefined, 9_999, true],
    [{ mustRevalidate: true, staleIfError: 5_000 }, undefined, 11_000, false],
    [{ mustRevalidate: true }, undefined, 9_000, true],
    [{ noCache: true, staleIfError: 5_000 }, undefined, 0, false],
    [{ staleIfError: 5_000 }, 'no-cache', 11_000, false],
    [{ staleIfError: 5_000 }, 'no-store', 11_000, false],
    [{ staleIfError: 5_000 }, 'max-age=5', 11_000, false],
    [{ staleIfError: 5_000 }, 'max-age=60', 11_000, true],
    [{ staleIfError: 5_000 }, 'min-fresh=1', 11_000, false],
    [{ staleIfError: 5_000 }, 'max-stale', 11_000, true],
    [{}, 'min-fresh=5', 5_000, true],
    [{}, 'min-fresh=5', 5_001, false],
  ];
  for (const [facts, request, age, expected] of rows) {
    const actual = mayServeOnError(stored(facts), parseRequestDirectives(request), epochMs(FIRST + age));
    assert.equal(actual, expected, JSON.stringify({ facts, request, age }));
  }
});
