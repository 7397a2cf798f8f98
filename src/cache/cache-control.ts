import { type Milliseconds, seconds } from '../units.ts';

/**
 * A `delta-seconds` argument as it was found: a time, or `'invalid'` when it was written but is no number (absent is
 * `undefined`). RFC 9111 §4.2.1 encourages caches to hold an answer with invalid freshness for stale.
 */
export type DeltaSeconds = Milliseconds | 'invalid';

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

/** The request directives of RFC 9111 §5.2.1. A directive with an invalid argument counts as absent: it is only a wish. */
export interface RequestDirectives {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAge: Milliseconds | undefined;
  readonly minFresh: Milliseconds | undefined;
  /** Without an argument any staleness will do: then it is the largest time there is. */
  readonly maxStale: Milliseconds | undefined;
}

/** RFC 9111 §1.2.2: a larger number than a cache can hold counts as 2^31 seconds. */
const MOST_SECONDS = 2 ** 31;

/** The longest time that a directive can tell: 68 years. */
export const LONGEST: Milliseconds = seconds(MOST_SECONDS);

/** What a request without `Cache-Control` asks for. One object, so that the hit path can compare by identity. */
export const NO_REQUEST_DIRECTIVES: RequestDirectives = Object.freeze({
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAge: undefined,
  minFresh: undefined,
  maxStale: undefined,
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

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads `delta-seconds` (RFC 9111 §1.2.2): digits only; more than 2^31 counts as 2^31.
 * @returns `'invalid'` for anything else, the empty text included.
 */
export const parseDeltaSeconds = (text: string): DeltaSeconds => {
  if (text.length === 0) return 'invalid';
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return 'invalid';
    value = Math.min(value * 10 + digit, MOST_SECONDS);
  }
  return seconds(value);
};

/** The index after the closing quote of the quoted-string that starts at `open`, or -1 if it is never closed. */
const endOfQuoted = (text: string, open: number): number => {
  for (let i = open + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return -1;
};

/**
 * The index of the first quote that is never closed, or the length of the text. From there on quotes are taken as plain
 * characters, so that a stray one hides no `no-store` behind it.
 */
const endOfQuoting = (text: string): number => {
  for (let open = text.indexOf('"'); open !== -1; ) {
    const end = endOfQuoted(text, open);
    if (end === -1) return open;
    open = text.indexOf('"', end);
  }
  return text.length;
};

/** The index of the comma that ends the list member starting at `start`; commas in quoted strings do not count. */
const endOfMember = (text: string, start: number, quotingEnd: number): number => {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === COMMA) return i;
    if (code === QUOTE && i < quotingEnd) i = endOfQuoted(text, i) - 1;
  }
  return text.length;
};

/**
 * Takes the value apart into directives. `name` is in lower case; `argument` is `undefined` without `=`, has its
 * quotes removed, and is `null` where white space around `=` or text after a closing quote breaks the grammar.
 */
const eachDirective = (
  text: string,
  visit: (name: string, argument: string | null | undefined) => void,
): void => {
  const quotingEnd = endOfQuoting(text);
  for (let start = 0; start < text.length; ) {
    const end = endOfMember(text, start, quotingEnd);
    const member = text.slice(start, end).trim();
    start = end + 1;
    if (member.length === 0) continue;
    const equals = member.indexOf('=');
    if (equals === -1) {
      visit(member.toLowerCase(), undefined);
      continue;
    }
    const written = member.slice(0, equals);
    const name = written.trimEnd();
    const argument = member.slice(equals + 1);
    visit(name.toLowerCase(), name.length === written.length ? unquoted(argument) : null);
  }
};

const unquoted = (argument: string): string | null => {
  if (argument !== argument.trimStart()) return null;
  if (argument.charCodeAt(0) !== QUOTE) return argument;
  if (endOfQuoted(argument, 0) !== argument.length) return null;
  return argument.slice(1, -1);
};

const deltaOf = (argument: string | null | undefined): DeltaSeconds =>
  argument === null || argument === undefined ? 'invalid' : parseDeltaSeconds(argument);

/** A wish or a permission: what cannot be read is not given. */
const timeOf = (argument: string | null | undefined): Milliseconds | undefined => {
  const delta = deltaOf(argument);
  return delta === 'invalid' ? undefined : delta;
};

const isFieldName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name);

/** The field names of a qualified directive in lower case, or `undefined` if it is unqualified or unreadable (RFC 9111 §5.2.2.4). */
const fieldsOf = (argument: string | null | undefined): readonly string[] | undefined => {
  if (argument === null || argument === undefined) return undefined;
  const fields = argument
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return fields.every(isFieldName) ? fields : undefined;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Parses the `Cache-Control` of an answer (RFC 9111 §5.2.2). Tolerant: names in any case, quoted and unquoted
 * arguments, unknown directives skipped; of a repeated time the first counts (§4.2.1); restrictions (`no-store`,
 * `no-cache`, `private`) count in whatever form they are written.
 */
export const parseResponseDirectives = (cacheControl: string | undefined): ResponseDirectives => {
  if (cacheControl === undefined || cacheControl.length === 0) return NO_RESPONSE_DIRECTIVES;
  const found: Mutable<ResponseDirectives> = { ...NO_RESPONSE_DIRECTIVES };
  eachDirective(cacheControl, (name, argument) => {
    switch (name) {
      case 'no-store':
        found.noStore = true;
        break;
      case 'no-cache':
      case 'private': {
        const fields = fieldsOf(argument);
        if (fields !== undefined) found.withheldFields = [...found.withheldFields, ...fields];
        else if (name === 'private') found.private = true;
        else found.noCache = true;
        break;
      }
      case 'public':
        found.public = true;
        break;
      case 'must-revalidate':
        found.mustRevalidate = true;
        break;
      case 'proxy-revalidate':
        found.proxyRevalidate = true;
        break;
      case 'must-understand':
        found.mustUnderstand = true;
        break;
      case 'max-age':
        found.maxAge ??= deltaOf(argument);
        break;
      case 's-maxage':
        found.sMaxage ??= deltaOf(argument);
        break;
      case 'stale-while-revalidate':
        found.staleWhileRevalidate ??= timeOf(argument);
        break;
      case 'stale-if-error':
        found.staleIfError ??= timeOf(argument);
        break;
    }
  });
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
  const found: Mutable<RequestDirectives> = { ...NO_REQUEST_DIRECTIVES };
  let any = false;
  eachDirective(cacheControl, (name, argument) => {
    const known = any;
    any = true;
    switch (name) {
      case 'no-cache':
        found.noCache = true;
        break;
      case 'no-store':
        found.noStore = true;
        break;
      case 'only-if-cached':
        found.onlyIfCached = true;
        break;
      case 'max-age':
        found.maxAge ??= timeOf(argument);
        break;
      case 'min-fresh':
        found.minFresh ??= timeOf(argument);
        break;
      case 'max-stale':
        found.maxStale ??= argument === undefined ? LONGEST : timeOf(argument);
        break;
      default:
        any = known;
    }
  });
  return any ? found : NO_REQUEST_DIRECTIVES;
};

const isPragmaNoCache = (pragma: string): boolean => {
  let noCache = false;
  eachDirective(pragma, (name) => {
    if (name === 'no-cache') noCache = true;
  });
  return noCache;
};
