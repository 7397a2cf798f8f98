import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { listMembers, quotedListMembers, trimmed } from '../../http/fields.ts';

/** The response directives of RFC 9111 §5.2.2, RFC 5861 and RFC 8246 that a shared cache acts on. */
export type ResponseDirectives = Readonly<ReturnType<typeof responseDirectives>>;

/** The request directives of RFC 9111 §5.2.1. One with an invalid argument counts as absent: it is only a wish. */
export type RequestDirectives = Readonly<ReturnType<typeof parseRequestDirectives>>;

/** `'invalid'`: written, but no number. RFC 9111 §4.2.1 encourages caches to hold such an answer for stale. */
export type DeltaSeconds = Milliseconds | 'invalid';

/** RFC 9111 §1.2.2: a larger number than a cache can hold counts as 2^31 seconds. */
const MOST_SECONDS = 2 ** 31;

export const LONGEST: Milliseconds = seconds(MOST_SECONDS);

/** RFC 9111 §1.2.2: digits only. */
export const parseDeltaSeconds = (text: string): DeltaSeconds =>
  /^\d+$/.test(text) ? seconds(Math.min(Number(text), MOST_SECONDS)) : 'invalid';

/** `undefined` for none, `null` for one that breaks the grammar. */
type Argument = string | null | undefined;

/** Directives as they are written: by name in lower case, the argument of each time that it comes. */
export type WrittenDirectives = ReadonlyMap<string, readonly Argument[]>;

/**
 * Takes a `Cache-Control` value apart (RFC 9111 §5.2), in linear time. Arguments come without quotes; white space
 * around `=` and text after a closing quote break the grammar.
 */
export const writtenDirectives = (text: string): WrittenDirectives => {
  const written = new Map<string, Argument[]>();
  for (const member of quotedListMembers(text)) {
    if (member === '') continue;
    const equals = member.indexOf('=');
    const before = equals === -1 ? member : member.slice(0, equals);
    const name = trimmed(before).toLowerCase();
    const given = name.length === before.length ? unquoted(member.slice(equals + 1)) : null;
    const argument = equals === -1 ? undefined : given;
    const others = written.get(name);
    if (others === undefined) written.set(name, [argument]);
    else others.push(argument);
  }
  return written;
};

const unquoted = (argument: string): string | null => {
  if (argument !== trimmed(argument)) return null;
  if (!argument.startsWith('"')) return argument;
  return /^"(?:[^"\\]|\\.)*"$/s.test(argument) ? argument.slice(1, -1) : null;
};

/**
 * Parses the `Cache-Control` of an answer (RFC 9111 §5.2.2). Tolerant: names in any case, quoted and unquoted
 * arguments; restrictions (`no-store`, `no-cache`, `private`) count in whatever form they are written.
 */
export const parseResponseDirectives = (cacheControl = ''): ResponseDirectives =>
  responseDirectives(writtenDirectives(cacheControl));

/** Of a repeated time the first counts (RFC 9111 §4.2.1). */
const responseDirectives = (written: WrittenDirectives, targeted = false) => {
  const noCache = written.get('no-cache')?.map(fieldsOf) ?? [];
  const isPrivate = written.get('private')?.map(fieldsOf) ?? [];
  return {
    /** Said in a targeted field, beside which `Expires` does not count (RFC 9213 §2.2). */
    targeted,
    noStore: written.has('no-store'),
    /** Without a field list: never reused without validation. */
    noCache: noCache.includes(undefined),
    /** Without a field list: not for a shared cache. */
    private: isPrivate.includes(undefined),
    /** Lower-case names listed by a qualified `no-cache="…"` or `private="…"`: not to be stored. */
    withheldFields: [...noCache, ...isPrivate].flatMap((fields) => fields ?? []),
    public: written.has('public'),
    /** `proxy-revalidate` says the same to a shared cache. */
    mustRevalidate: written.has('must-revalidate') || written.has('proxy-revalidate'),
    mustUnderstand: written.has('must-understand'),
    maxAge: written.get('max-age')?.map(deltaOf)[0],
    sMaxage: written.get('s-maxage')?.map(deltaOf)[0],
    staleWhileRevalidate: timeIn(written, 'stale-while-revalidate'),
    staleIfError: timeIn(written, 'stale-if-error'),
  };
};

const deltaOf = (argument: Argument): DeltaSeconds => parseDeltaSeconds(argument ?? '');

/** A wish or a permission: what cannot be read is not given. */
const timeIn = (written: WrittenDirectives, name: string): Milliseconds | undefined =>
  written
    .get(name)
    ?.map(deltaOf)
    .find((delta) => delta !== 'invalid');

/** In lower case; `undefined` if the directive is unqualified or unreadable (RFC 9111 §5.2.2.4). */
const fieldsOf = (argument: Argument): readonly string[] | undefined => {
  const fields = listMembers(argument ?? '');
  return fields.every((name) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) ? fields : undefined;
};

/**
 * Parses a targeted field such as `CDN-Cache-Control` (RFC 9213 §2.1): a Dictionary of RFC 8941, strictly.
 * @returns `undefined` when it is absent, empty or not well-formed: then `Cache-Control` counts (RFC 9213 §2.2).
 */
export const parseTargetedDirectives = (field: string | undefined): ResponseDirectives | undefined => {
  if (field === undefined) return undefined;
  const text = trimmed(field);
  if (text.length === 0) return undefined;
  // Of a repeated key the last counts (RFC 8941 §3.2), so directives are acted on when all are known.
  const members = new Map<string, string>();
  for (let at = 0; ; at = SEPARATOR.lastIndex) {
    MEMBER.lastIndex = at;
    const [, key, item = '?1'] = MEMBER.exec(text) ?? [];
    if (key === undefined) return undefined;
    members.set(key, item);
    if (MEMBER.lastIndex === text.length) break;
    SEPARATOR.lastIndex = MEMBER.lastIndex;
    if (!SEPARATOR.test(text)) return undefined;
  }
  const said = [...members].filter(([, item]) => item !== '?0');
  return responseDirectives(new Map(said.map(([key, item]) => [key, [argumentOf(key, item)]])), true);
};

const KEY = '[a-z*][a-z0-9_.*-]*';
/** Boolean, Decimal, Integer, String, Token or Byte Sequence. Inner lists are of no use to any directive. */
const BARE_ITEM = [
  String.raw`\?[01]`,
  String.raw`-?\d{1,12}\.\d{1,3}(?![\d.])`,
  String.raw`-?\d{1,15}(?![\d.])`,
  String.raw`"(?:[ !#-[\]-~]|\\["\\])*"`,
  "[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*",
  ':[A-Za-z0-9+/=]*:',
].join('|');
/** With parameters, whose meaning no directive has. Nothing in it can backtrack far. */
const MEMBER = new RegExp(`(${KEY})(?:=(${BARE_ITEM}))?(?:; *${KEY}(?:=(?:${BARE_ITEM}))?)*`, 'y');
/** Nothing behind a comma is malformed: there is no member. */
const SEPARATOR = /[ \t]*,[ \t]*/y;

/** Only `no-cache` and `private` take Strings (of field names); the times take Integers, written as digits. */
const argumentOf = (key: string, item: string): Argument => {
  if (item === '?1') return undefined;
  if (!item.startsWith('"')) return item;
  return key === 'no-cache' || key === 'private' ? item.slice(1, -1) : null;
};

/**
 * Parses the `Cache-Control` of a request (RFC 9111 §5.2.1). `Pragma: no-cache` counts as `no-cache` when there is no
 * `Cache-Control` (RFC 9111 §5.4, for HTTP/1.0 callers).
 */
export const parseRequestDirectives = (cacheControl: string | undefined, pragma = '') => {
  const written = writtenDirectives(cacheControl ?? '');
  const pragmaCounts = cacheControl === undefined && writtenDirectives(pragma).has('no-cache');
  return {
    noCache: pragmaCounts || written.has('no-cache'),
    noStore: written.has('no-store'),
    onlyIfCached: written.has('only-if-cached'),
    maxAge: timeIn(written, 'max-age'),
    minFresh: timeIn(written, 'min-fresh'),
    /** {@link LONGEST} without an argument: any staleness will do. */
    maxStale: written.get('max-stale')?.includes(undefined) ? LONGEST : timeIn(written, 'max-stale'),
    /** An answer that came no longer ago is new enough, whatever else is wished. */
    newEnough: milliseconds(0),
  };
};

export const NO_REQUEST_DIRECTIVES: RequestDirectives = Object.freeze(parseRequestDirectives(undefined));

/**
 * What callers' wishes for a newer answer count for (RFC 9111 §5.2.1 leaves it to the cache): all, nothing, or only
 * where the stored answer is of some age.
 */
export type CallerWishes = 'honour' | 'ignore' | { readonly onceIn: Milliseconds };

/** The wishes that count. `only-if-cached` and `max-stale` always do: they send nothing upstream. */
export const countingWishes = (wished: RequestDirectives, wishes: CallerWishes): RequestDirectives => {
  const { noCache, noStore, maxAge, minFresh, onlyIfCached, maxStale } = wished;
  const wantsNewer = noCache || noStore || maxAge !== undefined || minFresh !== undefined;
  if (wishes === 'honour' || !wantsNewer) return wished;
  if (wishes === 'ignore') return { ...NO_REQUEST_DIRECTIVES, onlyIfCached, maxStale };
  // What nobody keeps would have to be fetched each time.
  return { ...wished, noStore: false, noCache: noCache || noStore, newEnough: wishes.onceIn };
};
