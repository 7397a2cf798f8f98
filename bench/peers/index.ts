import { caddy } from './caddy.ts';
import { cmuProxyPeers } from './cmu-proxy.ts';
import { emptyNode } from './empty-node.ts';
import { haproxy, haproxyCache } from './haproxy.ts';
import { nginx, nginxCache, nginxGunzip } from './nginx.ts';
import { expressProxy, fastifyHttpProxy, fastProxy, httpProxy3 } from './npm-peers.ts';
import { overTls, type Peer } from './peer.ts';
import { varnish } from './varnish.ts';

/** Everything that cmu-proxy is compared with, and cmu-proxy itself from the checkout at `root`, in the order of the tables. */
export function allPeers(root: string): readonly Peer[] {
  const { forwarding, caching, cachingPlainly, rotating, rotatingCaching } = cmuProxyPeers(root);
  return [
    ...[nginx, nginxCache, nginxGunzip, forwarding, caching, cachingPlainly, rotating, rotatingCaching],
    ...[haproxy, haproxyCache, caddy, varnish],
    ...[fastifyHttpProxy, expressProxy, httpProxy3, fastProxy, emptyNode],
    ...[nginx, forwarding, haproxy, caddy, fastifyHttpProxy].map(overTls),
  ];
}
