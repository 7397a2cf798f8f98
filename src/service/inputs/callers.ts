import type { Config } from '../../config/settings/schema.ts';
import type { CallerPolicy } from '../../proxy/gate/caller-policy.ts';
import type { CallerToken } from '../../proxy/gate/caller-tokens.ts';
import type { Route } from '../../proxy/gate/route.ts';

/** The names that both listeners answer to. One to listen on, or to be served under, is one to be called by. */
export const callerPolicy = (
  { listen }: Pick<Config, 'listen'>,
  routes: readonly Pick<Route, 'hosts'>[],
): CallerPolicy => ({
  allowedHosts: new Set(
    [listen.host, ...listen.allowedHosts, ...routes.flatMap(({ hosts }) => hosts)].map((name) =>
      name.toLowerCase(),
    ),
  ),
});

export const callerTokens = ({ listen }: Pick<Config, 'listen'>): readonly CallerToken[] =>
  listen.callerTokens.map(({ name, sha256 }) => ({ name, sha256: Buffer.from(sha256, 'hex') }));

/**
 * Whether not everybody who reaches the machine or the pod may call the public listener. The private one is guarded
 * by its address alone, so that it must then not hand out reports. Caller tokens are asked for on either and need no
 * such care.
 */
export const isGuardedByConnection = ({ listen }: Pick<Config, 'listen'>): boolean =>
  listen.socketPath !== undefined || listen.tls.clientCaFile !== undefined;
