import { type EpochMs, type Milliseconds, milliseconds } from '../units.ts';
import { initialAgeOf } from './age.ts';
import type { DeltaSeconds, RequestDirectives, ResponseDirectives } from './cache-control.ts';
import { parseResponseDirectives } from './cache-control.ts';
import type { HeaderLookup } from './header-lookup.ts';
import { parseHttpDate } from './http-date.ts';
import { isHeuristicallyCacheable, isUnderstood } from './status-codes.ts';
import type { StoredFreshness } from './stored-freshness.ts';
import { varyFieldsOf } from './vary.ts';

/** What storing depends on, of the request that brought the answer. */
export interface StorageRequest {
  readonly method: string;
  readonly directives: RequestDirectives;
  /** Whether the *caller's* `Authorization` went upstream. The token that the proxy puts in itself does not count. */
  readonly callerAuthorized: boolean;
}

/** What storing depends on, of the answer's head. */
export interface StorageResponse {
  readonly status: number;
  readonly headers: HeaderLookup;
  /** When the request left and when the answer's head came (RFC 9111 §4.2.3 `request_time`, `response_time`). */
  readonly requestTime: EpochMs;
  readonly responseTime: EpochMs;
}

/** Where a lifetime comes from when the answer tells none. */
export type LifetimeFallback =
  /** A lifetime known beforehand (`freshness.ts`). `Date` and `Last-Modified` do not shorten or lengthen it. */
  | { readonly by: 'schedule'; readonly ttl: Milliseconds }
  /** RFC 9111 §4.2.2: this fraction of the time since `Last-Modified`, at most `most`. */
  | { readonly by: 'heuristic'; readonly fraction: number; readonly most: Milliseconds };

export interface StoragePolicy {
  readonly fallback: LifetimeFallback;
  /** `only-200`: reports. `understood`: every final status that RFC 9111 §3 allows. */
  readonly statuses: 'only-200' | 'understood';
  /** How long past its lifetime an answer may be served, when it does not say so itself (RFC 5861). */
  readonly staleWhileRevalidate: Milliseconds;
  readonly staleIfError: Milliseconds;
}

export type StorageRefusal =
  | 'method'
  | 'request-no-store'
  | 'status'
  | 'no-store'
  | 'private'
  | 'vary-star'
  | 'authorization'
  /** Neither fresh for any time, nor possible to validate, nor allowed to be served stale. */
  | 'useless';

export type StorageDecision =
  | { readonly store: false; readonly reason: StorageRefusal }
  | ({
      readonly store: true;
      /** Lower-case names of fields that are not to be stored (qualified `no-cache`, `private`). */
      readonly withheldFields: readonly string[];
      /** Lower-case names of the request fields that select this answer (RFC 9111 §4.1). */
      readonly varyFields: readonly string[];
    } & StoredFreshness);

const refuse = (reason: StorageRefusal): StorageDecision => ({ store: false, reason });

/**
 * RFC 9111 §3: whether an answer may be stored by this shared cache, and §4.2: for how long it is then fresh. What the answer says about itself
 * (`s-maxage`, `max-age`, `Expires`, in this order) wins over the policy's fallback.
 */
export const decideStorage = (
  request: StorageRequest,
  response: StorageResponse,
  policy: StoragePolicy,
): StorageDecision => {
  const { status, headers } = response;
  if (request.method !== 'GET') return refuse('method');
  if (request.directives.noStore) return refuse('request-no-store');
  if (!isStorableStatus(status, policy)) return refuse('status');
  const said = parseResponseDirectives(headers('cache-control'));
  // RFC 9111 §5.2.2.3: `must-understand` lifts the `no-store` beside it from caches that know the status.
  if (said.noStore && !(said.mustUnderstand && isUnderstood(status))) return refuse('no-store');
  if (said.mustUnderstand && !isUnderstood(status)) return refuse('status');
  if (said.private) return refuse('private');
  const varyFields = varyFieldsOf(headers('vary'));
  if (varyFields === 'star') return refuse('vary-star');
  // RFC 9111 §3.5.
  if (request.callerAuthorized && !said.public && !said.mustRevalidate && said.sMaxage === undefined) {
    return refuse('authorization');
  }

  const { lifetime, basis } = lifetimeOf(response, said, policy);
  // RFC 9111 §3: without explicit freshness, only a status that is cacheable by default or `public`.
  if (basis === 'none' && !said.public && !isHeuristicallyCacheable(status)) return refuse('status');
  // RFC 9111 §5.2.2.10: `s-maxage` forbids stale use like `proxy-revalidate`, unless RFC 5861 allows it in the same breath.
  const shared =
    basis === 's-maxage' && said.staleWhileRevalidate === undefined && said.staleIfError === undefined;
  const mustRevalidate = said.mustRevalidate || said.proxyRevalidate || shared;
  const neverStale = mustRevalidate || said.noCache;
  const freshness: StoredFreshness = {
    responseTime: response.responseTime,
    initialAge: initialAgeOf(response, basis !== 'schedule'),
    lifetime,
    basis,
    noCache: said.noCache,
    mustRevalidate,
    staleWhileRevalidate: neverStale ? ZERO : (said.staleWhileRevalidate ?? policy.staleWhileRevalidate),
    staleIfError: neverStale ? ZERO : (said.staleIfError ?? policy.staleIfError),
  };
  if (!isServable(freshness) && !isValidatable(headers, policy)) return refuse('useless');
  return { store: true, withheldFields: said.withheldFields, varyFields, ...freshness };
};

const ZERO = milliseconds(0);

const isStorableStatus = (status: number, policy: StoragePolicy): boolean => {
  if (policy.statuses === 'only-200') return status === 200;
  // 206 and 304 need caches that combine answers; this one stores complete ones only (RFC 9111 §3.3).
  return status >= 200 && status <= 599 && status !== 206 && status !== 304;
};

const isServable = ({ noCache, lifetime, initialAge, ...may }: StoredFreshness): boolean =>
  !noCache && lifetime > 0 && (lifetime > initialAge || may.staleWhileRevalidate > 0 || may.staleIfError > 0);

/** Where a schedule is needed, `Last-Modified` does not tell when the answer changed (`adobe/api.md` §6). */
const isValidatable = (headers: HeaderLookup, policy: StoragePolicy): boolean =>
  headers('etag') !== undefined ||
  (policy.fallback.by === 'heuristic' && headers('last-modified') !== undefined);

interface Lifetime {
  readonly lifetime: Milliseconds;
  readonly basis: StoredFreshness['basis'];
}

/** RFC 9111 §4.2.1, and §4.2.2 or the schedule where the answer tells nothing that can be used. */
const lifetimeOf = (response: StorageResponse, said: ResponseDirectives, policy: StoragePolicy): Lifetime => {
  const { headers, responseTime } = response;
  const scheduled = policy.fallback.by === 'schedule';
  // Unreadable freshness means "stale" to a cache that has only the origin's word; one with a schedule goes on to that.
  const usable = (delta: DeltaSeconds | undefined): Milliseconds | undefined =>
    delta === 'invalid' ? (scheduled ? undefined : ZERO) : delta;

  const sMaxage = usable(said.sMaxage);
  if (sMaxage !== undefined) return { lifetime: sMaxage, basis: 's-maxage' };
  const maxAge = usable(said.maxAge);
  if (maxAge !== undefined) return { lifetime: maxAge, basis: 'max-age' };

  const date = parseHttpDate(headers('date') ?? '', responseTime) ?? responseTime;
  const expiresText = headers('expires');
  if (expiresText !== undefined) {
    const expires = parseHttpDate(expiresText, responseTime);
    if (expires !== undefined) {
      return { lifetime: milliseconds(Math.max(0, expires - date)), basis: 'expires' };
    }
    if (!scheduled) return { lifetime: ZERO, basis: 'expires' };
  }

  if (policy.fallback.by === 'schedule') return { lifetime: policy.fallback.ttl, basis: 'schedule' };
  if (!said.public && !isHeuristicallyCacheable(response.status)) return { lifetime: ZERO, basis: 'none' };
  const lastModified = parseHttpDate(headers('last-modified') ?? '', responseTime);
  if (lastModified === undefined || lastModified >= date) return { lifetime: ZERO, basis: 'none' };
  const guess = Math.floor((date - lastModified) * policy.fallback.fraction);
  return { lifetime: milliseconds(Math.min(guess, policy.fallback.most)), basis: 'heuristic' };
};
