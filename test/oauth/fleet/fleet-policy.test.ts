import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/base/secret.ts';
import { epochMs, milliseconds, seconds } from '../../../src/base/units.ts';
import {
  momentAlone,
  pauseAfter,
  spreadOf,
  spreadOut,
  succeeds,
} from '../../../src/oauth/fleet/fleet-policy.ts';
import { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';

const NOW = epochMs(1_700_000_000_000);

test('a failure that a person must heal is spared the fleet for a minute', () => {
  const refused = new DcrError('unapproved_software_statement', 'no');
  assert.equal(pauseAfter(refused, 9, 0.5), seconds(60));
});

test('one that heals by itself for a back-off that grows, on top of what the server asks for', () => {
  const away = new DcrError('server_error', 'no');
  const throttled = new DcrError('throttled', 'no', { retryAfter: seconds(5) });
  const pauses = [1, 2, 3].map((failures) => pauseAfter(away, failures, 0.5));
  assert.deepEqual(
    [...pauses].sort((a, b) => a - b),
    pauses,
  );
  assert.equal(pauseAfter(throttled, 1, 0.5), seconds(5) + pauseAfter(away, 1, 0.5));
});

test('a wait is spread out by up to a half', () => {
  assert.deepEqual(
    [0, 0.5, 0.999].map((random) => spreadOut(milliseconds(1000), random)),
    [1000, 1250, 1500],
  );
});

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
