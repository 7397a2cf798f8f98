/** The stable `code` of an error, such as `ENOENT`: Node's errors, its packages' and ours have one. */
export const errorCode = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;

/** Codes of Node.js and OpenSSL that say "the certificate or the handshake", not "the network". */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|ERROR_IN_CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO$)/;

export const isTlsFailure = (code = ''): boolean => TLS_CODE.test(code);

/** Whatever was thrown, as an error. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));
