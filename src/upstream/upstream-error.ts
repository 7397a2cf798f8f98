/** What can go wrong toward an upstream, besides what Node and undici report under codes of their own. */
export type UpstreamErrorCode =
  /** So many requests wait for a connection that another one is refused. */
  | 'QUEUE_FULL'
  | 'QUEUE_TIMEOUT'
  | 'CONNECT_TIMEOUT'
  | 'PROXY_UNREACHABLE'
  | 'PROXY_REFUSED'
  | 'HEAD_TIMEOUT'
  /** The answer breaks a rule of HTTP/1.1, or could be read in two ways. */
  | 'INVALID_ANSWER'
  /** The answer was not taken for so long, while others waited for a connection, that it was given up. */
  | 'SLOW_CALLER'
  | 'GIVEN_UP'
  | 'CLOSED';

export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly code: UpstreamErrorCode;

  constructor(code: UpstreamErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** For a request that is aborted because its caller has left. */
export const givenUp = (): UpstreamError =>
  new UpstreamError('GIVEN_UP', 'Nobody wants the answer any more.');
