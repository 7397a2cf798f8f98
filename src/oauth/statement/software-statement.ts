import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { InputError } from '../../base/error-code.ts';
import { parsedJson } from '../../base/json.ts';
import { Secret } from '../../base/secret.ts';
import { after, type EpochMs, epochMs, isoTime, type Milliseconds, seconds } from '../../base/units.ts';

const DOWNLOAD =
  'Download the software statement (a .txt file) from the Adobe TVE Dashboard: Channels or Programmers › Registered Applications › Download Software Statement.';

const ADVICE = {
  missing: 'Check the path in `softwareStatementFile`, and that the file is mounted.',
  unreadable: 'Check the permissions of the file and the user that cmu-proxy runs as.',
  empty: DOWNLOAD,
  too_large: `A statement is a text of about one kilobyte. ${DOWNLOAD}`,
  html: `The file holds a web page, often a login page saved by mistake. ${DOWNLOAD}`,
  json: 'The file must hold the statement alone: three parts separated by dots, without JSON around it.',
  base64: 'Decode it once: Kubernetes `data:` values are Base64, `stringData:` values are not.',
  encrypted: DOWNLOAD,
  not_a_jws: `A statement consists of three parts separated by dots and starts with \`eyJ\`. ${DOWNLOAD}`,
  unsigned: DOWNLOAD,
  invalid_claim: DOWNLOAD,
  expired: DOWNLOAD,
  not_yet_valid: 'Check the clock of this host; if it is right, wait until then.',
} as const;

export type StatementErrorCode = keyof typeof ADVICE;

export const unusable = (code: StatementErrorCode, message: string, options?: ErrorOptions): InputError =>
  new InputError(code, message, ADVICE[code], options);

/** A statement (RFC 7591 §2.3), its shape and period checked. Its signature cannot be: Adobe publishes no key. */
export interface SoftwareStatement {
  /** The JWS in compact form, cleaned of what editors and copy-paste add. */
  readonly secret: Secret;
  /** SHA-256 of the JWS, in hex: names the statement without telling it. State is bound to it. */
  readonly fingerprint: string;
  /** `sub`: the registered application (docs/adobe.md §2). */
  readonly subject?: string;
  readonly issuedAt?: EpochMs;
}

/** Clocks of hosts and of Adobe may differ by this much before a statement is called expired or not yet valid. */
const CLOCK_SKEW: Milliseconds = seconds(300);

/**
 * Reads a software statement as it comes from a file, a variable or a paste.
 * @param text may be wrapped, quoted, and start with a byte order mark.
 * @throws {InputError} when it is not a usable statement; the message says what it is instead.
 */
export function parseSoftwareStatement(text: string, now: EpochMs): SoftwareStatement {
  const jws = jwsIn(text);
  const payload = claimsOf(jws);
  const expiresAt = numericDate(payload, 'exp');
  const notBefore = numericDate(payload, 'nbf');
  const issuedAt = numericDate(payload, 'iat');
  if (expiresAt !== undefined && after(expiresAt, CLOCK_SKEW) <= now) {
    throw unusable(
      'expired',
      `The software statement expired at ${isoTime(expiresAt)} (this host's clock: ${isoTime(now)})`,
    );
  }
  if (notBefore !== undefined && notBefore > after(now, CLOCK_SKEW)) {
    throw unusable(
      'not_yet_valid',
      `The software statement is not valid before ${isoTime(notBefore)} (this host's clock: ${isoTime(now)})`,
    );
  }
  return {
    secret: new Secret(jws),
    fingerprint: createHash('sha256').update(jws).digest('hex'),
    ...(typeof payload.sub === 'string' && { subject: payload.sub }),
    ...(issuedAt !== undefined && { issuedAt }),
  };
}

function claimsOf(jws: string): JWTPayload {
  let algorithm: unknown;
  try {
    algorithm = decodeProtectedHeader(jws).alg;
  } catch {
    // jose's message adds nothing, and a cause could carry parts of the statement.
    throw unusable('not_a_jws', 'The software statement has no readable JWS header (its first part)');
  }
  if (typeof algorithm !== 'string' || algorithm.toLowerCase() === 'none' || jws.endsWith('.')) {
    throw unusable('unsigned', 'The software statement is not signed (`alg` is missing or `none`)');
  }
  try {
    return decodeJwt(jws);
  } catch {
    throw unusable('not_a_jws', 'The claims of the software statement (its second part) are not JSON');
  }
}

/** A NumericDate claim (RFC 7519 §2): seconds since 1970. */
function numericDate(payload: JWTPayload, claim: 'exp' | 'nbf' | 'iat'): EpochMs | undefined {
  const value: unknown = payload[claim];
  if (value === undefined) return undefined;
  // The bound is what `Date` can tell: beyond it no message could be written.
  if (typeof value !== 'number' || Math.abs(value) > 8.64e12) {
    throw unusable('invalid_claim', `The claim \`${claim}\` of the software statement is not a date`);
  }
  return epochMs(value * 1000);
}

/** Far above any statement (about 1 kB), far below what could hurt. In characters. */
const MAX_STATEMENT_LENGTH = 64 * 1024;

/** `\s` knows the byte order mark; the zero-width space and the escaped line ends of `.env` files it does not. */
const IGNORED = /[\s\u200b]+|\\[nrt]/g;
const QUOTES = `"'\`“”„‘’`;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
/** Base64 of `{"`, with which every JOSE header starts, and the Base64 of that. */
const JOSE_START = 'eyJ';
const BASE64_OF_JOSE_START = 'ZXlK';

/** Finds the JWS in compact form (RFC 7515 §3.1). @throws {InputError} saying what the text is instead */
function jwsIn(text: string): string {
  if (text.length > MAX_STATEMENT_LENGTH) {
    throw unusable('too_large', `The software statement is over ${MAX_STATEMENT_LENGTH} characters long`);
  }
  const bare = withoutQuotes(text.replace(IGNORED, ''));
  if (bare === '') throw unusable('empty', 'The software statement is empty');
  if (bare.startsWith('<')) throw unusable('html', 'The software statement is HTML or XML');
  if (bare.startsWith('{') || bare.startsWith('[')) throw wrappedInJson(text);
  if (bare.startsWith(BASE64_OF_JOSE_START)) {
    throw unusable('base64', 'The software statement is Base64 encoded once more');
  }
  if (COMPACT_JWS.test(bare)) return bare;
  const parts = bare.split('.').length;
  if (parts === 5 && bare.startsWith(JOSE_START)) {
    throw unusable('encrypted', 'The software statement is an encrypted JWT (five parts), not a signed one');
  }
  throw unusable(
    'not_a_jws',
    parts === 3
      ? 'The software statement has characters that a JWS cannot have'
      : `The software statement is not a JWS: it has ${parts} part${parts === 1 ? '' : 's'}, not 3`,
  );
}

function withoutQuotes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && QUOTES.includes(text.charAt(start))) start += 1;
  while (end > start && QUOTES.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function wrappedInJson(text: string): InputError {
  const json = parsedJson(text.replace(/^\s+/, ''));
  if (json === undefined) return unusable('json', 'The software statement looks like JSON');
  const member = memberWithJws(json, '', 0);
  if (member === undefined) {
    return unusable('json', 'The software statement is JSON, and no member of it holds a statement');
  }
  // The name comes from a file that somebody mistook for a statement, so it may be anything: show only a plain one.
  const named = /^[\w.-]{1,80}$/.test(member) ? `its member \`${member}\`` : 'one of its members';
  return unusable(
    'json',
    `The software statement is JSON: ${named} holds the statement, and only that text belongs in the file`,
  );
}

/** The path of the first member that looks like a signed JWT. */
function memberWithJws(json: unknown, path: string, depth: number): string | undefined {
  if (typeof json === 'string') {
    const bare = json.replace(IGNORED, '');
    return bare.startsWith(JOSE_START) && COMPACT_JWS.test(bare) ? path : undefined;
  }
  if (typeof json !== 'object' || json === null || depth > 8) return undefined;
  for (const [name, value] of Object.entries(json)) {
    const found = memberWithJws(value, path === '' ? name : `${path}.${name}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
