import { type EpochMs, epochMs } from '../../src/base/units.ts';
import { type HeaderLookup, rawHeaders } from '../../src/http/fields.ts';

/** A lookup over fields written as an object; `undefined` leaves one out. */
export const headersOf = (fields: Readonly<Record<string, string | undefined>>): HeaderLookup =>
  rawHeaders(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name, value])));

/** IMF-fixdate (RFC 9110 §5.6.7) of the instant `offset` seconds after `at`. */
export const httpDate = (at: EpochMs, offset = 0): string =>
  new Date(epochMs(at + offset * 1000)).toUTCString();
