/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly __unit: 'EpochMs' };

/** A length of time in milliseconds. */
export type Milliseconds = number & { readonly __unit: 'Milliseconds' };

export const epochMs = (value: number): EpochMs => value as EpochMs;
export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
export const seconds = (value: number): Milliseconds => (value * 1000) as Milliseconds;

/** `at` moved by `by`; negative values move back. */
export const after = (at: EpochMs, by: Milliseconds): EpochMs => (at + by) as EpochMs;

export const between = (from: EpochMs, to: EpochMs): Milliseconds => (to - from) as Milliseconds;

/** ISO 8601 in UTC, for people and logs. */
export const isoTime = (at: EpochMs): string => new Date(at).toISOString();

/** The same fields, with every point in time as {@link isoTime} has it: what is called `at`, `…At` or `…Since`. */
export const withIsoTimes = <T extends object>(fields: T): WithIsoTimes<T> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === 'number' && /^at$|(At|Since)$/.test(name)) return [name, isoTime(epochMs(value))];
      return [name, isPlain(value) ? withIsoTimes(value) : value];
    }),
  ) as WithIsoTimes<T>;

const isPlain = (value: unknown): value is object =>
  Object(value) === value && Object.getPrototypeOf(value) === Object.prototype;

type WithIsoTimes<T> = T extends EpochMs
  ? string
  : T extends object
    ? { [K in keyof T]: WithIsoTimes<T[K]> }
    : T;
