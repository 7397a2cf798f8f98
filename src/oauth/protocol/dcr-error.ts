import type { Milliseconds } from '../../base/units.ts';

/** The same call may succeed later although nobody changes anything. @param advice what a person can do about it */
const later = (advice: string) => ({ retryable: true, advice });
const never = (advice: string) => ({ retryable: false, advice });

const NEW_STATEMENT =
  'Download a new software statement from the Adobe TVE Dashboard and replace the file: it is picked up without a restart.';
const CHECK_URL = 'Check `dcr.url` and any proxy or firewall between this host and Adobe.';
const WAIT = 'Nothing to do: the call is repeated by itself.';

/** Errors that a server names, as the RFCs do. */
const OAUTH_MEANINGS = {
  // RFC 7591 §3.2.2 and docs/adobe.md §3
  invalid_software_statement: never(NEW_STATEMENT),
  unapproved_software_statement: never(NEW_STATEMENT),
  invalid_redirect_uri: never('Correct or remove `dcr.redirectUri`.'),
  invalid_client_metadata: never('Check `dcr.redirectUri` and `dcr.deviceInfo`.'),
  // RFC 6749 §5.2 and docs/adobe.md §4
  invalid_client: later(
    'Newly registered credentials are refused: check in the TVE Dashboard that the application is active, and that `dcr.url` is the environment that it belongs to.',
  ),
  invalid_request: never('Check `dcr.tokenRequestForm` (`body` or `query`), `dcr.deviceInfo` and `dcr.url`.'),
  invalid_grant: never(NEW_STATEMENT),
  invalid_scope: never(NEW_STATEMENT),
  unauthorized_client: never('Ask Adobe to allow the grant `client_credentials` for this application.'),
  unsupported_grant_type: never(
    'Check `dcr.tokenRequestForm` and `dcr.url`: this server does not grant `client_credentials`.',
  ),
};

/** Every failure that a DCR call or the token's life can have. */
const MEANINGS = {
  ...OAUTH_MEANINGS,
  refused: never('Ask Adobe what this error means for your application.'),
  // The server has trouble, or something that is not the server answered.
  throttled: later(
    'Adobe allows one DCR call a second per address. If it persists, other processes behind the same address use it up.',
  ),
  server_error: later(WAIT),
  unexpected_status: later(CHECK_URL),
  redirected: later(`Redirects are not followed with credentials. ${CHECK_URL}`),
  malformed_answer: later(CHECK_URL),
  answer_too_large: later(CHECK_URL),
  // Nobody answered.
  unreachable: later(CHECK_URL),
  tls_failed: later(
    'Check `dcr.url`, the clock of this host, and `dcr.caFile` if a private authority signs.',
  ),
  timeout: later(`${CHECK_URL} \`dcr.timeoutMs\` sets how long a call may take.`),
  // Our own side.
  token_rejected: later(
    'Adobe issues tokens that its API refuses: check that the application has the scope for this API and that `dcr.url` and `upstream.url` are the same environment.',
  ),
  overdue: later(
    'Look for `token.attempt-failed` and `fleet.store-lost` in the log, and run `cmu-proxy check`.',
  ),
  budget_exhausted: later(WAIT),
  aborted: later('Try again.'),
  closed: never('The process is stopping.'),
  internal: later('This is a bug in cmu-proxy: please report it with the log.'),
};

export type DcrErrorCode = keyof typeof MEANINGS;

export const isDcrErrorCode = (text: string): text is DcrErrorCode => Object.hasOwn(MEANINGS, text);

export interface DcrErrorOptions {
  readonly cause?: unknown;
  /** The least time to wait before the next attempt. */
  readonly retryAfter?: Milliseconds | undefined;
  readonly status?: number | undefined;
}

/** A failed DCR call, or the lack of a token. No field holds a secret, so that it may be logged whole. */
export class DcrError extends Error {
  override readonly name = 'DcrError';
  readonly code: DcrErrorCode;
  readonly retryable: boolean;
  readonly advice: string;
  readonly retryAfter?: Milliseconds;
  readonly status?: number;

  constructor(code: DcrErrorCode, message: string, options: DcrErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = MEANINGS[code].retryable;
    this.advice = MEANINGS[code].advice;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
    if (options.status !== undefined) this.status = options.status;
  }

  /** The same failure for a caller who asks while the next attempt is `retryAfter` away. */
  withRetryAfter(retryAfter: Milliseconds): DcrError {
    const { code, message, cause, status } = this;
    return new DcrError(code, message, { cause, retryAfter, status });
  }

  toJSON(): Record<string, unknown> {
    const { code, message, advice, retryable, retryAfter, status } = this;
    return { code, message, advice, retryable, retryAfter, status };
  }
}

const isSameName = (error: string): error is keyof typeof OAUTH_MEANINGS =>
  Object.hasOwn(OAUTH_MEANINGS, error);

/** The code for the `error` member of an OAuth error answer (RFC 6749 §5.2, RFC 7591 §3.2.2). */
export function codeOfOAuthError(error: string): DcrErrorCode {
  if (isSameName(error)) return error;
  if (error === 'temporarily_unavailable' || error === 'server_error') return 'server_error';
  return 'refused';
}

export function asDcrError(thrown: unknown): DcrError {
  if (thrown instanceof DcrError) return thrown;
  const what = thrown instanceof Error ? thrown.name : typeof thrown;
  return new DcrError('internal', `Unexpected failure: ${what}`, { cause: thrown });
}
