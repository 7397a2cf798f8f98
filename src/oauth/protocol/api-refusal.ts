import { jsonMembers } from './dcr-answers.ts';
import { printable } from './dcr-failure.ts';

/** What a 401 or 403 of the API is about (docs/adobe.md §7). */
export type RefusalMeaning =
  /** This token: it is over, was revoked, or is not known yet. */
  | 'token'
  /** The client that it was issued to, whatever the token endpoint says. */
  | 'client'
  /** A scope that the application lacks: a person has it granted. */
  | 'scope'
  /** The data: this token may not see them. */
  | 'forbidden';

/** A refusal of the API, read. Its texts are Adobe's: bounded and printable. */
export interface ApiRefusal {
  readonly meaning: RefusalMeaning;
  readonly status: number;
  readonly scope?: string;
  /** Adobe's `code`, or OAuth's `error`. */
  readonly code?: string;
  /** What Adobe's support asks for. */
  readonly trace?: string;
}

/** Enhanced errors are under 1 KiB; more than this is not read. */
export const MOST_REFUSAL_BYTES = 16 * 1024;

export const isRefusal = (status: number): boolean => status === 401 || status === 403;

const ABOUT_CLIENT: ReadonlySet<string | undefined> = new Set([
  'invalid_client',
  'invalid_access_token_client_application',
  'invalid_access_token_service_provider',
]);

/**
 * Tells apart what a 401 or 403 means, by `WWW-Authenticate` (RFC 6750 §3) and the body, never by the status alone.
 * @param body its first {@link MOST_REFUSAL_BYTES}, decoded
 */
export function readRefusal(status: number, challenge: string | undefined, body: string): ApiRefusal {
  const members = jsonMembers(body) ?? {};
  const error = challengeParameter(challenge, 'error') ?? text(members['error']);
  const code = text(members['code']) ?? error;
  const scope = challengeParameter(challenge, 'scope');
  const trace = text(members['trace']);
  return {
    meaning: meaningOf(status, error, code),
    status,
    ...(scope !== undefined && { scope }),
    ...(code !== undefined && { code }),
    ...(trace !== undefined && { trace }),
  };
}

function meaningOf(status: number, error: string | undefined, code: string | undefined): RefusalMeaning {
  if (error === 'insufficient_scope') return 'scope';
  if (ABOUT_CLIENT.has(error) || ABOUT_CLIENT.has(code)) return 'client';
  return status === 401 ? 'token' : 'forbidden';
}

/** An `auth-param` of a Bearer challenge (RFC 9110 §11.2): a token or a quoted string. */
function challengeParameter(challenge: string | undefined, name: string): string | undefined {
  const found = challenge?.slice(0, 4096).match(new RegExp(`[\\s,]${name}=(?:"([^"]*)"|([^\\s,"]+))`, 'i'));
  return text(found?.[1] ?? found?.[2]);
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? printable(value) : undefined;
