import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { epochMs, seconds } from '../../src/base/units.ts';
import { ReportCache } from '../../src/cache/store/report-cache.ts';
import type { Route } from '../../src/proxy/gate/route.ts';
import { Gateway } from '../../src/proxy/gateway.ts';
import { CoolDowns } from '../../src/proxy/reports/cool-down.ts';
import { openUpstream, type Upstream } from '../../src/upstream/upstream.ts';
import { FakeTokens } from '../../test/support/fake-tokens.ts';

/** Request fields of the suite's tests that a cache has to forward, or that its `Vary` tests select by. */
const FORWARDED = [
  ...['test-id', 'test-name', 'req-num'],
  ...['foo', 'bar', 'baz', 'abc', 'other', 'accept-language', 'cookie'],
];

const MIB = 1024 * 1024;

/** A proxy that stands before the suite's own origin. */
export interface PassAllProxy {
  readonly port: number;
  close(): void;
}

/** Starts the gateway, with one route that takes the origin's word for everything, before an origin on loopback. */
export async function startPassAllProxy(originPort: number): Promise<PassAllProxy> {
  const upstream = openUpstream(new FakeTokens(), {
    origin: new URL(`http://localhost:${originPort}`),
    connectTimeout: seconds(3),
    headersTimeout: seconds(20),
    bodyIdleTimeout: seconds(20),
    maxConnections: 64,
  });
  const gateway = new Gateway({
    routes: [passAllRoute(upstream)],
    callers: { allowedHosts: new Set() },
    now: () => epochMs(Date.now()),
    elapsed: () => performance.now(),
    onAnswered: () => {},
    onFetched: () => {},
  });
  const server = createServer({ keepAliveTimeout: 600_000 }, (incoming, response) => {
    const safe = incoming.method === 'GET' || incoming.method === 'HEAD';
    if (!safe || !gateway.handle(incoming, response)) pass(incoming, response, originPort);
  });
  const port = await listen(server);
  return {
    port,
    close: () => {
      server.closeAllConnections();
      server.close();
      upstream.close();
    },
  };
}

const passAllRoute = (upstream: Upstream): Route => ({
  id: 'pass-all',
  cacheId: 'pass-all',
  hosts: [],
  kind: 'pass-all',
  prefix: '/test',
  upstreamPrefix: '/test',
  upstream,
  links: { origin: upstream.origin, linkPrefixes: ['/test'], prefix: '/test' },
  answerHeaders: new Set<string>(),
  forwardHeaders: FORWARDED,
  coolDowns: new CoolDowns(),
  caching: {
    cache: new ReportCache({ maxBytes: 64 * MIB, maxEntryBytes: 8 * MIB }),
    storagePolicy: () => ({
      fallback: { by: 'heuristic', fraction: 0.1, most: seconds(86_400) },
      statuses: 'understood',
      staleWhileRevalidate: seconds(0),
      staleIfError: seconds(86_400),
      targetedField: 'cdn-cache-control',
    }),
  },
});

/** The suite sets its origin up through the proxy, and tests methods that this proxy refuses: both go straight through. */
function pass(incoming: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url, headers } = incoming;
  const outgoing = request(
    { host: 'localhost', port, method, path: url, headers, agent: false },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    },
  );
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
