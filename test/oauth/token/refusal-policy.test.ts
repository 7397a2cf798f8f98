import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/base/secret.ts';
import { epochMs } from '../../../src/base/units.ts';
import {
  isYoung,
  judgeRefusal,
  placeRemembered,
  type RefusalFacts,
  trialPause,
} from '../../../src/oauth/token/refusal-policy.ts';

/** A lone token that is not young and was never taken. */
const plain: RefusalFacts = {
  meaning: 'token',
  knownPlace: false,
  earlier: 0,
  replaced: false,
  young: false,
  proven: false,
  someProven: true,
  otherProven: false,
  takenSince: false,
  refusedElsewhere: false,
  waited: false,
  triedAnother: false,
};

const table: readonly (readonly [string, Partial<RefusalFacts>, string])[] = [
  ['an old token that nobody has seen taken', {}, 'successor'],
  ['a young token', { young: true }, 'again'],
  ['a young token that another server of the API has taken', { young: true, proven: true }, 'again'],
  ['a successor on trial', { young: true, otherProven: true }, 'other'],
  ['a token that was replaced meanwhile', { replaced: true }, 'other'],
  ['a proven token, of which nothing else is known', { proven: true }, 'wait'],
  ['a proven token that others were served with meanwhile', { proven: true, takenSince: true }, 'own'],
  ['a proven token, after a moment without news', { proven: true, waited: true }, 'successor'],
  ['a proven token that was refused elsewhere too', { proven: true, refusedElsewhere: true }, 'successor'],
  ['the successor as well, which is young', { young: true, triedAnother: true, earlier: 1 }, 'again'],
  [
    'the successor as well, while the former serves others',
    { young: true, triedAnother: true, takenSince: true },
    'own',
  ],
  ['the successor as well, which is not young any more', { triedAnother: true, earlier: 5 }, 'own'],
  ['a request that has been sent often enough', { young: true, earlier: 8 }, 'own'],
  [
    'the successor as well, while none is taken anywhere',
    { triedAnother: true, someProven: false },
    'successor',
  ],
  ['the client of the successor as well', { triedAnother: true, meaning: 'client' }, 'successor'],
  ['a place that is known to', { knownPlace: true, young: true }, 'own'],
  ['a scope that lacks', { meaning: 'scope', young: true }, 'own'],
  ['data that may not be seen', { meaning: 'forbidden' }, 'pass-on'],
  ['the client of an old token', { meaning: 'client' }, 'successor'],
  ['the client of a young token', { meaning: 'client', young: true }, 'again'],
];

for (const [what, facts, expected] of table) {
  test(`A refusal of ${what}: ${expected}`, () => {
    const judgement = judgeRefusal({ ...plain, ...facts });
    const act = judgement.act === 'pass-on' && judgement.remember ? 'own' : judgement.act;
    assert.equal(act, expected);
  });
}

test('the pauses before a young token is sent again are more than the three seconds that an API may lag', () => {
  let sum = 0;
  for (let earlier = 0; earlier < 5; earlier += 1) {
    const judgement = judgeRefusal({ ...plain, young: true, earlier });
    assert.ok(judgement.act === 'again');
    sum += judgement.after;
  }
  assert.ok(sum > 3_000 && sum < 4_000, `${sum} ms`);
});

test('a token is young for four seconds, or half of its life', () => {
  const at = (ms: number) => epochMs(1_700_000_000_000 + ms);
  const token = (lifetime: number) => ({
    authorization: new Secret('Bearer x'),
    receivedAt: at(0),
    expiresAt: at(lifetime),
  });
  for (const [lifetime, youth] of [
    [3_000, 1_500],
    [8_000, 4_000],
    [21_600_000, 4_000],
  ] as const) {
    assert.deepEqual(
      [isYoung(token(lifetime), at(youth - 1)), isYoung(token(lifetime), at(youth))],
      [true, false],
    );
  }
});

test('what fails again and again is left alone for longer and longer, within bounds', () => {
  assert.deepEqual([1, 2, 3, 100].map(trialPause), [200, 400, 800, 30_000]);
  assert.deepEqual([1, 2, 3, 100].map(placeRemembered), [60_000, 120_000, 240_000, 300_000]);
});
