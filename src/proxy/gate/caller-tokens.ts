import { hash, timingSafeEqual } from 'node:crypto';
import type { TokenBucket } from '../../base/token-bucket.ts';
import { type Problem, problemOf } from '../answer/problem.ts';
import type { RequestHead } from './request-head.ts';

export interface Caller {
  readonly name: string;
  /** What of its requests may go upstream; `undefined`: any number. */
  readonly rate?: TokenBucket | undefined;
}

export interface CallerToken extends Caller {
  /** SHA-256 of the token, 32 bytes. Tokens are random, so that nothing slower than one hash is needed. */
  readonly sha256: Buffer;
}

export type CallerVerdict =
  | { readonly caller: Caller; readonly refusal?: never }
  | { readonly refusal: Problem; readonly caller?: never };

/**
 * Who calls, by the token in `X-Cmu-Proxy-Token` or, without that field, in `Authorization` (RFC 6750 §2.1). Clients
 * written for Adobe may send a token of Adobe's in the latter, so the field of our own decides where there is one.
 * All hashes are compared, in constant time: how long it takes tells neither how much of a token is right nor whose.
 */
export const callerOf = (
  head: Pick<RequestHead, 'authorization' | 'xCmuProxyToken'>,
  tokens: readonly CallerToken[],
): CallerVerdict => {
  const presented = head.xCmuProxyToken ?? bearerToken(head.authorization);
  if (presented === undefined) return { refusal: unauthenticated };
  const sha256 = hash('sha256', presented, 'buffer');
  let caller: Caller | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(token.sha256, sha256)) caller = token;
  }
  return caller === undefined ? { refusal: wrongToken } : { caller };
};

/** The scheme's name is told in any case (RFC 9110 §11.1). */
const bearerToken = (authorization: string | undefined): string | undefined =>
  authorization === undefined ? undefined : /^bearer +(\S+)$/i.exec(authorization)?.[1];

/** RFC 6750 §3.1: a request without any credentials is told no error code. */
const unauthenticated = problemOf(
  'caller-not-authenticated',
  'Send the token that the operator of this proxy gave you as `Authorization: Bearer` or `X-Cmu-Proxy-Token`.',
  { challenge: 'Bearer realm="cmu-proxy"' },
);

const wrongToken = problemOf(
  'caller-not-authenticated',
  'The token that came is not one of `listen.xCmuProxyTokens`. A token of Adobe is none: ask the operator of this proxy for yours.',
  { challenge: 'Bearer realm="cmu-proxy", error="invalid_token"' },
);
