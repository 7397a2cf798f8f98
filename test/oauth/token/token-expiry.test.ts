import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs } from '../../../src/base/units.ts';
import { type ExpiryEvidence, tokenExpiry } from '../../../src/oauth/token/token-expiry.ts';

const NOW = epochMs(1_700_726_648_000);
const at = (seconds: number) => epochMs(NOW + seconds * 1000);
const HOUR = 3600;
const DAY = 24 * HOUR;

type Evidence = Omit<ExpiryEvidence, 'receivedAt'>;
type Verdict = readonly [lifetimeInSeconds: number | 'useless', disbelieved?: readonly string[]];

const table: readonly [string, Evidence, Verdict][] = [
  ['expires_in alone', { expiresIn: 21_600 }, [21_600]],
  ['a token of three seconds', { expiresIn: 3 }, [3]],
  ['half a second', { expiresIn: 0.5 }, [0.5]],
  ['created_at earlier: the token is not new', { expiresIn: 21_600, createdAt: at(-600) }, [21_000]],
  ['created_at later: the receipt counts', { expiresIn: 21_600, createdAt: at(600) }, [21_600]],
  ['created_at a year later', { expiresIn: 21_600, createdAt: at(365 * DAY) }, [21_600]],
  ['an earlier exp', { expiresIn: 21_600, exp: at(18_000) }, [18_000]],
  ['a later exp', { expiresIn: 21_600, exp: at(40_000) }, [21_600]],
  ['the earliest of all three', { expiresIn: 100, createdAt: at(-30), exp: at(60) }, [60]],
  ['exp alone', { exp: at(500) }, [500]],
  ['created_at alone tells no end', { createdAt: at(-5) }, [300]],
  ['nothing', {}, [300]],
  // Lies about time: a token that has just been given is not dead.
  [
    'created_at so early that the token were dead',
    { expiresIn: 60, createdAt: at(-60) },
    [60, ['created_at']],
  ],
  ['created_at in 1970', { expiresIn: 21_600, createdAt: epochMs(1) }, [21_600, ['created_at']]],
  ['exp in the past', { expiresIn: 21_600, exp: at(-1) }, [21_600, ['exp']]],
  ['exp now', { expiresIn: 21_600, exp: at(0) }, [21_600, ['exp']]],
  [
    'both in the past',
    { expiresIn: 21_600, createdAt: at(-DAY), exp: at(-DAY + 21_600) },
    [21_600, ['created_at', 'exp']],
  ],
  ['exp in the past, its own lifetime told by iat', { exp: at(-DAY + 900), iat: at(-DAY) }, [900, ['exp']]],
  ['exp in the past and nothing else', { exp: at(-1) }, [300, ['exp']]],
  // The server's own clock makes its dates readable.
  [
    'our clock is a day fast, and Date shows it',
    { expiresIn: 21_600, createdAt: at(-DAY), exp: at(-DAY + 18_000), serverDate: at(-DAY) },
    [17_999],
  ],
  [
    'our clock is a day slow, and Date shows it',
    { expiresIn: 21_600, createdAt: at(DAY - 600), exp: at(DAY + 21_000), serverDate: at(DAY) },
    [20_999],
  ],
  [
    'our clock is so fast that little seems left',
    { expiresIn: 21_600, createdAt: at(-21_590), serverDate: at(-21_590) },
    [21_599],
  ],
  [
    'Date is cut to the second: equal clocks stay equal',
    { expiresIn: 3, exp: at(2.1), serverDate: at(-0.9) },
    [2.1],
  ],
  [
    'Date lies, the rest is right',
    { expiresIn: 21_600, createdAt: at(0), serverDate: at(DAY) },
    [21_600, ['created_at']],
  ],
  ['two seconds of difference are none', { expiresIn: 60, exp: at(30), serverDate: at(-3) }, [30]],
  ['more than two seconds are', { expiresIn: 60, exp: at(30), serverDate: at(-3.001) }, [32.001]],
  // Values that make no sense.
  ['exp before iat', { exp: at(-900), iat: at(-60) }, [300, ['exp']]],
  ['expires_in 0', { expiresIn: 0 }, ['useless']],
  ['expires_in -1', { expiresIn: -1 }, ['useless']],
  ['a millisecond', { expiresIn: 0.001 }, [0.001]],
  ['less than our clock can tell', { expiresIn: 5e-324 }, ['useless']],
  ['expires_in -1, and created_at in the future', { expiresIn: -1, createdAt: at(HOUR) }, ['useless']],
  ['expires_in 0, but exp is in the future', { expiresIn: 0, exp: at(500) }, [500]],
  ['expires_in -1, and exp is past', { expiresIn: -1, exp: at(-5) }, ['useless']],
  ['expires_in 1e12 is cut to a week', { expiresIn: 1e12 }, [7 * DAY]],
  ['expires_in 1e12, but exp is near', { expiresIn: 1e12, exp: at(HOUR) }, [HOUR]],
];

for (const [what, evidence, [lifetime, disbelieved = []]] of table) {
  test(`Expiry: ${what}`, () => {
    const verdict = tokenExpiry({ receivedAt: NOW, ...evidence });
    if (lifetime === 'useless') {
      assert.equal(verdict, undefined);
    } else {
      assert.deepEqual(verdict, { expiresAt: at(lifetime), disbelieved });
    }
  });
}
