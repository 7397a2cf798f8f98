import { setTimeout } from 'node:timers/promises';
import { createPrivateListener } from '../admin/private-listener.ts';
import { systemEffects } from '../base/effects.ts';
import { KnownSecrets } from '../base/known-secrets.ts';
import { Resources } from '../base/resources.ts';
import { programVersion } from '../base/version.ts';
import type { ReportCacheContents } from '../cache/store/report-cache.ts';
import { bindAddress } from '../config/rules/loopback.ts';
import type { Config } from '../config/settings/schema.ts';
import type { Log } from '../log/log.ts';
import type { Traces } from '../tracing/traces.ts';
import { openAnswering } from './answering.ts';
import { createDcrBudgets } from './fleet.ts';
import { certificateExpiry } from './inputs/certificates.ts';
import type { ConfigSource } from './inputs/config-source.ts';
import type { Setup } from './inputs/inputs.ts';
import { openPublicSide, type PublicSide } from './public-side.ts';
import { ConfigReload } from './reload.ts';
import { RunningService } from './running/running-service.ts';
import { closeWithin } from './shutdown.ts';
import type { WorkerSide } from './workers/worker-side.ts';

export interface StartProxyOptions extends Setup {
  /** Where changes of the configuration come from; default: there are none. */
  readonly source?: Pick<ConfigSource, 'load' | 'digests'>;
  readonly log: Log;
  /** Told of every secret that comes up, so that the log is without it. */
  readonly secrets?: KnownSecrets;
  readonly traces?: Traces | undefined;
}

export type RunningProxy = Awaited<ReturnType<typeof startProxy>>;

/**
 * The composition root of the proxy: opens what it needs in order, and closes it in the opposite one. The first
 * tokens are fetched while the listeners open; callers who come before them wait for them.
 * @throws {StateLockedError}; what opening a listener throws, such as `EADDRINUSE`; nothing is left open then
 */
export const startProxy = async ({
  config,
  inputs,
  source = { load: async () => ({ config, inputs, warnings: [] }), digests: new Map() },
  log,
  secrets = new KnownSecrets(),
  traces,
}: StartProxyOptions) => {
  const setup: Setup = { config, inputs };
  secrets.keep(setup);
  await using opened = new Resources();
  const answering = await openAnswering(setup, log, traces, opened);
  const { telemetry, cache, gateway, shared, routes } = answering;
  let workers: WorkerSide | undefined;
  let side: PublicSide | undefined;
  /** Of the public side, once it listens. */
  let url: string | undefined;
  const service = new RunningService({
    ...answering,
    setup,
    budgets: createDcrBudgets(systemEffects, answering.fleet),
    secrets,
    effects: systemEffects,
    log,
    onDcrEvent: (client, event) => {
      answering.dcrEvent(client, event);
      workers?.dcrEvent(client, event);
    },
  });
  opened.defer(() => service.close());
  await service.become(setup);
  const phase = { started: false, stopping: false };
  void Promise.all(service.clients.map(({ attempted }) => attempted)).then(() => {
    phase.started = true;
  });
  const reload = new ConfigReload({
    running: setup,
    source,
    apply: async (changed) => {
      secrets.keep(changed);
      await service.become(changed);
      await side?.become(changed);
    },
    tally: telemetry.reloads,
    log,
  });

  const stop = new AbortController();
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
      purge: async (path) => cache.purge(path) + ((await workers?.pool.ask({ kind: 'purge', path })) ?? 0),
    },
    shutdown: () => {
      log.info('shutdown.asked');
      stop.abort();
    },
    get clients() {
      return service.clients;
    },
    get routes() {
      return routes.facts;
    },
    get reports() {
      const isSocket = config.listen.socketPath !== undefined;
      return { ...routes.main, publicUrl: isSocket || !url ? undefined : url + routes.main.prefix };
    },
    get config() {
      return reload.running.config;
    },
    get workers() {
      const { listening, ended } = workers?.pool ?? { listening: 1, ended: 0 };
      return { wanted: config.listen.workers, listening: url === undefined ? 0 : listening, ended };
    },
    get certificateExpiresAt() {
      return certificateExpiry(reload.running.inputs.tls);
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
    workers = new WorkerSide({ reload, service, telemetry, log });
  }
  const callers = workers ?? (await openPublicSide(gateway, setup, log));
  opened.defer(() => callers.close());
  url = await callers.url;
  side = callers;
  opened.defer(reload.watch(systemEffects));

  const resources = opened.move();
  return {
    /** Base URL of the public listener, with the prefix; `http://unix:/run/a.sock:/cmu/v2` for a socket. */
    url: url + routes.main.prefix,
    adminUrl,
    get config(): Config {
      return reload.running.config;
    },
    /** Aborts when the private listener is asked to stop the process. */
    get stopAsked(): AbortSignal {
      return stop.signal;
    },
    reload: () => reload.request(),
    /**
     * Unready at once, and connections that are open end with their next answers; after `delayMs` milliseconds none is
     * taken any more, and requests in flight get `graceMs`; then everything is closed.
     * @throws {ShutdownError} when something hangs on after that
     */
    close: async (graceMs: number, delayMs = 0): Promise<void> => {
      phase.stopping = true;
      callers.drain();
      if (delayMs > 0) await setTimeout(delayMs);
      await closeWithin(graceMs, resources[Symbol.asyncDispose](), () => {
        log.warn('shutdown.grace-over', { graceMs });
        callers.cut();
        admin.server.closeAllConnections();
      });
    },
  };
};

const addedUp = (caches: readonly ReportCacheContents[]): ReportCacheContents =>
  caches.reduce((one, other) => ({
    entries: one.entries + other.entries,
    bytes: one.bytes + other.bytes,
    maxBytes: one.maxBytes + other.maxBytes,
    evictions: one.evictions + other.evictions,
  }));
