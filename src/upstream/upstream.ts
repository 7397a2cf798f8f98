import type { Dispatcher } from 'undici';
import { type Milliseconds, milliseconds } from '../base/units.ts';
import type { BearerTokens } from '../oauth/index.ts';
import type { Traces } from '../tracing/traces.ts';
import { bearerAuthentication } from './bearer-authentication.ts';
import { type ConnectionOptions, Connections } from './connections.ts';
import { resendOnNewConnection } from './resend.ts';
import { strictAnswers } from './strict-answers.ts';
import { traceRequests } from './trace-requests.ts';
import { Turnstile } from './turnstile.ts';

/** The way to one report API. */
export type Upstream = ReturnType<typeof openWay>;

/**
 * Opens the way to a report API. TLS certificates are verified, redirects are not followed: the token goes to
 * `options.url` and nowhere else.
 */
export const openUpstream = (
  tokens: BearerTokens,
  route: string,
  options: ConnectionOptions,
  traces?: Traces,
): Upstream =>
  openWay(options, [
    bearerAuthentication(tokens, route),
    ...(traces === undefined ? [] : [traceRequests(traces, tokens, options.url)]),
  ]);

/** The way without a token. @param outer the interceptors of those who use it */
export const openWay = (
  options: ConnectionOptions,
  outer: readonly Dispatcher.DispatchInterceptor[] = [],
) => {
  const connections = new Connections(options);
  const turnstile = new Turnstile(options);
  return {
    /** Such as `https://mgmt.auth.adobe.com`. */
    origin: options.url.origin,
    /** The one seam toward it: what concerns every request is done behind. Close it by `close` alone. */
    // From the inside out: the last one sees a request first, and its answer last.
    dispatcher: connections.compose([
      strictAnswers(options.headersTimeoutMs),
      resendOnNewConnection(connections, silenceOf(options.headersTimeoutMs)),
      turnstile.interceptor,
      ...outer,
    ]),
    /** Keeps no connection from now on, and cuts none. @returns when no request is under way */
    retire: (): Promise<void> => {
      connections.retire();
      return turnstile.quiet();
    },
    /** Cuts what is open. */
    close: (): void => {
      turnstile.close();
      connections.cut();
    },
  };
};

/** Half of the time: a new connection has the whole of it again. */
const silenceOf = (headersTimeout: Milliseconds): Milliseconds => milliseconds(headersTimeout / 2);
