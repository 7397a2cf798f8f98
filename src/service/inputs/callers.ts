import type { AccessRules } from '../../admin/access.ts';
import { bucketOf } from '../../base/token-bucket.ts';
import { isLoopback } from '../../config/rules/loopback.ts';
import { blockList, networkIn } from '../../config/rules/network.ts';
import type { Config } from '../../config/settings/schema.ts';
import { hostName } from '../../proxy/gate/caller-policy.ts';
import type { Service } from '../../proxy/gate/gate.ts';

/**
 * What is served, and to whom, as the configuration has it.
 * @param processes that callers are divided among
 */
export const serviceOf = (
  { listen }: Pick<Config, 'listen'>,
  routes: Service['routes'],
  processes = 1,
): Service => ({
  routes,
  // One to listen on, or to be served under, is one to be called by.
  allowedHosts: new Set(
    [listen.host, ...listen.allowedHosts, ...routes.flatMap(({ hosts }) => hosts)].map((it) => hostName(it)),
  ),
  callerTokens: listen.callerTokens.map(({ name, sha256, maxRequestsPerSecond }) => ({
    name,
    sha256: Buffer.from(sha256, 'hex'),
    rate: bucketOf(maxRequestsPerSecond, processes),
  })),
  forwardsByName:
    listen.forwardProxy === 'always' || (listen.forwardProxy === 'near' && isPublicNear(listen)),
  trustProxy:
    listen.trustProxy.length === 0
      ? undefined
      : blockList(listen.trustProxy.flatMap((network) => networkIn(network) ?? [])),
});

/** Whether the public listener can be reached from this machine alone. */
const isPublicNear = ({ socketPath, host }: Config['listen']): boolean =>
  socketPath !== undefined || isLoopback(host);

/** Who may reach what on the private listener. */
export const adminAccessRules = ({ listen, admin }: Pick<Config, 'listen' | 'admin'>): AccessRules => ({
  expose: admin.expose,
  isPublicNear: isPublicNear(listen),
  isGuardedByConnection: listen.socketPath !== undefined || listen.tls.clientCaFile !== undefined,
  asksForTokens: listen.callerTokens.length > 0,
});
