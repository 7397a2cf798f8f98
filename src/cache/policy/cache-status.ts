import type { Milliseconds } from '../../base/units.ts';

/** Why a request went upstream (RFC 9211 §2.2). */
export type ForwardReason =
  | 'bypass'
  | 'method'
  | 'uri-miss'
  | 'vary-miss'
  | 'miss'
  | 'request'
  | 'stale'
  | 'partial';

/** What became of a request that was not answered by a fresh stored answer alone. */
export interface ForwardOutcome {
  readonly fwd: ForwardReason;
  /**
   * The status that the upstream answered, where it differs from the one that is sent on (RFC 9211 §2.3), as after a
   * 304.
   */
  readonly fwdStatus?: number;
  readonly stored?: boolean;
  /** Whether it shared another request's flight (RFC 9211 §2.6). */
  readonly collapsed?: boolean;
  readonly ttl?: Milliseconds;
  /** A token that says more (RFC 9211 §2.8), such as `error-504`. */
  readonly detail?: string;
}

/** Writes `Cache-Status` members (RFC 9211) under one cache name. */
export interface CacheStatusWriter {
  /**
   * A hit: `name; hit; ttl=30`. `ttl` is negative for a stale one.
   * @param detail why it was served in the place of an answer from upstream
   */
  hit(ttl: Milliseconds, detail?: string): string;
  /** A request that went upstream: `name; fwd=uri-miss; stored; ttl=60`. */
  forwarded(outcome: ForwardOutcome): string;
}

/**
 * @param name how this cache is called: an sf-token if it can be one, else an sf-string, in which what is not
 *   printable ASCII becomes `?`
 */
export const cacheStatusWriter = (name: string): CacheStatusWriter => {
  const self = token(name);
  const hitPrefix = `${self}; hit; ttl=`;
  return {
    hit: (ttl, detail) =>
      hitPrefix + wholeSeconds(ttl) + (detail === undefined ? '' : `; detail=${token(detail)}`),
    forwarded: ({ fwd, fwdStatus, stored, collapsed, ttl, detail }) => {
      let member = `${self}; fwd=${fwd}`;
      if (fwdStatus !== undefined) member += `; fwd-status=${fwdStatus}`;
      if (stored === true) member += '; stored';
      if (collapsed === true) member += '; collapsed';
      if (ttl !== undefined) member += `; ttl=${wholeSeconds(ttl)}`;
      if (detail !== undefined) member += `; detail=${token(detail)}`;
      return member;
    },
  };
};

/** Rounded down, so that what is stale by half a second is not `ttl=0`. */
const wholeSeconds = (ttl: Milliseconds): number => Math.floor(ttl / 1000);

const quoted = (text: string): string =>
  `"${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`;

/** An sf-token if it can be one, else an sf-string (RFC 8941 §3.3; RFC 9211 §2, §2.8 allow both). */
const token = (text: string): string =>
  /^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*$/.test(text) ? text : quoted(text);

/** Our own name in `Cache-Status`, wherever one is written. */
export const cacheStatus: CacheStatusWriter = cacheStatusWriter('cmu-proxy');

/** Of the level that replicas share. It is nearer to the origin, so its member comes first (RFC 9211 §2). */
export const sharedCacheStatus: CacheStatusWriter = cacheStatusWriter('cmu-proxy-shared');
