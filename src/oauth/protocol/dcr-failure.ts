import { errorCode, firstFailure, isTlsFailure } from '../../base/error-code.ts';
import { KnownSecrets } from '../../base/known-secrets.ts';
import type { Secret } from '../../base/secret.ts';
import { type EpochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import { pauseAskedFor } from '../../http/retry-after.ts';
import { THROTTLED_FLOOR } from './adobe.ts';
import { type DcrAnswer, jsonMembers } from './dcr-answers.ts';
import { codeOfOAuthError, DcrError, type DcrErrorCode } from './dcr-error.ts';

/**
 * What an answer other than 200 and 201 means (RFC 6749 §5.2, RFC 7591 §3.2.2, docs/adobe.md §3 to §5).
 * @param secrets what went out with the request: a server may echo it in its error, whole, encoded, reversed or cut.
 */
export function refusal(answer: DcrAnswer, now: EpochMs, secrets: readonly Secret[]): DcrError {
  const { status } = answer;
  const asked = pauseAskedFor(status, (name) => answer.headers[name], now);
  const more = { status, retryAfter: asked };
  if (status === 429) {
    const retryAfter: Milliseconds = milliseconds(Math.max(asked ?? 0, THROTTLED_FLOOR));
    return new DcrError('throttled', 'The DCR server throttles (429)', { status, retryAfter });
  }
  if (status >= 500) return new DcrError('server_error', `The DCR server fails (${status})`, more);
  if (status >= 300 && status < 400) {
    return new DcrError('redirected', `The DCR server redirects (${status})`, more);
  }
  const oauth = status === 400 || status === 401 || status === 403 ? jsonMembers(answer.body) : undefined;
  const error = oauth?.['error'];
  if (typeof error === 'string' && error !== '') {
    const description = oauth?.['error_description'];
    const told = [error, ...(typeof description === 'string' ? [description] : [])]
      .map((text) => printable(text, secrets))
      .join(': ');
    return new DcrError(codeOfOAuthError(error), `The DCR server refuses (${status}): ${told}`, more);
  }
  return new DcrError('unexpected_status', `The DCR server answers ${status} without an OAuth error`, more);
}

const LONGEST_READ = 2048;
const LONGEST_SHOWN = 200;

/** A text of the server's that may be shown: bounded, without control characters and without what we sent. */
export function printable(text: string, secrets: readonly Secret[] = []): string {
  const known = new KnownSecrets();
  known.keep(secrets);
  // Long runs of token characters may be other secrets: no sentence needs them.
  return known
    .scrubPieces(text.slice(0, LONGEST_READ))
    .replace(/[A-Za-z0-9\-._~+/=]{41,}/g, '[redacted]')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, LONGEST_SHOWN);
}

/** undici's codes for what it could not take for an answer. */
const MALFORMED: ReadonlySet<string | undefined> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** The cause is made anew: Node's own carry pieces of the answer (`rawPacket`), which would follow into logs. */
export function transportFailure(failed: unknown, url: URL): DcrError {
  const thrown = firstFailure(failed);
  const code = errorCode(thrown);
  const { name, message } =
    thrown instanceof Error ? thrown : { name: typeof thrown, message: 'unknown failure' };
  const cause = Object.assign(new Error(message), { name, ...(code !== undefined && { code }) });
  const failure = (kind: DcrErrorCode, sentence: string) => new DcrError(kind, sentence, { cause });
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return failure('timeout', `${url.origin} does not accept connections in time`);
  }
  if (name === 'HTTPParserError' || MALFORMED.has(code)) {
    return failure('malformed_answer', `${url.origin} does not answer in HTTP`);
  }
  return isTlsFailure(code)
    ? failure('tls_failed', `No trusted TLS connection to ${url.origin}: ${message}`)
    : failure('unreachable', `No answer from ${url.origin}: ${message}`);
}
