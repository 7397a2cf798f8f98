import { type Milliseconds, milliseconds } from '../../base/units.ts';
import { parseResponseDirectives, parseTargetedDirectives, type RequestDirectives } from './cache-control.ts';
import {
  initialAgeOf,
  isHeuristicallyCacheable,
  type LifetimeFallback,
  lifetimeOf,
  type ReceivedHead,
} from './freshness-lifetime.ts';
import type { StoredFreshness } from './stored-freshness.ts';
import { varyFieldsOf } from './vary.ts';

export interface StoragePolicy {
  /**
   * With a schedule, answers are reports: only a 200 is one. Without, the origin's word counts: every final status that
   * RFC 9111 §3 allows, and `CDN-Cache-Control` in place of `Cache-Control` and `Expires` (RFC 9213).
   */
  readonly fallback: LifetimeFallback;
  /** How long past its lifetime an answer may be served, when it does not say so itself (RFC 5861). */
  readonly staleWhileRevalidate: Milliseconds;
  readonly staleIfError: Milliseconds;
}

export type StorageRefusal =
  | 'request-no-store'
  | 'status'
  | 'no-store'
  | 'private'
  | 'vary-star'
  /** Something else in the place of a report: of a server between us and the origin that wants attention. */
  | 'no-report'
  /** Neither fresh for any time, nor possible to validate, nor allowed to be served stale. */
  | 'useless';

export type StorageDecision =
  | { readonly store: false; readonly reason: StorageRefusal }
  | ({
      readonly store: true;
      /** Lower-case names of fields that are not to be stored (qualified `no-cache`, `private`). */
      readonly withheldFields: readonly string[];
      readonly varyFields: readonly string[];
    } & StoredFreshness);

/**
 * RFC 9111 §3: whether an answer to a GET may be stored by this shared cache, and §4.2: for how long it is then fresh.
 * A caller's own `Authorization` never goes upstream, so that §3.5 has nothing to forbid.
 */
export const decideStorage = (
  request: RequestDirectives,
  response: ReceivedHead,
  policy: StoragePolicy,
): StorageDecision => {
  const { status, headers } = response;
  if (request.noStore) return refuse('request-no-store');
  if (!isStorableStatus(status, policy)) return refuse('status');
  const targeted = policy.fallback.by === 'schedule' ? undefined : headers('cdn-cache-control');
  const said = parseTargetedDirectives(targeted) ?? parseResponseDirectives(headers('cache-control'));
  // RFC 9111 §5.2.2.3: `must-understand` lifts the `no-store` beside it from caches that know the status.
  if (said.noStore && !(said.mustUnderstand && isUnderstood(status))) return refuse('no-store');
  if (said.mustUnderstand && !isUnderstood(status)) return refuse('status');
  if (said.private) return refuse('private');
  const varyFields = varyFieldsOf(headers('vary'));
  if (varyFields === 'star') return refuse('vary-star');
  const { lifetime, basis } = lifetimeOf(response, said, policy.fallback);
  // RFC 9111 §3: without explicit freshness, only a status that is cacheable by default or `public`.
  if (basis === 'none' && !said.public && !isHeuristicallyCacheable(status)) return refuse('status');
  // RFC 9111 §5.2.2.10: `s-maxage` forbids stale use like `proxy-revalidate`, unless RFC 5861 allows it beside it.
  const shared =
    basis === 's-maxage' && said.staleWhileRevalidate === undefined && said.staleIfError === undefined;
  const mustRevalidate = said.mustRevalidate || shared || isServerError(status);
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
  if (!isServable(freshness) && !isValidatable(response, policy)) return refuse('useless');
  return { store: true, withheldFields: said.withheldFields, varyFields, ...freshness };
};

const refuse = (reason: StorageRefusal): StorageDecision => ({ store: false, reason });

const ZERO = milliseconds(0);

const isStorableStatus = (status: number, policy: StoragePolicy): boolean => {
  if (policy.fallback.by === 'schedule') return status === 200;
  // 206 and 304 need caches that combine answers; this one stores complete ones only (RFC 9111 §3.3).
  return status >= 200 && status <= 599 && status !== 206 && status !== 304;
};

/**
 * RFC 9111 §3 "understands", for `must-understand`: the statuses that RFC 9110 §15 defines, without the interim ones
 * and those that need parts or stored answers to be put together (206, 304).
 */
export const isUnderstood = (status: number): boolean => UNDERSTOOD.test(String(status));

const UNDERSTOOD = /^(?:20[0-5]|30[0-378]|40[013-9]|41[0-7]|42[126]|50[0-5])$/;

const isServable = ({ noCache, lifetime, initialAge, ...may }: StoredFreshness): boolean =>
  !noCache && lifetime > 0 && (lifetime > initialAge || may.staleWhileRevalidate > 0 || may.staleIfError > 0);

/** A failure is of no use once it is stale: it must not stand in for the next failure, nor be confirmed by a 304. */
const isServerError = (status: number): boolean => status >= 500;

/** Where a schedule is needed, `Last-Modified` does not tell when the answer changed (`docs/adobe.md` §6). */
const isValidatable = ({ status, headers }: ReceivedHead, policy: StoragePolicy): boolean =>
  !isServerError(status) &&
  (headers('etag') !== undefined ||
    (policy.fallback.by === 'heuristic' && headers('last-modified') !== undefined));
