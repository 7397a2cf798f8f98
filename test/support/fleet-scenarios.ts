import fc from 'fast-check';
import type { Fault } from './adobe-model.ts';

/** Something that happens to a fleet at a moment, `at` ms after its start. */
export type FleetHappening = { readonly at: number } & (
  | { readonly what: 'redis-cut' | 'redis-full'; readonly lasts: number }
  | { readonly what: 'replica-cut' | 'stall'; readonly replica: number; readonly lasts: number }
  | { readonly what: 'redis-slow'; readonly ms: number; readonly lasts: number }
  | { readonly what: 'redis-restart'; readonly lasts: number }
  | { readonly what: 'fail-over'; readonly lag: number; readonly lasts: number }
  | { readonly what: 'kill'; readonly replica: number }
  | { readonly what: 'clock'; readonly replica: number; readonly by: number }
  | { readonly what: 'adobe'; readonly fault: Fault; readonly lasts: number }
  | { readonly what: 'forget-clients' | 'revoke-tokens' }
);

export interface FleetScenario {
  readonly seed: number;
  readonly replicas: number;
  readonly expiresIn: number;
  readonly happenings: readonly FleetHappening[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = fc.integer({ min: 0, max: 3 * MINUTE });
const lasts = fc.integer({ min: 100, max: MINUTE });
const replica = fc.integer({ min: 0, max: 4 });

const happening: fc.Arbitrary<FleetHappening> = fc.oneof(
  fc.record({ at, what: fc.constantFrom('redis-cut' as const, 'redis-full' as const), lasts }),
  fc.record({ at, what: fc.constantFrom('replica-cut' as const, 'stall' as const), replica, lasts }),
  fc.record({ at, what: fc.constant('redis-slow' as const), ms: fc.constantFrom(300, 700, 5000), lasts }),
  fc.record({ at, what: fc.constant('redis-restart' as const), lasts: fc.constantFrom(50, 5000) }),
  fc.record({
    at,
    what: fc.constant('fail-over' as const),
    lag: fc.constantFrom(0, 50, 1000, 10_000),
    lasts: fc.constantFrom(200, 5000),
  }),
  fc.record({ at, what: fc.constant('kill' as const), replica }),
  fc.record({ at, what: fc.constant('clock' as const), replica, by: fc.integer({ min: -HOUR, max: HOUR }) }),
  fc.record({
    at,
    what: fc.constant('adobe' as const),
    fault: fc.constantFrom('refuse', 'hang', 'lose-answer', 'error-503', 'throttle'),
    lasts,
  }),
  fc.record({ at, what: fc.constantFrom('forget-clients' as const, 'revoke-tokens' as const) }),
);

/** What may happen to a few replicas and their Redis in three minutes. */
export const fleetScenarios: fc.Arbitrary<FleetScenario> = fc.record({
  seed: fc.integer(),
  replicas: fc.integer({ min: 2, max: 5 }),
  expiresIn: fc.constantFrom(10, 60, 600, 21_600),
  happenings: fc.array(happening, { maxLength: 6 }),
});
