import { setTimeout } from 'node:timers/promises';
import { accessOf } from '../admin/access.ts';
import { createPrivateListener } from '../admin/private-listener.ts';
import { systemEffects } from '../base/effects.ts';
import { KnownSecrets } from '../base/known-secrets.ts';
import { programVersion } from '../base/version.ts';
import type { ReportCacheContents } from '../cache/store/report-cache.ts';
import { bindAddress } from '../config/rules/loopback.ts';
import type { Config } from '../config/settings/schema.ts';
import type { Log } from '../log/log.ts';
import type { DcrEvent } from '../oauth/index.ts';
import type { Traces } from '../tracing/traces.ts';
import { openAnswering } from './answering.ts';
import { logDcrEvent } from './dcr-log.ts';
import { createDcrBudgets } from './fleet.ts';
import { adminAccessRules } from './inputs/callers.ts';
import { certificateExpiry } from './inputs/certificates.ts';
import type { ConfigSource } from './inputs/config-source.ts';
import type { Inputs } from './inputs/inputs.ts';
import { openPublicSide, type PublicSide } from './public-side.ts';
import { ConfigReload } from './reload/config-reload.ts';
import { RunningService } from './running/running-service.ts';
import { closeWithin } from './shutdown.ts';
import type { WorkerSide } from './workers/worker-side.ts';

export interface StartProxyOptions {
  readonly config: Config;
  readonly inputs: Inputs;
  /** Where changes of the configuration come from; `undefined`: there are none. */
  readonly source?: ConfigSource;
  readonly log: Log;
  /** Told of every secret that comes up, so that the log is without it. */
  readonly secrets?: KnownSecrets;
  /** Makes spans, if they are wanted. */
  readonly traces?: Traces | undefined;
}

export interface RunningProxy {
  /** Base URL of the public listener, with the prefix; `http://unix:/run/a.sock:/cmu/v2` for a socket. */
  readonly url: string;
  readonly adminUrl: string;
  /** The configuration that runs. */
  readonly config: Config;
  /** Aborts when the private listener is asked to stop the process. */
  readonly stopAsked: AbortSignal;
  /** Reads the configuration, and all files that it names, again now. */
  reload(): Promise<void>;
  /**
   * Unready at once, and connections that are open end with their next answers; after `delayMs` milliseconds none is
   * taken any more, and requests in flight get `graceMs`; then everything is closed.
   * @throws {ShutdownError} when something hangs on after that
   */
  close(graceMs: number, delayMs?: number): Promise<void>;
}

/**
 * The composition root of the proxy: opens what it needs in order, and closes it in the opposite one. The first
 * tokens are fetched while the listeners open; callers who come before them wait for them.
 * @throws {StateLockedError}; what opening a listener throws, such as `EADDRINUSE`; nothing is left open then
 */
export const startProxy = async (options: StartProxyOptions): Promise<RunningProxy> => {
  const { config, inputs, source, log, secrets = new KnownSecrets(), traces } = options;
  secrets.keep([config, inputs]);
  await using opened = new AsyncDisposableStack();
  const phase = { started: false, stopping: false };
  /** Where there are any, it is they who answer callers. */
  let workers: WorkerSide | undefined;
  const answering = await openAnswering({ config, inputs }, { log, secrets, traces, resources: opened });
  const { telemetry, cache, gateway, fleet, shared, routes } = answering;
  const service = new RunningService({
    state: config.state,
    sealing: inputs.sealing,
    budgets: createDcrBudgets(systemEffects, fleet),
    fleet,
    secrets,
    effects: systemEffects,
    routes,
    gateway,
    onDcrEvent: (client: string, event: DcrEvent) => {
      logDcrEvent(log, client, event);
      telemetry.dcrEvent(client, event);
      if (event.event === 'dcr-call') traces?.dcrCall(client, event);
      workers?.dcrEvent(client, event);
    },
    onStore: (client, { kind, problem }) => {
      telemetry.dcr.opened(client, kind);
      if (kind === 'memory')
        log.warn('state.in-memory', { client, error: problem, folder: config.state.dir });
    },
    onFarewellFailed: (client, error) => log.error('client.not-closed', { client, error }),
  });
  opened.defer(() => service.close());
  await service.become({ config, inputs });
  void Promise.all(service.clients.map(({ attempted }) => attempted)).then(() => {
    phase.started = true;
  });

  const stop = new AbortController();
  let side: PublicSide | undefined;
  let reload: ConfigReload | undefined;
  const running = (): Config => reload?.running.config ?? config;
  const admin = createPrivateListener({
    version: programVersion(),
    phase,
    gateway,
    telemetry,
    effects: systemEffects,
    log,
    purgeShared: shared && (() => shared.generation.purge()),
    cache: cache && {
      contents: () => addedUp([cache.contents(), ...(workers?.caches() ?? [])]),
      purge: async (path) => cache.purge(path) + ((await workers?.purge(path)) ?? 0),
    },
    shutdown: config.admin.shutdown
      ? () => {
          log.info('shutdown.asked');
          stop.abort();
        }
      : undefined,
    get clients() {
      return service.clients;
    },
    get routes() {
      return service.routeFacts;
    },
    get reports() {
      return {
        ...service.reportAddresses(config.listen.socketPath === undefined ? side?.url : undefined),
        servedHere: accessOf(true, adminAccessRules(running())).reports,
        socketPath: config.listen.socketPath,
      };
    },
    get accessRules() {
      return adminAccessRules(running());
    },
    get workers() {
      const listening = workers?.listening() ?? (side === undefined ? 0 : 1);
      return { wanted: config.listen.workers, listening, ended: workers?.ended() ?? 0 };
    },
    get certificateExpiresAt() {
      return certificateExpiry((reload?.running.inputs ?? inputs).tls);
    },
    get openedRequests() {
      return gateway.opened + (workers?.opened() ?? 0);
    },
    get shedRequests() {
      return side?.shed() ?? 0;
    },
  });
  opened.defer(() => admin.close());
  const adminUrl = await admin.listen({ host: bindAddress(config.admin.host), port: config.admin.port });

  if (config.listen.workers > 1) {
    const { WorkerSide } = await import('./workers/worker-side.ts');
    workers = await WorkerSide.open({
      size: config.listen.workers,
      graceMs: () => running().shutdown.graceMs,
      clients: () => service.clients,
      telemetry,
      log,
    });
  }
  const callers: PublicSide = workers ?? (await openPublicSide(gateway, { config, inputs }, log));
  opened.defer(() => callers.close());
  side = callers;

  reload =
    source &&
    new ConfigReload({
      running: { config, inputs },
      source,
      apply: async (setup) => {
        secrets.keep([setup.config, setup.inputs]);
        await service.become(setup);
        await callers.become(setup);
      },
      onOutcome: (outcome, waiting) => telemetry.reloaded(outcome, waiting),
      log,
    });
  opened.defer(reload?.watch(systemEffects) ?? (() => {}));

  const resources = opened.move();
  return {
    url: callers.url + service.reportAddresses(undefined).prefix,
    adminUrl,
    get config() {
      return running();
    },
    stopAsked: stop.signal,
    reload: async () => reload?.request(),
    close: async (graceMs, delayMs = 0) => {
      phase.stopping = true;
      callers.drain();
      if (delayMs > 0) await setTimeout(delayMs);
      await closeWithin(graceMs, {
        closing: resources.disposeAsync(),
        cut: () => {
          log.warn('shutdown.grace-over', { graceMs });
          callers.cut();
          admin.server.closeAllConnections();
        },
      });
    },
  };
};

/** What several caches hold together. */
const addedUp = (caches: readonly ReportCacheContents[]): ReportCacheContents =>
  caches.reduce((one, other) => ({
    entries: one.entries + other.entries,
    bytes: one.bytes + other.bytes,
    maxBytes: one.maxBytes + other.maxBytes,
    evictions: one.evictions + other.evictions,
  }));
