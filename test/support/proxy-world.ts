import type { AddressInfo, ListenOptions, Server } from 'node:net';
import { openAccelerator } from '../../src/accelerator/accelerator.ts';
import { Secret } from '../../src/base/secret.ts';
import { bucketOf } from '../../src/base/token-bucket.ts';
import type { ReportCache } from '../../src/cache/store/report-cache.ts';
import { routesOf } from '../../src/config/settings/topology.ts';
import type { AnsweredRequest } from '../../src/http/answered-request.ts';
import { ProvenTokens, type TokenSource } from '../../src/oauth/index.ts';
import type { Route } from '../../src/proxy/gate/route.ts';
import { Gateway } from '../../src/proxy/gateway.ts';
import { createPublicListener } from '../../src/proxy/listener/public-listener.ts';
import type { FetchOutcome } from '../../src/proxy/reports/cool-down.ts';
import { CoolDowns } from '../../src/proxy/reports/cool-down.ts';
import { openCache, routeOf, serviceOf } from '../../src/service/running/routes.ts';
import { openUpstream } from '../../src/upstream/upstream.ts';
import { FakeTokens, WITHOUT_PAUSES } from './fake-tokens.ts';
import { type CallAnswer, call, type FlatHeaders } from './http-client.ts';
import { type Script, type ScriptedUpstream, startUpstream } from './scripted-upstream.ts';
import { configOf, FREE_PORTS } from './test-config.ts';
import { VirtualTime } from './virtual-time.ts';

export interface ProxyWorldOptions {
  /** Where the report API is. */
  readonly upstream: URL;
  /** Settings over the defaults, as environment variables without `CMU_PROXY_`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly tokens?: TokenSource;
  /** PEM certificate to trust besides Node's own. */
  readonly ca?: string;
  /** Changes the route that a configuration makes. */
  readonly route?: (route: Route) => Route;
  readonly allowedHosts?: readonly string[];
  /** TLS on the listener. PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A Unix socket to listen on. */
  readonly socketPath?: string;
}

/** A gateway behind its listener, with real sockets on both sides, in a time of the test's own. */
export interface ProxyWorld extends AsyncDisposable {
  readonly port: number;
  /** Base URL with the prefix, such as `http://127.0.0.1:12345/cmu/v2`. */
  readonly url: string;
  readonly time: VirtualTime;
  readonly tokens: FakeTokens;
  readonly cache: ReportCache | undefined;
  readonly gateway: Gateway;
  readonly server: Server;
  /** The access log. */
  readonly answered: readonly AnsweredRequest[];
  readonly fetched: readonly FetchOutcome[];
  /** Ends all connections, as when the grace of a stop is over. */
  cut(): void;
  /** Lets the clocks jump ahead. */
  pass(milliseconds: number): void;
  /** A GET of `below` the prefix, on a connection of its own. */
  get(below: string, headers?: FlatHeaders): Promise<CallAnswer>;
  /** Resolves when the access log has this many lines. */
  answeredCount(count: number): Promise<void>;
}

export const startProxyWorld = async (options: ProxyWorldOptions): Promise<ProxyWorld> => {
  await using opened = new AsyncDisposableStack();
  const config = await configOf({
    ...FREE_PORTS,
    UPSTREAM_URL: options.upstream.origin,
    // Time stands still here, and earns nobody anything.
    UPSTREAM_MAX_REQUESTS_PER_SECOND: '0',
    ...(process.env['READER'] === 'node' ? { LISTEN_ACCELERATOR: 'false' } : {}),
    ...(options.allowedHosts && { LISTEN_ALLOWED_HOSTS: options.allowedHosts.join() }),
    ...options.settings,
  });
  const time = new VirtualTime();
  const fake = new FakeTokens();
  const cache = openCache(config);
  const tokens = new ProvenTokens(options.tokens ?? fake, { ...WITHOUT_PAUSES, now: time.now });
  const tls = { ca: options.ca, identity: undefined };
  const upstream = openUpstream(tokens, 'cmu', { ...config.upstream, tls });
  opened.defer(() => upstream.close());
  const coolDowns = new CoolDowns();
  const rate = bucketOf(config.upstream.maxRequestsPerSecond);
  const routes = routesOf(config)
    .map((it) => routeOf({ config: it, upstream, cache, coolDowns, rate, statement: { fingerprint: '' } }))
    .map((it) => (it.kind === 'api' ? it : (options.route?.(it) ?? it)));
  const answered: AnsweredRequest[] = [];
  const fetched: FetchOutcome[] = [];
  const watchers = new Set<() => void>();
  const gateway = new Gateway({
    loopId: 'feedfeedfeed',
    now: time.now,
    elapsed: () => time.now(),
    onAnswered: (it) => {
      answered.push(it);
      for (const watcher of watchers) watcher();
    },
    onFetched: (it) => void fetched.push(it),
  });
  gateway.replace(serviceOf(config, routes));
  const listener = createPublicListener({
    gateway,
    maxConnections: config.listen.maxConnections,
    headersTimeoutMs: config.listen.headersTimeoutMs,
    keepAliveTimeoutMs: config.listen.keepAliveTimeoutMs,
    writeTimeoutMs: config.listen.writeTimeoutMs,
    now: time.now,
    tls: options.tls && { ...options.tls, key: new Secret(options.tls.key), clientCa: undefined },
    readAhead: config.listen.accelerator ? openAccelerator : undefined,
  });
  opened.defer(async () => {
    listener.cut();
    await listener.close();
  });
  const { socketPath } = options;
  const place: ListenOptions =
    socketPath === undefined ? { host: '127.0.0.1', port: 0 } : { path: socketPath };
  await listener.listen(place);
  const address = listener.server.address() as AddressInfo | string;
  const port = typeof address === 'string' ? 0 : address.port;
  const resources = opened.move();
  const url = `http://127.0.0.1:${port}${config.listen.prefix}`;
  return {
    port,
    url,
    time,
    tokens: fake,
    cache,
    gateway,
    server: listener.server,
    answered,
    fetched,
    cut: listener.cut,
    pass: (milliseconds) => time.setClock(milliseconds),
    get: (below, headers = []) => call(url + below, { headers }),
    answeredCount: (count) =>
      new Promise((resolve) => {
        const watcher = () => {
          if (answered.length < count) return;
          watchers.delete(watcher);
          resolve();
        };
        watchers.add(watcher);
        watcher();
      }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

/** Runs with a scripted upstream and a proxy before it; closes both. */
export const withProxy = async (
  script: Script,
  run: (proxy: ProxyWorld, upstream: ScriptedUpstream) => Promise<void>,
  options: Omit<ProxyWorldOptions, 'upstream'> = {},
): Promise<void> => {
  await using upstream = await startUpstream(script);
  await using proxy = await startProxyWorld({ upstream: upstream.url, ...options });
  await run(proxy, upstream);
};

/** Lets everything that is ready go on. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Status and `Cache-Status` of a report. */
export const cacheStatusOf = async (
  proxy: ProxyWorld,
  path: string,
  headers: FlatHeaders = [],
): Promise<string> => {
  const answer = await proxy.get(path, headers);
  return `${answer.status} ${answer.header('cache-status') ?? ''}`;
};
