import fc from 'fast-check';
import type { Happening, Scenario } from './dcr-simulation.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const at = fc.integer({ min: 0, max: 5 * MINUTE });
const lasts = fc.integer({ min: 100, max: 2 * MINUTE });
const names = fc.boolean();
const content = fc.constantFrom(0, 0.5, 1);
const jump = fc.oneof(
  fc.integer({ min: -5_000, max: 5_000 }),
  fc.integer({ min: -HOUR, max: HOUR }),
  fc.constantFrom(-24 * HOUR, 24 * HOUR),
);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      at,
      what: fc.constant('fault' as const),
      fault: fc.constantFrom(
        'refuse',
        'hang',
        'lose-answer',
        'error-503',
        'throttle',
        'garbage',
        'redirect',
        'unapproved',
        'invalid-client',
      ),
      lasts,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      at,
      what: fc.constantFrom('forget-clients', 'revoke-tokens', 'bar-clients', 'kill'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ at, what: fc.constant('power-cut' as const), names, content }) },
  {
    weight: 2,
    arbitrary: fc.record({
      at,
      what: fc.constant('crash-at-disk-step' as const),
      steps: fc.integer({ min: 1, max: 20 }),
      names,
      content,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at,
      what: fc.constant('disk-fails' as const),
      code: fc.constantFrom('ENOSPC', 'EIO', 'EROFS'),
      lasts,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ at, what: fc.constantFrom('our-clock', 'their-clock', 'created-at'), by: jump }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at,
      what: fc.constant('expiry' as const),
      seconds: fc.constantFrom(3, 10, 60, 3600, 21_600),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      at,
      what: fc.constant('lag' as const),
      ms: fc.constantFrom(100, 800, 2_000, 3_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      at,
      what: fc.constant('refusing' as const),
      place: fc.constantFrom('esm', '/cmu/b'),
      lasts,
    }),
  },
  { weight: 2, arbitrary: fc.record({ at, what: fc.constant('refusing-clients' as const), lasts }) },
  {
    weight: 1,
    arbitrary: fc.record({
      at,
      what: fc.constant('latency' as const),
      ms: fc.constantFrom(0, 50, 580, 3_000, 9_000),
    }),
  },
);

/** Clients are lost by processes that remember what they did under another clock. */
const underOtherClocks: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ at, what: fc.constant('restart' as const), by: jump }),
  fc.record({ at, what: fc.constantFrom('bar-clients' as const, 'forget-clients' as const) }),
);

const scenariosOf = (happenings: fc.Arbitrary<Happening>): fc.Arbitrary<Scenario> =>
  fc.record({
    seed: fc.integer(),
    expiresIn: fc.constantFrom(3, 10, 60, 120, 3600, 21_600),
    happenings: fc.array(happenings, { maxLength: 8 }),
    pace: fc.constantFrom(500, 1_000, 5_000),
  });

/** What may happen to a proxy in five minutes. */
export const scenarios: fc.Arbitrary<Scenario> = fc.oneof(
  { weight: 9, arbitrary: scenariosOf(happening) },
  { weight: 1, arbitrary: scenariosOf(underOtherClocks) },
);
