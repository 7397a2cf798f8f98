/** What can go wrong between us and the origin, besides what Node itself reports (`ECONNREFUSED`, TLS errors, …). */
export type OriginErrorCode =
  /** No connection became free in time. */
  | 'QUEUE_TIMEOUT'
  | 'CONNECT_TIMEOUT'
  | 'HEAD_TIMEOUT'
  | 'BODY_TIMEOUT'
  /** The connection ended before the answer did. */
  | 'CONNECTION_LOST'
  /** The answer is not HTTP/1.1 as RFC 9112 has it, or could be read in two ways. */
  | 'INVALID_ANSWER'
  | 'HEAD_TOO_LARGE'
  /** So many requests wait for a connection that another one is refused. */
  | 'QUEUE_FULL'
  /** The answer was not taken for so long, while others waited for a connection, that it was given up. */
  | 'SLOW_CALLER'
  | 'CLOSED';

export class OriginError extends Error {
  override readonly name = 'OriginError';
  readonly code: OriginErrorCode;

  constructor(code: OriginErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
