import { BlockList, isIP } from 'node:net';
import type { AccessRules } from '../../admin/access.ts';
import { bucketOf } from '../../base/token-bucket.ts';
import { isLoopback } from '../../config/rules/loopback.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { CallerPolicy } from '../../proxy/gate/caller-policy.ts';
import type { CallerToken } from '../../proxy/gate/caller-tokens.ts';
import { hostName } from '../../proxy/gate/host-name.ts';
import type { Route } from '../../proxy/gate/route.ts';

/** The names that both listeners answer to. One to listen on, or to be served under, is one to be called by. */
export const callerPolicy = (
  { listen }: Pick<Config, 'listen'>,
  routes: readonly Pick<Route, 'hosts'>[],
): CallerPolicy => ({
  allowedHosts: new Set(
    [listen.host, ...listen.allowedHosts, ...routes.flatMap(({ hosts }) => hosts)].map((name) =>
      hostName(name),
    ),
  ),
});

/** @param processes that callers are divided among */
export const callerTokens = ({ listen }: Pick<Config, 'listen'>, processes = 1): readonly CallerToken[] =>
  listen.callerTokens.map(({ name, sha256, maxRequestsPerSecond }) => ({
    name,
    sha256: Buffer.from(sha256, 'hex'),
    rate: bucketOf(maxRequestsPerSecond, processes),
  }));

/** Whose word on where a request comes from is believed; `undefined`: nobody's. */
export const trustedProxies = ({ listen }: Pick<Config, 'listen'>): BlockList | undefined => {
  if (listen.trustProxy.length === 0) return undefined;
  const trusted = new BlockList();
  for (const entry of listen.trustProxy) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    trusted.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  }
  return trusted;
};

/** Whether callers may call report APIs by their own names. */
export const forwardsByName = ({ listen }: Pick<Config, 'listen'>): boolean =>
  listen.forwardProxy === 'always' ||
  (listen.forwardProxy === 'near' && (listen.socketPath !== undefined || isLoopback(listen.host)));

/** Who may reach what on the private listener. */
export const adminAccessRules = ({ listen, admin }: Pick<Config, 'listen' | 'admin'>): AccessRules => ({
  expose: admin.expose,
  isPublicNear: listen.socketPath !== undefined || isLoopback(listen.host),
  isGuardedByConnection: listen.socketPath !== undefined || listen.tls.clientCaFile !== undefined,
  asksForTokens: listen.callerTokens.length > 0,
});
