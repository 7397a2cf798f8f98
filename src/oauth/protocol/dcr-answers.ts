import { decodeJwt, type JWTPayload } from 'jose';
import { parsedJson } from '../../base/json.ts';
import { Secret } from '../../base/secret.ts';
import { type EpochMs, epochMs } from '../../base/units.ts';
import { parseHttpDate } from '../../http/http-date.ts';
import { type Expiry, tokenExpiry } from '../token/token-expiry.ts';
import { SECONDS_OR_MILLISECONDS_BOUNDARY } from './adobe.ts';
import type { AccessToken, ClientCredentials } from './credentials.ts';
import { DcrError } from './dcr-error.ts';

export interface DcrAnswer {
  readonly status: number;
  /** Names in lower case; repeated fields joined by a comma (RFC 9110 §5.3). */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

type Members = Readonly<Record<string, unknown>>;

/** RFC 6750 §2.1. Nothing that matches it can break out of a header field. */
const B68_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
/** RFC 6749 Appendix A.1 and A.2: VSCHAR. */
const VISIBLE = /^[\x20-\x7e]+$/;
/** Servers commonly take 8 KiB of one header field; a longer token could not be used. */
const MAX_TOKEN_LENGTH = 8 * 1024;
const MAX_CREDENTIAL_LENGTH = 1024;

/** RFC 7591 §3.2.1. @throws {DcrError} `malformed_answer`, naming the member that is wrong, never its value */
export function parseRegistration(answer: DcrAnswer, now: EpochMs): ClientCredentials {
  const members = jsonObject(answer);
  const clientId = credential(members, 'client_id');
  const clientSecret = credential(members, 'client_secret');
  const expiresAt = lenientTimestamp(members['client_secret_expires_at']);
  return {
    clientId,
    clientSecret: new Secret(clientSecret),
    issuedAt: lenientTimestamp(members['client_id_issued_at']) ?? now,
    // A secret that is expired on arrival tells of clocks that differ, not of a secret that is useless.
    ...(expiresAt !== undefined && expiresAt > now && { expiresAt }),
    ...scopesOf(members),
    ...(members['token_endpoint_auth_method'] === 'client_secret_basic' && { basic: true }),
  };
}

const MOST_SCOPES = 100;
/** RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;

/** As Adobe's list, or as the RFC's text. */
function scopesOf({ scopes, scope }: Members): Pick<ClientCredentials, 'scopes'> {
  const told: unknown[] = Array.isArray(scopes)
    ? scopes
    : typeof scope === 'string'
      ? scope.split(/[ ,]+/)
      : [];
  const good = told
    .filter((it): it is string => typeof it === 'string' && SCOPE.test(it))
    .slice(0, MOST_SCOPES);
  return good.length === 0 ? {} : { scopes: good };
}

export interface ReceivedToken extends Pick<Expiry, 'disbelieved'> {
  readonly token: AccessToken;
}

/**
 * Reads the answer of the token endpoint (RFC 6749 §5.1) and settles the token's expiry.
 * @throws {DcrError} `malformed_answer`, naming the member that is wrong, never its value.
 */
export function parseToken(answer: DcrAnswer, now: EpochMs, sentAt = now): ReceivedToken {
  const members = jsonObject(answer);
  const text = members['access_token'];
  if (typeof text !== 'string') throw malformed(answer, '`access_token` is missing or not a string');
  if (text.length > MAX_TOKEN_LENGTH)
    throw malformed(answer, '`access_token` is too long for a header field');
  if (!B68_TOKEN.test(text))
    throw malformed(answer, '`access_token` has characters that a bearer token cannot have');
  const type = members['token_type'];
  if (type !== undefined && (typeof type !== 'string' || type.toLowerCase() !== 'bearer')) {
    throw malformed(answer, '`token_type` is not `bearer`');
  }
  const claims = claimsOf(text);
  const expiry = tokenExpiry({
    receivedAt: now,
    sentAt,
    serverDate: parseHttpDate(answer.headers['date'] ?? '', now),
    expiresIn: lenientNumber(members['expires_in']),
    createdAt: lenientTimestamp(members['created_at']),
    exp: lenientTimestamp(claims.exp),
    iat: lenientTimestamp(claims.iat),
  });
  if (expiry === undefined)
    throw malformed(answer, '`expires_in` is not positive: the token is expired on arrival');
  return {
    token: { authorization: new Secret(`Bearer ${text}`), receivedAt: now, expiresAt: expiry.expiresAt },
    disbelieved: expiry.disbelieved,
  };
}

/** The claims of a JWT; none for an opaque token (docs/adobe.md §4: both are seen). */
function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}

function credential(members: Members, name: 'client_id' | 'client_secret'): string {
  const value = members[name];
  if (typeof value !== 'string' || value.length > MAX_CREDENTIAL_LENGTH || !VISIBLE.test(value)) {
    throw new DcrError(
      'malformed_answer',
      `The registration answer's \`${name}\` is missing or not a plain text`,
    );
  }
  return value;
}

function jsonObject(answer: DcrAnswer): Members {
  const members = jsonMembers(answer.body);
  if (members !== undefined) return members;
  if (answer.body.trim() === '') throw malformed(answer, 'the body is empty');
  const html = answer.body.trimStart().startsWith('<');
  throw malformed(answer, html ? 'the body is HTML or XML, not JSON' : 'the body is not a JSON object');
}

const malformed = (answer: DcrAnswer, what: string): DcrError =>
  new DcrError('malformed_answer', `The answer (${answer.status}) makes no sense: ${what}`, {
    status: answer.status,
  });

export function jsonMembers(text: string): Members | undefined {
  const json = parsedJson(text.replace(/^\uFEFF/, ''));
  return isMembers(json) ? json : undefined;
}

const isMembers = (json: unknown): json is Members =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** The last moment that `Date` can tell (ECMA-262 §21.4.1.1). */
const LAST_MOMENT = 8.64e15;

/** A finite number, also as a decimal string. */
export function lenientNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string' && /^-?\d{1,16}(\.\d{1,9})?$/.test(value.trim())) return Number(value.trim());
  return undefined;
}

/** A point in time, in seconds or in milliseconds since 1970 (docs/adobe.md §3, §4: both are seen). */
export function lenientTimestamp(value: unknown): EpochMs | undefined {
  const number = lenientNumber(value);
  if (number === undefined || number <= 0 || number > LAST_MOMENT) return undefined;
  return epochMs(number > SECONDS_OR_MILLISECONDS_BOUNDARY ? number : number * 1000);
}
