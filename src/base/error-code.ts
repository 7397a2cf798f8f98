/** The stable `code` of an error, such as `ENOENT`: Node's errors, its packages' and ours have one. */
export const errorCode = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;

/** Of a failure for each address of a host (RFC 8305), the first, which is as good as the others. */
export const firstFailure = (thrown: unknown): unknown =>
  thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;

/** Codes of Node.js and OpenSSL that say "the certificate or the handshake", not "the network". */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|ERROR_IN_CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO$)/;

export const isTlsFailure = (code = ''): boolean => TLS_CODE.test(code);

export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** Something that a person gave and that cannot be used. No field holds any part of it. */
export class InputError<Code extends string = string> extends Error {
  override readonly name = 'InputError';
  readonly code: Code;
  /** What a person can do about it. */
  readonly advice: string;

  constructor(code: Code, message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.advice = advice;
  }
}
