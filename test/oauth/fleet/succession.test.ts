import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/base/secret.ts';
import { epochMs } from '../../../src/base/units.ts';
import { succeeds } from '../../../src/oauth/fleet/succession.ts';

const NOW = epochMs(1_700_000_000_000);
const token = (name: string, received: number, expires: number) => ({
  authorization: new Secret(`Bearer ${name}`),
  receivedAt: epochMs(NOW + received),
  expiresAt: epochMs(NOW + expires),
});
const held = token('held', -10, 100);

for (const [what, candidate, own, expected] of [
  ['no token', undefined, { held }, false],
  ['a later one', token('new', -1, 200), { held }, true],
  ['a later one that ends earlier, as a server may shorten lifetimes', token('new', -1, 50), { held }, true],
  ['an earlier one', token('old', -11, 200), { held }, false],
  ['one of the same moment', token('twin', -10, 200), { held }, false],
  ['the one in hand', token('held', -1, 200), { held }, false],
  ['any, with none in hand', token('old', -99, 1), { held: undefined }, true],
  ['one that ends now', token('new', -1, 0), { held: undefined }, false],
  [
    'the one that the API refused',
    token('bad', -1, 200),
    { held: undefined, rejected: token('bad', -1, 200) },
    false,
  ],
] as const) {
  test(`${what} is ${expected ? '' : 'not '}taken from the fleet`, () => {
    assert.equal(succeeds(candidate, { rejected: undefined, ...own }, NOW), expected);
  });
}
