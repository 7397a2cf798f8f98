import { errorCode } from '../../base/error-code.ts';
import { DcrError, type DcrErrorCode } from './dcr-error.ts';

/** Codes of Node.js and OpenSSL that say "the certificate or the handshake", not "the network". */
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO$)/;

/** undici's codes for what it could not take for an answer. */
const MALFORMED: ReadonlySet<string | undefined> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/**
 * What a failed exchange means. The cause is made anew from name, code and message: Node's own carry pieces of
 * the answer (`rawPacket`), which would follow into logs.
 */
export function transportFailure(thrown: unknown, url: URL): DcrError {
  // Happy eyeballs: one failure for each address. The first is as good as any.
  if (thrown instanceof AggregateError && thrown.errors[0] instanceof Error) {
    return transportFailure(thrown.errors[0], url);
  }
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
  return code !== undefined && TLS_CODE.test(code)
    ? failure('tls_failed', `No trusted TLS connection to ${url.origin}: ${message}`)
    : failure('unreachable', `No answer from ${url.origin}: ${message}`);
}
