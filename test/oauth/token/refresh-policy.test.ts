import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/base/secret.ts';
import { epochMs } from '../../../src/base/units.ts';
import { refreshAt, usableUntil } from '../../../src/oauth/token/refresh-policy.ts';

const START = epochMs(1_700_000_000_000);
const tokenOf = (lifetimeInSeconds: number) => ({
  authorization: new Secret('Bearer x'),
  receivedAt: START,
  expiresAt: epochMs(START + lifetimeInSeconds * 1000),
});
const sinceStart = (at: number) => (at - START) / 1000;

// lifetime, then seconds after receipt: earliest, middle and latest refresh, and last use
const table = [
  [3, 1.8, 2, 2.2, 2.85],
  [60, 36, 40, 44, 57],
  [21_600, 12_960, 14_400, 15_840, 21_590],
  [86_400, 77_760, 79_200, 80_640, 86_390],
] as const;

for (const [lifetime, earliest, middle, latest, lastUse] of table) {
  test(`A token of ${lifetime} s is refreshed and used by fractions with caps`, () => {
    const token = tokenOf(lifetime);
    assert.equal(sinceStart(refreshAt(token, 1)), earliest);
    assert.equal(sinceStart(refreshAt(token, 0.5)), middle);
    assert.equal(sinceStart(refreshAt(token, 0)), latest);
    assert.equal(sinceStart(usableUntil(token)), lastUse);
  });
}

test('A refresh always begins before the token may no longer be used', () => {
  for (const lifetime of [0.001, 0.1, 1, 3, 10, 300, 3600, 21_600, 604_800]) {
    const token = tokenOf(lifetime);
    for (const random of [0, 0.5, 0.999]) {
      assert.ok(refreshAt(token, random) <= usableUntil(token), `${lifetime} s`);
      assert.ok(refreshAt(token, random) >= token.receivedAt, `${lifetime} s`);
    }
  }
});
