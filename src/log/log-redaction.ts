import { REDACTED } from '../base/secret.ts';

/**
 * The second line of defence against secrets in logs. The first is that fields are chosen one by one, that
 * secrets are of a type that prints as `[redacted]`, and that errors are cut down to a list of allowed fields.
 * The third is that known secrets are taken out of every line (base/known-secrets.ts).
 */

/** A JWT, or a piece of one that still has its header. */
const JWT = /eyJ[\w-]{4,}(\.[\w-]*){0,4}/g;
/** What follows the name of an authentication scheme. */
const CREDENTIALS = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
/** The value of a parameter or JSON member that holds a secret. */
const PARAMETER =
  /\b(access_token|client_secret|client_id|software_statement)(["']?\s*[=:]\s*["']?)[^\s"'&,}]+/gi;
/** A long run without a gap; with a digit in it, it is an opaque token or a secret in the form of a UUID. */
const RUN = /[\w-]{24,}/g;

/** Replaces whatever in a message looks like a token, a secret or a statement. */
export function scrub(text: string): string {
  return text
    .replace(JWT, REDACTED)
    .replace(CREDENTIALS, `$1 ${REDACTED}`)
    .replace(PARAMETER, `$1$2${REDACTED}`)
    .replace(RUN, (run) => (/\d/.test(run) ? REDACTED : run));
}

const SECRET_FIELD =
  /"(authorization|cookie|access_token|client_secret|software_statement|token|secret)":"(?:[^"\\]|\\.)*"/gi;

/**
 * Redacts the fields of a finished JSON line that are named like secrets, at any depth. Request and trace ids pass.
 * pino's own `redact` costs twice a whole line.
 */
export const redactFields = (line: string): string => line.replace(SECRET_FIELD, `"$1":"${REDACTED}"`);

/**
 * Redacts JWTs in finished lines. Every request writes one, so the one rare letter of a JWT's beginning is looked for
 * first: the search for `eyJ` stops at each `e`.
 */
export const redactTokens = (lines: string): string =>
  lines.includes('J') && lines.includes('eyJ') ? lines.replace(JWT, REDACTED) : lines;
