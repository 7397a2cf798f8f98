import { randomBytes } from 'node:crypto';
import { noticeOf } from '../admin/dcr-history.ts';
import { Telemetry } from '../admin/telemetry.ts';
import { systemEffects } from '../base/effects.ts';
import type { Resources } from '../base/resources.ts';
import { withIsoTimes } from '../base/units.ts';
import { programVersion } from '../base/version.ts';
import type { Environment } from '../config/loading/environment.ts';
import type { Config } from '../config/settings/schema.ts';
import type { Log } from '../log/log.ts';
import type { DcrEvent } from '../oauth/index.ts';
import { Gateway } from '../proxy/gateway.ts';
import { openTracing, type Tracing } from '../tracing/open-tracing.ts';
import type { Traces } from '../tracing/traces.ts';
import { accessLog } from './access-log.ts';
import { openFleet, openSharedReports } from './fleet.ts';
import type { Setup } from './inputs/inputs.ts';
import { openCache } from './running/routes.ts';
import { RunningRoutes } from './running/running-routes.ts';

/** What answers callers in one process: the only one, or a worker. */
export type Answering = Awaited<ReturnType<typeof openAnswering>>;

/** Opens it, without routes: it serves nothing yet. @param worker the number of this one, if it is one */
export const openAnswering = async (
  { config, inputs }: Setup,
  log: Log,
  traces: Traces | undefined,
  resources: Resources,
  worker?: number,
) => {
  const telemetry = new Telemetry(systemEffects.now);
  const cache = openCache(shareOf(config));
  const access = accessLog(log, systemEffects.now);
  const gateway = new Gateway({
    now: systemEffects.now,
    elapsed: () => performance.now(),
    ...(traces && { onOpened: (head) => traces.opened(head) }),
    onAnswered: (answered) => {
      telemetry.traffic.answered(answered);
      traces?.answered(answered);
      access(answered);
    },
    onFetched: (outcome) => telemetry.fetched(outcome),
    instance: worker === undefined ? '' : `-${worker}`,
    loopId: randomBytes(6).toString('hex'),
  });
  // A worker's tokens are lent, so that Redis is only for reports there.
  const needsFleet = worker === undefined || config.redis.reports.maxEntryBytes > 0;
  const fleet = needsFleet ? await openFleet(config, inputs, systemEffects) : undefined;
  resources.defer(() => fleet?.store.close());
  const shared = await openSharedReports(config, fleet, inputs.sealing, systemEffects, telemetry.traffic);
  resources.defer(() => shared?.generation.close());
  const processes = worker === undefined ? 1 : config.listen.workers;
  const routes = new RunningRoutes({ gateway, cache, shared, traces, processes });
  /** Tells log, metrics and traces of an event of the client of this name. */
  const dcrEvent = (client: string, event: DcrEvent): void => {
    const [level, name] = noticeOf(event);
    const { event: _, ...fields } = event;
    log.child({ client })[level](name, withIsoTimes(fields));
    telemetry.dcrEvent(client, event);
    if (event.event === 'dcr-call') traces?.dcrCall(client, event);
  };
  return { telemetry, cache, gateway, fleet, shared, routes, dcrEvent };
};

/**
 * What one process gets of what is configured for all: workers share the connections and, with the process that lends
 * them tokens, the cache.
 */
export const shareOf = (config: Config): Config => {
  const { workers, maxConnections } = config.listen;
  if (workers === 1) return config;
  const maxBytes = Math.floor(config.cache.maxBytes / (workers + 1));
  return {
    ...config,
    listen: { ...config.listen, maxConnections: Math.ceil(maxConnections / workers) },
    cache: { ...config.cache, maxBytes, maxEntryBytes: Math.min(config.cache.maxEntryBytes, maxBytes) },
  };
};

/** Reports matter more than their traces: without the packages for them the proxy runs all the same. */
export const wantedTracing = (env: Environment, log: Pick<Log, 'warn'>): Promise<Tracing | undefined> =>
  openTracing(env, programVersion(), systemEffects.now).catch((error: unknown) => {
    log.warn('tracing.unavailable', { error });
    return undefined;
  });
