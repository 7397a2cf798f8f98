import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs, seconds } from '../../../src/base/units.ts';
import { NO_REQUEST_DIRECTIVES, parseRequestDirectives } from '../../../src/cache/policy/cache-control.ts';
import { type CallerWishes, countingWishes } from '../../../src/cache/policy/caller-wishes.ts';
import { decideReuse } from '../../../src/cache/policy/reuse.ts';
import { storedFreshness } from '../../support/stored-freshness-builder.ts';

const LIMIT: CallerWishes = { onceIn: seconds(10) };

/** Of a report that came at 0 s and is fresh for 100 s. */
const TABLE: readonly [wished: string, seconds: number, honour: string, limit: string, ignore: string][] = [
  ['no-cache', 0, 'revalidate-request', 'fresh', 'fresh'],
  ['no-cache', 9.999, 'revalidate-request', 'fresh', 'fresh'],
  ['no-cache', 10, 'revalidate-request', 'revalidate-request', 'fresh'],
  ['max-age=0', 9.999, 'revalidate-request', 'fresh', 'fresh'],
  ['max-age=5', 10, 'revalidate-request', 'revalidate-request', 'fresh'],
  ['max-age=50', 10, 'fresh', 'fresh', 'fresh'],
  ['min-fresh=99', 9, 'revalidate-request', 'fresh', 'fresh'],
  ['no-store', 9.999, 'bypass', 'fresh', 'fresh'],
  ['no-store', 10, 'bypass', 'revalidate-request', 'fresh'],
  ['no-cache', 100, 'revalidate-stale', 'revalidate-stale', 'revalidate-stale'],
  ['only-if-cached', 100, 'gateway-timeout', 'gateway-timeout', 'gateway-timeout'],
  ['no-cache, only-if-cached', 10, 'gateway-timeout', 'gateway-timeout', 'fresh'],
  ['max-stale=1', 100.5, 'stale-allowed', 'stale-allowed', 'stale-allowed'],
  ['no-cache, max-stale=1', 100.5, 'revalidate-stale', 'revalidate-stale', 'stale-allowed'],
];

for (const [wished, age, ...expected] of TABLE) {
  test(`${wished} of a report of ${age} s`, () => {
    const found = (['honour', LIMIT, 'ignore'] as const).map((wishes) =>
      decideReuse(
        storedFreshness({ lifetime: 100_000 }),
        countingWishes(parseRequestDirectives(wished), wishes),
        epochMs(age * 1000),
      ),
    );
    assert.deepEqual(found, expected);
  });
}

test('a request that wishes nothing stays the one that is compared by identity', () => {
  for (const wishes of ['honour', LIMIT, 'ignore'] as const) {
    assert.equal(countingWishes(NO_REQUEST_DIRECTIVES, wishes), NO_REQUEST_DIRECTIVES);
  }
});
