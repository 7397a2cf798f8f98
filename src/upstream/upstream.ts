import type { BearerTokens } from '../oauth/index.ts';
import { bearerAuthentication } from './bearer-authentication.ts';
import type { Dispatch } from './origin/answer-handler.ts';
import { OriginClient, type OriginClientOptions } from './origin/origin-client.ts';

/** The way to one report API. */
export interface Upstream {
  /** Such as `https://mgmt.auth.adobe.com`. */
  readonly origin: string;
  readonly dispatch: Dispatch;
  /** Keeps no connection from now on, and cuts none. @returns when no request is under way */
  retire(): Promise<void>;
  /** Cuts what is open. */
  close(): void;
}

/**
 * Opens the way to a report API, with the bearer put in by an interceptor. TLS certificates are verified, redirects are not followed: the
 * token goes to `options.origin` and nowhere else.
 */
export const openUpstream = (tokens: BearerTokens, options: OriginClientOptions): Upstream => {
  const client = new OriginClient(options);
  return {
    origin: options.origin.origin,
    dispatch: bearerAuthentication(tokens)((request, handler) => client.dispatch(request, handler)),
    retire: () => client.retire(),
    close: () => client.close(),
  };
};
