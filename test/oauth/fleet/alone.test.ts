import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs, milliseconds, seconds } from '../../../src/base/units.ts';
import { momentAlone, spreadOf } from '../../../src/oauth/fleet/alone.ts';

const NOW = epochMs(1_700_000_000_000);

for (const [replicas, expected] of [
  [1, 0],
  [10, 40],
  [200, 800],
] as const) {
  test(`${replicas} replicas that cannot agree spread their calls over ${expected} s`, () => {
    assert.equal(spreadOf(replicas), seconds(expected));
  });
}

const at = (seconds: number) => epochMs(NOW + seconds * 1000);

for (const [what, usableUntil, dice, expected] of [
  ['without a token: at once at the earliest', undefined, 0, 0],
  ['without a token: within the spread', undefined, 0.5, 20],
  ['with a token that lasts: not before its last stretch', at(3600), 0, 3600 - 15 - 40],
  ['with a token that lasts: before its end', at(3600), 0.999, 3600 - 15 - 0.04],
  ['with a token that ends before the spread: as without one', at(30), 0.5, 20],
  ['with a token that has ended: as without one', at(-5), 0.25, 10],
] as const) {
  test(`a replica that goes on alone calls ${what}`, () => {
    const moment = momentAlone(NOW, usableUntil, milliseconds(40_000), dice);
    assert.equal((moment - NOW) / 1000, expected);
  });
}
