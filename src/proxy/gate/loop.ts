import { trimmed } from '../../http/fields.ts';
import { problemOf } from '../answer/problem.ts';

/**
 * Requests that we send say in `CDN-Loop` (RFC 8586) through which of us they came, so that one that leads back is
 * known at once; `Via` would have some servers answer uncompressed (docs/decisions/003).
 */
const MARK = /^cmu-proxy-[0-9a-f]{12}$/;
/** A way through more of us leads nowhere. */
const MOST_MARKS = 8;

export const loopMark = (random: string): string => `cmu-proxy-${random}`;

/** The marks in a value of the field. What others have put there is theirs, and goes no further. */
const marksIn = (value: string): string[] =>
  value
    .split(',', 64)
    .map(trimmed)
    .filter((it) => MARK.test(it));

export const isLoop = (value: string | undefined, own: string): boolean => {
  if (value === undefined) return false;
  const marks = marksIn(value);
  return marks.includes(own) || marks.length > MOST_MARKS;
};

export const withMark = (value: string | undefined, own: string): string =>
  value === undefined ? own : [...marksIn(value), own].join(', ');

export const loopDetected = problemOf(
  'loop-detected',
  'The host of `upstream.url` resolves to this proxy (an entry in the hosts file, hostAliases, or an egress proxy that sends it back), so that it would ask itself for ever. The name may lead here for its callers only: see docs/clients.md.',
);
