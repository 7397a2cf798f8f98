import type { Milliseconds } from '../../base/units.ts';

/** Why a request went upstream (RFC 9211 §2.2). */
export type ForwardReason = 'bypass' | 'uri-miss' | 'vary-miss' | 'request' | 'stale';

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

/** Rounded down, so that what is stale by half a second is not `ttl=0`. */
const wholeSeconds = (ttl: Milliseconds): number => Math.floor(ttl / 1000);

/** Writes `Cache-Status` members (RFC 9211) under one cache name, which is an sf-token. */
class CacheStatusWriter {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * A hit: `name; hit; ttl=30`. `ttl` is negative for a stale one.
   * @param detail why it was served in the place of an answer from upstream: an sf-token
   */
  hit(ttl: Milliseconds, detail?: string): string {
    const member = `${this.#name}; hit; ttl=${wholeSeconds(ttl)}`;
    return detail === undefined ? member : `${member}; detail=${detail}`;
  }

  /** A request that went upstream: `name; fwd=uri-miss; stored; ttl=60`. */
  forwarded({ fwd, fwdStatus, stored, collapsed, ttl, detail }: ForwardOutcome): string {
    let member = `${this.#name}; fwd=${fwd}`;
    if (fwdStatus !== undefined) member += `; fwd-status=${fwdStatus}`;
    if (stored === true) member += '; stored';
    if (collapsed === true) member += '; collapsed';
    if (ttl !== undefined) member += `; ttl=${wholeSeconds(ttl)}`;
    if (detail !== undefined) member += `; detail=${detail}`;
    return member;
  }
}

/** Our own name in `Cache-Status`, wherever one is written. */
export const cacheStatus = new CacheStatusWriter('cmu-proxy');

/** Of the level that replicas share. It is nearer to the origin, so its member comes first (RFC 9211 §2). */
export const sharedCacheStatus = new CacheStatusWriter('cmu-proxy-shared');
