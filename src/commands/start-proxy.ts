import { createPrivateListener } from '../admin/private-listener.ts';
import { Telemetry } from '../admin/telemetry.ts';
import type { Config } from '../config/schema.ts';
import { type SealingKeys, type SoftwareStatement, systemEffects, watchStatementFile } from '../dcr/index.ts';
import type { Log } from '../log.ts';
import { Gateway } from '../proxy/gateway.ts';
import { createPublicListener } from '../proxy/public-listener.ts';
import type { RequestHead } from '../proxy/request-head.ts';
import type { TlsIdentity } from '../proxy/tls-listener.ts';
import type { Traces } from '../tracing/traces.ts';
import { programVersion } from '../version.ts';
import { accessLog } from './access-log.ts';
import { callerPolicy, callerTokens, isGuardedByConnection } from './callers.ts';
import { createDcrBudgets } from './dcr-budgets.ts';
import { logDcrEvent } from './dcr-log.ts';
import { openFleet } from './open-fleet.ts';
import { DEFAULT_CLIENT, openTokens } from './open-tokens.ts';
import { openWarmUp } from './open-warm-up.ts';
import { listenPublicly } from './public-address.ts';
import { defaultRoute, openCache, openConfiguredUpstream } from './routes.ts';
import { closeWithin } from './shutdown.ts';
import { readTlsIdentity } from './tls-identity.ts';
import { watchTlsIdentity } from './tls-renewal.ts';

export interface StartProxyOptions {
  readonly config: Config;
  readonly statement: SoftwareStatement;
  /** PEM certificates to trust besides Node's own. */
  readonly ca: { readonly dcr: string | undefined; readonly upstream: string | undefined };
  /** Keys of the state file; `undefined`: it is kept as plain JSON. */
  readonly sealing?: SealingKeys | undefined;
  /** Of the public listener; `undefined`: it speaks plain HTTP. */
  readonly tls?: TlsIdentity | undefined;
  readonly log: Log;
  /** Makes spans of what goes on, if they are wanted. */
  readonly traces?: Traces | undefined;
}

export interface RunningProxy {
  /** Base URL of the public listener, with the prefix; `http://unix:/run/a.sock:/cmu/v2` for a socket. */
  readonly url: string;
  readonly adminUrl: string;
  /** Reads the files of the statement and of the listener's certificate again now. */
  reload(): Promise<void>;
  /**
   * Unready at once, requests in flight get `graceMs` milliseconds, then everything is closed.
   * @throws {ShutdownError} when something hangs on after that
   */
  close(graceMs: number): Promise<void>;
}

/**
 * The composition root of the proxy: opens what it needs in order, and closes it in the opposite one. The first token is
 * fetched while the listeners open; callers who come before it wait for it.
 * @throws {StateLockedError}; what opening a listener throws, such as `EADDRINUSE`; nothing is left open then
 */
export const startProxy = async (options: StartProxyOptions): Promise<RunningProxy> => {
  const { config, log, traces } = options;
  await using opened = new AsyncDisposableStack();
  let stopping = false;
  const telemetry = new Telemetry(systemEffects.now);

  const fleet = await openFleet(config, options.sealing, systemEffects);
  opened.defer(() => fleet?.close());
  const budgets = createDcrBudgets(systemEffects, fleet);
  const credentials = await openTokens({
    config,
    statement: options.statement,
    ca: options.ca.dcr,
    sealing: options.sealing,
    budget: budgets(config.dcr.url),
    fleet,
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
  const callers = callerPolicy(config);
  const access = accessLog(log, systemEffects.now);
  const gateway = new Gateway({
    routes: [defaultRoute(config, traces?.upstream(upstream, tokens) ?? upstream, cache)],
    callers,
    callerTokens: callerTokens(config),
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

  const { app, drain, shed, renewTls } = createPublicListener({
    gateway,
    maxConnections: config.listen.maxConnections,
    headersTimeoutMs: config.listen.headersTimeoutMs,
    keepAliveTimeoutMs: config.listen.keepAliveTimeoutMs,
    writeTimeoutMs: config.listen.writeTimeoutMs,
    now: systemEffects.now,
    prefixes: [config.listen.prefix],
    tls: options.tls,
  });
  const renewal = watchCertificate(options, renewTls);
  opened.defer(() => renewal?.close());
  let publicUrl: string | undefined;

  const admin = createPrivateListener({
    version: programVersion(),
    client: DEFAULT_CLIENT,
    tokens,
    isStopping: () => stopping,
    callers,
    gateway: isGuardedByConnection(config) ? withoutReports(gateway) : gateway,
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
  const address = await listenPublicly(app, config.listen);
  opened.defer(() => address.withdraw());
  if (config.listen.socketPath === undefined) publicUrl = address.url;

  const warmUp = openWarmUp(config, gateway, log);
  opened.defer(() => warmUp?.close());

  const resources = opened.move();
  return {
    url: address.url + config.listen.prefix,
    adminUrl,
    reload: async () => {
      await Promise.all([watch?.check(), renewal?.check()]);
    },
    close: async (graceMs) => {
      stopping = true;
      drain();
      await closeWithin(graceMs, {
        closing: resources.disposeAsync(),
        cut: () => {
          log.warn('shutdown.grace-over', { graceMs });
          app.server.closeAllConnections();
          admin.server.closeAllConnections();
        },
      });
    },
  };
};

/** The gateway for a listener that knows no report. */
const withoutReports = (gateway: Gateway): Pick<Gateway, 'handle' | 'opened'> => ({
  handle: () => false,
  get opened() {
    return gateway.opened;
  },
});

const watchCertificate = (
  { config, tls, log }: StartProxyOptions,
  onIdentity: (identity: TlsIdentity) => void,
) =>
  tls &&
  watchTlsIdentity({
    read: () => readTlsIdentity(config.listen.tls),
    current: tls,
    effects: systemEffects,
    onIdentity: (identity) => {
      onIdentity(identity);
      log.info('listen.certificate-renewed');
    },
    onProblem: (error) => log.error('listen.certificate-problem', { error }),
  });

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
