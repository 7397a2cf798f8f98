import { createPrivateListener } from '../admin/private-listener.ts';
import { Telemetry } from '../admin/telemetry.ts';
import type { Config } from '../config/schema.ts';
import { type SoftwareStatement, systemEffects, watchStatementFile } from '../dcr/index.ts';
import type { Log } from '../log.ts';
import type { CallerPolicy } from '../proxy/caller-policy.ts';
import { Gateway } from '../proxy/gateway.ts';
import { createPublicListener } from '../proxy/public-listener.ts';
import type { RequestHead } from '../proxy/request-head.ts';
import type { Traces } from '../tracing/traces.ts';
import { programVersion } from '../version.ts';
import { accessLog } from './access-log.ts';
import { logDcrEvent } from './dcr-log.ts';
import { DEFAULT_CLIENT, openTokens } from './open-tokens.ts';
import { openWarmUp } from './open-warm-up.ts';
import { defaultRoute, openCache, openConfiguredUpstream } from './routes.ts';

export interface StartProxyOptions {
  readonly config: Config;
  readonly statement: SoftwareStatement;
  /** PEM certificates to trust besides Node's own. */
  readonly ca: { readonly dcr: string | undefined; readonly upstream: string | undefined };
  readonly log: Log;
  /** Makes spans of what goes on, if they are wanted. */
  readonly traces?: Traces | undefined;
}

export interface RunningProxy {
  /** Base URL of the public listener, with the prefix. */
  readonly url: string;
  readonly adminUrl: string;
  /** Reads the statement file again now. */
  reload(): Promise<void>;
  /** Unready at once, requests in flight get `graceMs` milliseconds, then everything is closed. */
  close(graceMs: number): Promise<void>;
}

/**
 * The composition root of the proxy: opens what it needs in order, and closes it in the opposite one. The first token is
 * fetched while the listeners open; callers who come before it wait for it.
 * @throws what opening a listener throws, such as `EADDRINUSE`; nothing is left open then
 */
export const startProxy = async (options: StartProxyOptions): Promise<RunningProxy> => {
  const { config, log, traces } = options;
  await using opened = new AsyncDisposableStack();
  let stopping = false;
  const telemetry = new Telemetry(systemEffects.now);

  const credentials = await openTokens({
    config,
    statement: options.statement,
    ca: options.ca.dcr,
    effects: systemEffects,
    onEvent: (event) => {
      logDcrEvent(log, event);
      telemetry.dcrEvent(DEFAULT_CLIENT, event);
      traces?.dcrEvent(DEFAULT_CLIENT, event);
    },
  });
  opened.defer(() => credentials.close());
  if (credentials.store.kind === 'memory') {
    log.warn('state.in-memory', { error: credentials.store.problem, folder: config.state.dir });
  }
  const { tokens } = credentials;

  const watch = watchStatement(options, (statement) => tokens.replaceStatement(statement));
  opened.defer(() => watch?.close());

  const upstream = openConfiguredUpstream(config, tokens, options.ca.upstream);
  opened.defer(() => upstream.close());
  const cache = openCache(config);
  const callers: CallerPolicy = { allowedHosts: new Set() };
  const access = accessLog(log, systemEffects.now);
  const gateway = new Gateway({
    routes: [defaultRoute(config, traces?.upstream(upstream, tokens) ?? upstream, cache)],
    callers,
    writeTimeoutMs: config.listen.writeTimeoutMs,
    now: systemEffects.now,
    elapsed: () => performance.now(),
    ...(traces === undefined ? {} : { onOpened: (head: RequestHead) => traces.opened(head) }),
    onAnswered: (answered) => {
      telemetry.traffic.answered(answered);
      traces?.answered(answered);
      access(answered);
    },
    onFetched: (outcome) => telemetry.fetched(outcome),
  });

  const { app, drain, shed } = createPublicListener({
    gateway,
    maxConnections: config.listen.maxConnections,
    headersTimeoutMs: config.listen.headersTimeoutMs,
    keepAliveTimeoutMs: config.listen.keepAliveTimeoutMs,
    prefixes: [config.listen.prefix],
  });
  let publicUrl: string | undefined;

  const admin = createPrivateListener({
    version: programVersion(),
    client: DEFAULT_CLIENT,
    tokens,
    isStopping: () => stopping,
    callers,
    gateway,
    cache,
    telemetry,
    shedRequests: shed,
    reports: () => ({
      publicUrl: publicUrl && publicUrl + config.listen.prefix,
      prefix: config.listen.prefix,
      upstream: upstream.origin,
    }),
    effects: systemEffects,
    log,
  });
  opened.defer(() => admin.close());
  const adminUrl = await admin.listen({ host: config.admin.host, port: config.admin.port });

  opened.defer(() => app.close());
  publicUrl = await app.listen({ host: config.listen.host, port: config.listen.port });

  const warmUp = openWarmUp(config, gateway, log);
  opened.defer(() => warmUp?.close());

  const resources = opened.move();
  return {
    url: publicUrl + config.listen.prefix,
    adminUrl,
    reload: async () => watch?.check(),
    close: async (graceMs) => {
      stopping = true;
      drain();
      const cut = setTimeout(() => {
        log.warn('shutdown.grace-over', { graceMs });
        app.server.closeAllConnections();
      }, graceMs);
      try {
        await resources.disposeAsync();
      } finally {
        clearTimeout(cut);
      }
    },
  };
};

const watchStatement = (
  { config, statement, log }: StartProxyOptions,
  onStatement: (statement: SoftwareStatement) => void,
) =>
  config.softwareStatementFile === undefined
    ? undefined
    : watchStatementFile({
        path: config.softwareStatementFile,
        current: statement,
        effects: systemEffects,
        onStatement,
        onProblem: (problem) => logDcrEvent(log, { event: 'statement-problem', problem }),
      });
