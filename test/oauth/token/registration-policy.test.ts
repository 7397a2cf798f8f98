import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs } from '../../../src/base/units.ts';
import {
  afterSuccess,
  byOurClock,
  type RegistrationCause,
  registrationWait,
} from '../../../src/oauth/token/registration-policy.ts';

const NOW = epochMs(1_700_000_000_000);
/** Registrations that were made so many seconds ago. */
const made = (...each: readonly (readonly [RegistrationCause, number])[]) =>
  each.map(([cause, ago]) => ({ cause, at: epochMs(NOW - ago * 1000) }));

// what happened, why another is wanted, and seconds to wait
const table = [
  [[], 'none', 0],
  [
    [
      ['none', 1],
      ['none', 0],
    ],
    'none',
    0,
  ],
  [[['api', 1]], 'hand', 0],
  [[], 'rejected', 0],
  [[['none', 10]], 'rejected', 50],
  [[['none', 60]], 'rejected', 0],
  [
    [
      ['none', 100],
      ['rejected', 20],
    ],
    'rejected',
    40,
  ],
  [
    [
      ['none', 100],
      ['rejected', 60],
    ],
    'rejected',
    800,
  ],
  [
    [
      ['none', 900],
      ['rejected', 60],
    ],
    'rejected',
    0,
  ],
  [[['none', 0]], 'api', 0],
  [[['api', 1]], 'api', 899],
  [
    [
      ['api', 300],
      ['none', 1],
    ],
    'api',
    600,
  ],
  [[['api', 900]], 'api', 0],
] as const;

for (const [before, cause, expected] of table) {
  test(`After ${JSON.stringify(before)}, a registration for "${cause}" waits ${expected} s`, () => {
    assert.equal(registrationWait(cause, made(...before), NOW), expected * 1000);
  });
}

test('a registration from the future, of a run whose clock was ahead, counts as made now, and the wait for it ends', () => {
  const ahead = byOurClock(made(['api', -86_400], ['none', 5]), NOW);
  assert.deepEqual(ahead, made(['api', 0], ['none', 5]));
  assert.equal(registrationWait('api', ahead, NOW), 900_000);
  assert.equal(registrationWait('api', ahead, epochMs(NOW + 900_000)), 0);
});

test('after a token was issued only the API’s word is remembered, once', () => {
  assert.deepEqual(
    afterSuccess(made(['api', 9], ['rejected', 5], ['api', 3], ['none', 1])),
    made(['api', 3]),
  );
});
