import type { EpochMinute } from '../../warehouse/warehouse.ts';
import { TIME_DIMENSIONS, type TimeDimension } from '../cube/dimensions.ts';

const MINUTE_MS = 60_000;

/** A piece of a time range that is one value of a time dimension. */
export interface Bucket {
  readonly from: EpochMinute;
  readonly to: EpochMinute;
}

const PARTS: Readonly<Record<TimeDimension, (date: Date) => number>> = {
  year: (date) => date.getUTCFullYear(),
  month: (date) => date.getUTCMonth() + 1,
  day: (date) => date.getUTCDate(),
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
};

/** The first minute after the bucket of `granularity` that holds `at`. */
function endOfBucket(granularity: TimeDimension, at: EpochMinute): EpochMinute {
  switch (granularity) {
    case 'minute':
      return at + 1;
    case 'hour':
      return at - (at % 60) + 60;
    case 'day':
      return at - (at % 1440) + 1440;
    case 'month':
    case 'year': {
      const date = new Date(at * MINUTE_MS);
      const year = date.getUTCFullYear();
      const next =
        granularity === 'year' ? Date.UTC(year + 1, 0, 1) : Date.UTC(year, date.getUTCMonth() + 1, 1);
      return next / MINUTE_MS;
    }
  }
}

/** Cuts [from, to) at the boundaries of a granularity; the first and the last piece may be parts. */
export function* buckets(granularity: TimeDimension, from: EpochMinute, to: EpochMinute): Generator<Bucket> {
  for (let at = from; at < to; ) {
    const end = Math.min(to, endOfBucket(granularity, at));
    yield { from: at, to: end };
    at = end;
  }
}

/** At most how many buckets [from, to) has. */
export function countBuckets(granularity: TimeDimension, from: EpochMinute, to: EpochMinute): number {
  const minutes = { minute: 1, hour: 60, day: 1440, month: 28 * 1440, year: 365 * 1440 }[granularity];
  return from >= to ? 0 : Math.ceil((to - from) / minutes) + 1;
}

/** The values of time dimensions at a minute, unpadded as Adobe writes them. */
export function timeValues(dimensions: readonly TimeDimension[], at: EpochMinute): string[] {
  const date = new Date(at * MINUTE_MS);
  return dimensions.map((dimension) => String(PARTS[dimension](date)));
}

/** The finest of some time dimensions. */
export const finest = (dimensions: readonly TimeDimension[]): TimeDimension =>
  TIME_DIMENSIONS.findLast((name) => dimensions.includes(name)) ?? 'year';
