import type { Milliseconds } from '../../base/units.ts';

/** Why a request went upstream (RFC 9211 §2.2). */
export type ForwardReason = 'bypass' | 'uri-miss' | 'vary-miss' | 'request' | 'stale';

export interface ForwardOutcome {
  readonly fwd: ForwardReason;
  /** What the upstream answered, where another status is sent on (RFC 9211 §2.3), as after a 304. */
  readonly fwdStatus?: number;
  readonly stored?: boolean;
  readonly collapsed?: boolean;
  readonly ttl?: Milliseconds;
  /** An sf-token that says more (RFC 9211 §2.8), such as `error-504`. */
  readonly detail?: string;
}

/** Writes `Cache-Status` members (RFC 9211) under one cache name, which is an sf-token. */
const statusOf = (name: string) => ({
  /** `name; hit; ttl=30`, negative for a stale one. @param detail why it stands in for an answer from upstream */
  hit: (ttl: Milliseconds, detail?: string): string =>
    `${name}; hit${parameter('ttl', wholeSeconds(ttl))}${parameter('detail', detail)}`,

  forwarded: ({ fwd, fwdStatus, stored = false, collapsed = false, ttl, detail }: ForwardOutcome): string => {
    const flags = `${stored ? '; stored' : ''}${collapsed ? '; collapsed' : ''}`;
    const more = `${parameter('ttl', ttl && wholeSeconds(ttl))}${parameter('detail', detail)}`;
    return `${name}; fwd=${fwd}${parameter('fwd-status', fwdStatus)}${flags}${more}`;
  },
});

const parameter = (key: string, value: string | number | undefined): string =>
  value === undefined ? '' : `; ${key}=${value}`;

/** Rounded down, so that what is stale by half a second is not `ttl=0`. */
const wholeSeconds = (ttl: Milliseconds): number => Math.floor(ttl / 1000);

/** Our own name in `Cache-Status`, wherever one is written. */
export const cacheStatus = statusOf('cmu-proxy');

/** Of the level that replicas share. It is nearer to the origin, so its member comes first (RFC 9211 §2). */
export const sharedCacheStatus = statusOf('cmu-proxy-shared');
