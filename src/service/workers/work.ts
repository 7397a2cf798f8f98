import cluster from 'node:cluster';
import { Telemetry } from '../../admin/telemetry.ts';
import { systemEffects } from '../../base/effects.ts';
import { errorCode } from '../../base/error-code.ts';
import { growHeapSparingly } from '../../base/heap-growth.ts';
import { trimHeap } from '../../base/heap-trim.ts';
import { type CommandContext, type ExitCode, stopped } from '../../cli/command.ts';
import { createLogger } from '../../log/log.ts';

import { ConfigSource } from '../inputs/config-source.ts';
import type { Setup } from '../inputs/inputs.ts';
import { openFleet } from '../open-fleet.ts';
import { openGateway } from '../open-gateway.ts';
import { openSharedReports } from '../open-shared-reports.ts';
import { openPublicSide } from '../public-side.ts';
import { ConfigReload } from '../reload/config-reload.ts';
import { RunningWarmUp } from '../running/open-warm-up.ts';
import { openCache } from '../running/routes.ts';
import { RunningRoutes } from '../running/running-routes.ts';
import { shareOf } from '../shares.ts';
import { closeWithin } from '../shutdown.ts';
import { wantedTracing } from '../wanted-tracing.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { Reports } from './reports.ts';
import { WorkerService } from './worker-service.ts';

/** A worker: answers callers with tokens that the process lends which has started this one. Runs until that tells it to stop. */
export async function work(context: CommandContext, file: string | undefined): Promise<ExitCode> {
  const { worker } = cluster;
  if (worker === undefined) throw new Error('not a worker');
  const send = (message: FromWorker): void => {
    if (worker.isConnected()) worker.send(message);
  };
  const reports = new Reports(systemEffects, send);
  const source = new ConfigSource(file, context.env);
  const loaded = await source.load();
  if ('mistakes' in loaded) {
    // The other process has read it a moment ago and found nothing wrong.
    send({ kind: 'not-started', code: undefined, message: 'The configuration has changed meanwhile.' });
    return 2;
  }
  const log = createLogger({ level: loaded.config.log.level, destination: reports.log, pretty: false });
  try {
    await serveCallers(context, loaded, source, { worker, send, reports, log });
    return 0;
  } catch (error) {
    send({
      kind: 'not-started',
      code: errorCode(error),
      message: error instanceof Error ? error.message : 'unknown error',
    });
    return 1;
  } finally {
    await log.close();
    reports.close();
    // What was sent has to leave before the process does.
    await new Promise((left) => (worker.isConnected() ? worker.send(NOTHING, left) : left(null)));
  }
}

const NOTHING: FromWorker = { kind: 'lines', text: '' };

interface Surroundings {
  readonly worker: NonNullable<typeof cluster.worker>;
  readonly send: (message: FromWorker) => void;
  readonly reports: Reports;
  readonly log: ReturnType<typeof createLogger>;
}

async function serveCallers(
  context: CommandContext,
  setup: Setup,
  source: ConfigSource,
  { worker, send, reports, log }: Surroundings,
): Promise<void> {
  growHeapSparingly();
  const { config, inputs } = setup;
  const share = shareOf(config);
  const tracing = await wantedTracing(context, log);
  const telemetry = new Telemetry(systemEffects.now);
  const cache = openCache(share);
  const gateway = openGateway({
    telemetry,
    log,
    traces: tracing?.traces,
    instance: `-${worker.id}`,
  });
  // Tokens are lent, so that Redis is only for the reports here.
  const fleet =
    config.redis.reports.maxEntryBytes > 0 ? await openFleet(config, inputs, systemEffects) : undefined;
  const shared = await openSharedReports(config, fleet, inputs.sealing, systemEffects, telemetry.shared);
  const routes = new RunningRoutes({
    cache,
    shared: shared?.reports,
    traces: tracing?.traces,
    processes: config.listen.workers,
  });
  const service = new WorkerService(routes, send, (it) => gateway.replace(it));
  const warmUp = new RunningWarmUp(gateway, log);
  const reload = new ConfigReload({
    running: setup,
    load: () => source.load(),
    apply: async (next) => {
      await service.become(next);
      warmUp.become(next.config);
    },
    onOutcome: () => {},
    // The process that has asked for it says what there is to say.
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
  const told = new AbortController();
  await service.become(setup);
  const side = await openPublicSide({ gateway, listen: share.listen, tls: inputs.tls, log });
  worker.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'lent':
        service.lent(message.client, message.token);
        return;
      case 'failed':
        service.failed(message.client, message.failure);
        return;
      case 'purge':
        send({ kind: 'done', ask: message.ask, result: cache?.purge(message.path) ?? 0 });
        return;
      case 'reload':
        void Promise.all([reload.request(), side.checkFiles()]).then(() =>
          send({ kind: 'done', ask: message.ask, result: 1 }),
        );
        return;
      case 'stop':
        told.abort();
    }
  });
  send({ kind: 'hello' });
  reports.start({
    opened: () => gateway.opened,
    shed: side.shed,
    telemetry,
    cache: () => cache?.contents(),
  });
  warmUp.become(config);
  trimHeap();
  send({ kind: 'listening', url: side.url });
  await stopped(AbortSignal.any([context.stopping, told.signal]));
  warmUp.close();
  side.drain();
  const { graceMs } = reload.running.config.shutdown;
  await closeWithin(graceMs, { closing: side.close().then(() => service.close()), cut: side.cut });
  shared?.close();
  await fleet?.close();
  await tracing?.close().catch(() => {});
}
