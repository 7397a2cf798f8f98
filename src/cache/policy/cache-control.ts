import { type Milliseconds, milliseconds } from '../../base/units.ts';
import { type DeltaSeconds, LONGEST, parseDeltaSeconds } from '../../http/delta-seconds.ts';
import { listMembers } from '../../http/fields.ts';
import { eachDirective } from './cache-directives.ts';

/** The response directives of RFC 9111 §5.2.2, RFC 5861 and RFC 8246 that a shared cache acts on. */
export interface ResponseDirectives {
  readonly noStore: boolean;
  /** `no-cache` without a field list: never reused without validation. */
  readonly noCache: boolean;
  /** `private` without a field list: not for a shared cache. */
  readonly private: boolean;
  /** Lower-case names listed by a qualified `no-cache="…"` or `private="…"`: not to be stored. */
  readonly withheldFields: readonly string[];
  readonly public: boolean;
  readonly mustRevalidate: boolean;
  readonly proxyRevalidate: boolean;
  readonly mustUnderstand: boolean;
  readonly maxAge: DeltaSeconds | undefined;
  readonly sMaxage: DeltaSeconds | undefined;
  readonly staleWhileRevalidate: Milliseconds | undefined;
  readonly staleIfError: Milliseconds | undefined;
}

/**
 * The request directives of RFC 9111 §5.2.1. A directive with an invalid argument counts as absent: it is only a
 * wish.
 */
export interface RequestDirectives {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAge: Milliseconds | undefined;
  readonly minFresh: Milliseconds | undefined;
  /** Without an argument any staleness will do: then it is the largest time there is. */
  readonly maxStale: Milliseconds | undefined;
  /** An answer that came no longer ago is new enough, whatever else is wished. */
  readonly newEnough: Milliseconds;
}

/** What a request without `Cache-Control` asks for. One object, so that the hit path can compare by identity. */
export const NO_REQUEST_DIRECTIVES: RequestDirectives = Object.freeze({
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAge: undefined,
  minFresh: undefined,
  maxStale: undefined,
  newEnough: milliseconds(0),
});

/** What an answer without `Cache-Control` says. */
export const NO_RESPONSE_DIRECTIVES: ResponseDirectives = Object.freeze({
  noStore: false,
  noCache: false,
  private: false,
  withheldFields: [],
  public: false,
  mustRevalidate: false,
  proxyRevalidate: false,
  mustUnderstand: false,
  maxAge: undefined,
  sMaxage: undefined,
  staleWhileRevalidate: undefined,
  staleIfError: undefined,
});

const deltaOf = (argument: string | null | undefined): DeltaSeconds =>
  argument === null || argument === undefined ? 'invalid' : parseDeltaSeconds(argument);

/** A wish or a permission: what cannot be read is not given. */
const timeOf = (argument: string | null | undefined): Milliseconds | undefined => {
  const delta = deltaOf(argument);
  return delta === 'invalid' ? undefined : delta;
};

const isFieldName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name);

/**
 * The field names of a qualified directive in lower case, or `undefined` if it is unqualified or unreadable (RFC 9111
 * §5.2.2.4).
 */
const fieldsOf = (argument: string | null | undefined): readonly string[] | undefined => {
  if (argument === null || argument === undefined) return undefined;
  const fields = listMembers(argument);
  return fields.every(isFieldName) ? fields : undefined;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

type ResponseFlag = 'noStore' | 'public' | 'mustRevalidate' | 'proxyRevalidate' | 'mustUnderstand';

const RESPONSE_FLAGS: ReadonlyMap<string, ResponseFlag> = new Map<string, ResponseFlag>([
  ['no-store', 'noStore'],
  ['public', 'public'],
  ['must-revalidate', 'mustRevalidate'],
  ['proxy-revalidate', 'proxyRevalidate'],
  ['must-understand', 'mustUnderstand'],
]);

/** Response directives while they are collected. */
export type CollectedDirectives = Mutable<ResponseDirectives>;

/**
 * Adds one directive. Of a repeated time the first counts (RFC 9111 §4.2.1); unknown names are skipped.
 * @param argument as {@link eachDirective} gives it: `undefined` for none, `null` for one that cannot be read
 */
export const collectDirective = (
  found: CollectedDirectives,
  name: string,
  argument: string | null | undefined,
): void => {
  const flag = RESPONSE_FLAGS.get(name);
  if (flag !== undefined) {
    found[flag] = true;
  } else if (name === 'no-cache' || name === 'private') {
    const fields = fieldsOf(argument);
    if (fields !== undefined) found.withheldFields = [...found.withheldFields, ...fields];
    else found[name === 'private' ? 'private' : 'noCache'] = true;
  } else if (name === 'max-age') {
    found.maxAge ??= deltaOf(argument);
  } else if (name === 's-maxage') {
    found.sMaxage ??= deltaOf(argument);
  } else if (name === 'stale-while-revalidate') {
    found.staleWhileRevalidate ??= timeOf(argument);
  } else if (name === 'stale-if-error') {
    found.staleIfError ??= timeOf(argument);
  }
};

/**
 * Parses the `Cache-Control` of an answer (RFC 9111 §5.2.2). Tolerant: names in any case, quoted and unquoted
 * arguments; restrictions (`no-store`, `no-cache`, `private`) count in whatever form they are written.
 */
export const parseResponseDirectives = (cacheControl: string | undefined): ResponseDirectives => {
  if (cacheControl === undefined || cacheControl.length === 0) return NO_RESPONSE_DIRECTIVES;
  const found: CollectedDirectives = { ...NO_RESPONSE_DIRECTIVES };
  eachDirective(cacheControl, (name, argument) => collectDirective(found, name, argument));
  return found;
};

/**
 * Parses the `Cache-Control` of a request (RFC 9111 §5.2.1). `Pragma: no-cache` counts as `no-cache` when there is no
 * `Cache-Control` (RFC 9111 §5.4, for HTTP/1.0 callers); leave `pragma` out to ignore it.
 * @returns {@link NO_REQUEST_DIRECTIVES} itself when nothing is asked for.
 */
export const parseRequestDirectives = (
  cacheControl: string | undefined,
  pragma?: string | undefined,
): RequestDirectives => {
  if (cacheControl === undefined) {
    if (pragma === undefined) return NO_REQUEST_DIRECTIVES;
    cacheControl = isPragmaNoCache(pragma) ? 'no-cache' : '';
  }
  if (cacheControl.length === 0) return NO_REQUEST_DIRECTIVES;
  let found: Mutable<RequestDirectives> | undefined;
  const asked = (): Mutable<RequestDirectives> => {
    found ??= { ...NO_REQUEST_DIRECTIVES };
    return found;
  };
  eachDirective(cacheControl, (name, argument) => {
    if (name === 'no-cache') asked().noCache = true;
    else if (name === 'no-store') asked().noStore = true;
    else if (name === 'only-if-cached') asked().onlyIfCached = true;
    else if (name === 'max-age') asked().maxAge ??= timeOf(argument);
    else if (name === 'min-fresh') asked().minFresh ??= timeOf(argument);
    else if (name === 'max-stale') asked().maxStale ??= argument === undefined ? LONGEST : timeOf(argument);
  });
  return found ?? NO_REQUEST_DIRECTIVES;
};

const isPragmaNoCache = (pragma: string): boolean => {
  let noCache = false;
  eachDirective(pragma, (name) => {
    if (name === 'no-cache') noCache = true;
  });
  return noCache;
};
