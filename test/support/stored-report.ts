import { type EpochMs, milliseconds, seconds } from '../../src/base/units.ts';
import type { StoredFreshness } from '../../src/cache/policy/stored-freshness.ts';
import { StoredResponse, type StoredResponseInit } from '../../src/cache/store/stored-response.ts';

export interface StoredReportParts extends Partial<Omit<StoredResponseInit, 'freshness'>> {
  /** When it came. */
  readonly now: EpochMs;
  readonly freshness?: Partial<StoredFreshness>;
}

/** A report that is fresh for a minute, and useful for another. */
export const storedReport = ({ now, freshness, ...more }: StoredReportParts): StoredResponse =>
  new StoredResponse({
    status: 200,
    headers: ['content-type', 'application/json', 'date', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    body: Buffer.from('{"report":[]}'),
    gzip: false,
    upstreamEtag: '"v1"',
    varyFields: [],
    target: '/cmu/v2/year?a=b',
    ...more,
    freshness: {
      responseTime: now,
      initialAge: milliseconds(0),
      lifetime: seconds(60),
      basis: 'schedule',
      noCache: false,
      mustRevalidate: false,
      staleWhileRevalidate: seconds(30),
      staleIfError: seconds(60),
      ...freshness,
    },
  });
