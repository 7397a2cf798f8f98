import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { Secret } from '../../base/secret.ts';
import { after, type EpochMs, epochMs, isoTime, type Milliseconds, seconds } from '../../base/units.ts';
import { StatementError } from './statement-error.ts';
import { jwsIn } from './statement-text.ts';

/**
 * A software statement (RFC 7591 §2.3) whose shape and validity period were checked. Its signature cannot be: Adobe
 * publishes no key.
 */
export interface SoftwareStatement {
  /** The JWS in compact form, cleaned of what editors and copy-paste add. */
  readonly secret: Secret;
  /** SHA-256 of the JWS, in hex: names the statement without telling it. State is bound to it. */
  readonly fingerprint: string;
  /** `sub`: the registered application (docs/adobe.md §2). */
  readonly subject?: string;
  /** `iss`. */
  readonly issuer?: string;
  /** `iat`. */
  readonly issuedAt?: EpochMs;
  /** `exp`; Adobe's statements have none. */
  readonly expiresAt?: EpochMs;
}

/** Clocks of hosts and of Adobe may differ by this much before a statement is called expired or not yet valid. */
const CLOCK_SKEW: Milliseconds = seconds(300);

/**
 * Reads a software statement as it comes from a file, a variable or a paste.
 * @param text may be wrapped, quoted, and start with a byte order mark.
 * @throws {StatementError} when it is not a usable statement; the message says what it is instead.
 */
export function parseSoftwareStatement(text: string, now: EpochMs): SoftwareStatement {
  const jws = jwsIn(text);
  const payload = claimsOf(jws);
  const expiresAt = numericDate(payload, 'exp');
  const notBefore = numericDate(payload, 'nbf');
  const issuedAt = numericDate(payload, 'iat');
  if (expiresAt !== undefined && after(expiresAt, CLOCK_SKEW) <= now) {
    throw new StatementError(
      'expired',
      `The software statement expired at ${isoTime(expiresAt)} (this host's clock: ${isoTime(now)})`,
    );
  }
  if (notBefore !== undefined && notBefore > after(now, CLOCK_SKEW)) {
    throw new StatementError(
      'not_yet_valid',
      `The software statement is not valid before ${isoTime(notBefore)} (this host's clock: ${isoTime(now)})`,
    );
  }
  return {
    secret: new Secret(jws),
    fingerprint: createHash('sha256').update(jws).digest('hex'),
    ...(typeof payload.sub === 'string' && { subject: payload.sub }),
    ...(typeof payload.iss === 'string' && { issuer: payload.iss }),
    ...(issuedAt !== undefined && { issuedAt }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function claimsOf(jws: string): JWTPayload {
  let algorithm: unknown;
  try {
    algorithm = decodeProtectedHeader(jws).alg;
  } catch {
    // jose's message adds nothing, and a cause could carry parts of the statement.
    throw new StatementError(
      'not_a_jws',
      'The software statement has no readable JWS header (its first part)',
    );
  }
  if (typeof algorithm !== 'string' || algorithm.toLowerCase() === 'none' || jws.endsWith('.')) {
    throw new StatementError('unsigned', 'The software statement is not signed (`alg` is missing or `none`)');
  }
  try {
    return decodeJwt(jws);
  } catch {
    throw new StatementError(
      'not_a_jws',
      'The claims of the software statement (its second part) are not JSON',
    );
  }
}

/** A NumericDate claim (RFC 7519 §2): seconds since 1970. */
function numericDate(payload: JWTPayload, claim: 'exp' | 'nbf' | 'iat'): EpochMs | undefined {
  const value: unknown = payload[claim];
  if (value === undefined) return undefined;
  // The bound is what `Date` can tell: beyond it no message could be written.
  if (typeof value !== 'number' || Math.abs(value) > 8.64e12) {
    throw new StatementError(
      'invalid_claim',
      `The claim \`${claim}\` of the software statement is not a date`,
    );
  }
  return epochMs(value * 1000);
}
