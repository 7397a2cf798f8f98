import { epochMs, milliseconds } from '../../src/base/units.ts';
import type { StoredFreshness } from '../../src/cache/policy/stored-freshness.ts';

interface Plain {
  readonly responseTime?: number;
  readonly initialAge?: number;
  readonly lifetime?: number;
  readonly noCache?: boolean;
  readonly mustRevalidate?: boolean;
  readonly staleWhileRevalidate?: number;
  readonly staleIfError?: number;
}

/** Freshness facts in plain milliseconds; what is not given is 0 or false. */
export const storedFreshness = (facts: Plain): StoredFreshness => ({
  responseTime: epochMs(facts.responseTime ?? 0),
  initialAge: milliseconds(facts.initialAge ?? 0),
  lifetime: milliseconds(facts.lifetime ?? 0),
  basis: 'max-age',
  noCache: facts.noCache ?? false,
  mustRevalidate: facts.mustRevalidate ?? false,
  staleWhileRevalidate: milliseconds(facts.staleWhileRevalidate ?? 0),
  staleIfError: milliseconds(facts.staleIfError ?? 0),
});
