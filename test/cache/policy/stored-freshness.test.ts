import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs, milliseconds } from '../../../src/base/units.ts';
import {
  currentAge,
  freshUntil,
  remainingFreshness,
  usableUntil,
} from '../../../src/cache/policy/stored-freshness.ts';
import { storedFreshness } from '../../support/stored-freshness-builder.ts';

test('age grows from the age at arrival, and freshness shrinks with it', () => {
  const stored = storedFreshness({ responseTime: 1000, initialAge: 200, lifetime: 5000 });
  assert.equal(currentAge(stored, epochMs(1000)), 200);
  assert.equal(currentAge(stored, epochMs(1500)), 700);
  assert.equal(remainingFreshness(stored, epochMs(1500)), 4300);
  assert.equal(remainingFreshness(stored, epochMs(7000)), -1200);
});

test('a clock that stepped back makes nobody younger than on arrival', () => {
  const stored = storedFreshness({ responseTime: 1000, initialAge: 200, lifetime: 5000 });
  assert.equal(currentAge(stored, epochMs(0)), 200);
});

test('freshness ends when the age reaches the lifetime', () => {
  const stored = storedFreshness({ responseTime: 1000, initialAge: 200, lifetime: 5000 });
  assert.equal(freshUntil(stored), 5800);
  assert.equal(remainingFreshness(stored, freshUntil(stored)), 0);
});

test('an answer is of use for the longer of its stale allowances', () => {
  const stored = storedFreshness({ responseTime: 1000, lifetime: 5000 });
  assert.equal(usableUntil(stored), 6000);
  assert.equal(usableUntil({ ...stored, staleWhileRevalidate: milliseconds(10) }), 6010);
  assert.equal(
    usableUntil({ ...stored, staleWhileRevalidate: milliseconds(10), staleIfError: milliseconds(20) }),
    6020,
  );
});
