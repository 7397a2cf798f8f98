import { createPrivateListener } from '../admin/private-listener.ts';
import { Telemetry } from '../admin/telemetry.ts';
import type { Config } from '../config/schema.ts';
import { type DcrEvent, systemEffects } from '../dcr/index.ts';
import type { Log } from '../log.ts';
import { Gateway } from '../proxy/gateway.ts';
import { createPublicListener } from '../proxy/public-listener.ts';
import type { RequestHead } from '../proxy/request-head.ts';
import type { TlsIdentity } from '../proxy/tls-listener.ts';
import type { Traces } from '../tracing/traces.ts';
import { programVersion } from '../version.ts';
import { accessLog } from './access-log.ts';
import { isGuardedByConnection } from './callers.ts';
import { ConfigReload } from './config-reload.ts';
import type { ConfigSource } from './config-source.ts';
import { createDcrBudgets } from './dcr-budgets.ts';
import { logDcrEvent } from './dcr-log.ts';
import { watchFile } from './file-watch.ts';
import type { Inputs, Setup } from './inputs.ts';
import { openFleet } from './open-fleet.ts';
import { RunningWarmUp } from './open-warm-up.ts';
import { listenPublicly } from './public-address.ts';
import { openCache } from './routes.ts';
import { RunningRoutes } from './running-routes.ts';
import { RunningService } from './running-service.ts';
import { closeWithin } from './shutdown.ts';
import { readTlsIdentity } from './tls-identity.ts';
import { watchTlsIdentity } from './tls-renewal.ts';

export interface StartProxyOptions {
  readonly config: Config;
  readonly inputs: Inputs;
  /** Where changes of the configuration come from; `undefined`: there are none. */
  readonly source?: ConfigSource;
  readonly log: Log;
  /** Makes spans of what goes on, if they are wanted. */
  readonly traces?: Traces | undefined;
}

export interface RunningProxy {
  /** Base URL of the public listener, with the prefix; `http://unix:/run/a.sock:/cmu/v2` for a socket. */
  readonly url: string;
  readonly adminUrl: string;
  /** The configuration that runs. */
  readonly config: Config;
  /** Reads the configuration, and all files that it names, again now. */
  reload(): Promise<void>;
  /**
   * Unready at once, requests in flight get `graceMs` milliseconds, then everything is closed.
   * @throws {ShutdownError} when something hangs on after that
   */
  close(graceMs: number): Promise<void>;
}

/**
 * The composition root of the proxy: opens what it needs in order, and closes it in the opposite one. The first tokens are
 * fetched while the listeners open; callers who come before them wait for them.
 * @throws {StateLockedError}; what opening a listener throws, such as `EADDRINUSE`; nothing is left open then
 */
export const startProxy = async (options: StartProxyOptions): Promise<RunningProxy> => {
  const { config, inputs, log, traces } = options;
  await using opened = new AsyncDisposableStack();
  const phase = { started: false, stopping: false };
  const telemetry = new Telemetry(systemEffects.now);
  const cache = openCache(config);
  const access = accessLog(log, systemEffects.now);
  const gateway = new Gateway({
    routes: [],
    callers: { allowedHosts: new Set() },
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

  const fleet = await openFleet(config, inputs.sealing, systemEffects);
  opened.defer(() => fleet?.close());
  const service = new RunningService({
    state: config.state,
    sealing: inputs.sealing,
    budgets: createDcrBudgets(systemEffects, fleet),
    fleet,
    effects: systemEffects,
    routes: new RunningRoutes(cache, traces),
    onDcrEvent: (client: string, event: DcrEvent) => {
      logDcrEvent(log, client, event);
      telemetry.dcrEvent(client, event);
      traces?.dcrEvent(client, event);
    },
    onStore: (client, { kind, problem }) => {
      if (kind === 'memory')
        log.warn('state.in-memory', { client, error: problem, folder: config.state.dir });
    },
    onService: (it) => gateway.replace(it),
  });
  opened.defer(() => service.close());
  await service.become({ config, inputs });
  void Promise.all(service.clients.map(({ attempted }) => attempted)).then(() => {
    phase.started = true;
  });

  const { app, drain, shed, renewTls } = createPublicListener({
    gateway,
    maxConnections: config.listen.maxConnections,
    headersTimeoutMs: config.listen.headersTimeoutMs,
    keepAliveTimeoutMs: config.listen.keepAliveTimeoutMs,
    writeTimeoutMs: config.listen.writeTimeoutMs,
    now: systemEffects.now,
    tls: inputs.tls,
  });
  const renewal = watchCertificate(options, renewTls);
  opened.defer(() => renewal?.close());
  let publicUrl: string | undefined;

  const admin = createPrivateListener({
    version: programVersion(),
    clients: () => service.clients,
    routes: () => service.routeFacts,
    phase: () => phase,
    callers: () => gateway.callers,
    gateway: isGuardedByConnection(config) ? withoutReports(gateway) : gateway,
    cache,
    telemetry,
    shedRequests: shed,
    reports: () => service.reportAddresses(publicUrl),
    effects: systemEffects,
    log,
  });
  opened.defer(() => admin.close());
  const adminUrl = await admin.listen({ host: config.admin.host, port: config.admin.port });

  opened.defer(() => app.close());
  const address = await listenPublicly(app, config.listen);
  opened.defer(() => address.withdraw());
  if (config.listen.socketPath === undefined) publicUrl = address.url;

  const warmUp = new RunningWarmUp(gateway, log);
  opened.defer(() => warmUp.close());
  warmUp.become(config);

  const reload = openReload(options, telemetry, async (setup) => {
    await service.become(setup);
    warmUp.become(setup.config);
  });
  opened.defer(() => reload?.close());

  const resources = opened.move();
  return {
    url: address.url + service.reportAddresses(undefined).prefix,
    adminUrl,
    get config() {
      return reload?.reload.running.config ?? config;
    },
    reload: async () => {
      await Promise.all([reload?.reload.request() ?? service.checkStatements(), renewal?.check()]);
    },
    close: async (graceMs) => {
      phase.stopping = true;
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

/** Takes up changes of the configuration: when asked to, and when its file changes. */
const openReload = (
  { config, inputs, source, log }: StartProxyOptions,
  telemetry: Telemetry,
  apply: (setup: Setup) => Promise<void>,
) => {
  if (source === undefined) return undefined;
  const reload = new ConfigReload({
    running: { config, inputs },
    load: () => source.load(),
    apply,
    onOutcome: (outcome) => telemetry.reloaded(outcome),
    log,
  });
  const watch =
    source.path === undefined
      ? undefined
      : watchFile({
          path: source.path,
          effects: systemEffects,
          known: () => source.digest,
          onChange: () => void reload.request(),
        });
  return { reload, close: () => watch?.close() };
};

/** The gateway for a listener that knows no report. */
const withoutReports = (gateway: Gateway): Pick<Gateway, 'handle' | 'opened'> => ({
  handle: () => false,
  get opened() {
    return gateway.opened;
  },
});

const watchCertificate = (
  { config, inputs: { tls }, log }: StartProxyOptions,
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
