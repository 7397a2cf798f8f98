import cluster from 'node:cluster';
import { once } from 'node:events';
import { asError, errorCode } from '../../base/error-code.ts';
import { Resources } from '../../base/resources.ts';
import type { Environment } from '../../config/loading/environment.ts';
import { createLogger } from '../../log/log.ts';
import { openAnswering, shareOf, wantedTracing } from '../answering.ts';
import { growHeapSparingly, trimHeap } from '../heap.ts';
import { ConfigSource } from '../inputs/config-source.ts';
import { openPublicSide } from '../public-side.ts';
import { ConfigReload } from '../reload/config-reload.ts';
import { closeWithin } from '../shutdown.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { Reports } from './reports.ts';
import { WorkerService } from './worker-service.ts';

/**
 * A worker: answers callers with tokens that the process lends which has started this one. Runs until that tells it
 * to stop.
 */
export async function work(
  { env, stopping }: { readonly env: Environment; readonly stopping: AbortSignal },
  file: string | undefined,
): Promise<0 | 1 | 2> {
  const { worker } = cluster;
  if (worker === undefined) throw new Error('not a worker');
  const send = (message: FromWorker): void => {
    if (worker.isConnected()) worker.send(message);
  };
  const source = new ConfigSource(file, env);
  const setup = await source.load();
  if ('mistakes' in setup) {
    // The other process has read it a moment ago and found nothing wrong.
    send({ kind: 'not-started', code: undefined, message: 'The configuration has changed meanwhile.' });
    return 2;
  }
  const reports = new Reports(send);
  const log = createLogger({ level: setup.config.log.level, destination: reports.log, pretty: false });
  try {
    growHeapSparingly();
    const tracing = await wantedTracing(env, log);
    await using resources = new Resources();
    resources.defer(() => tracing?.close().catch(() => {}));
    const traces = tracing?.traces;
    const answering = await openAnswering(setup, { log, traces, worker: worker.id, resources });
    const service = new WorkerService(answering, send);
    service.become(setup);
    const side = await openPublicSide(answering.gateway, { ...setup, config: shareOf(setup.config) }, log);
    const reload = new ConfigReload({
      running: setup,
      source,
      apply: async (next) => {
        service.become(next);
        await side.become(next);
      },
      onOutcome: () => {},
      // The process that has asked for it says what there is to say.
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });
    const told = new AbortController();
    worker.on('message', (message: ToWorker) => {
      switch (message.kind) {
        case 'lent':
        case 'failed':
          service.take(message);
          return;
        case 'purge':
          send({ kind: 'done', ask: message.ask, result: answering.cache?.purge(message.path) ?? 0 });
          return;
        case 'reload':
          void reload.request().then(() => send({ kind: 'done', ask: message.ask, result: 1 }));
          return;
        case 'drain':
          side.drain();
          return;
        case 'stop':
          told.abort();
      }
    });
    reports.start(answering, side);
    trimHeap();
    send({ kind: 'listening', url: side.url });
    const stop = AbortSignal.any([stopping, told.signal]);
    if (!stop.aborted) await once(stop, 'abort');
    side.drain();
    const { graceMs } = reload.running.config.shutdown;
    const closing = side.close().then(() => service.close());
    await closeWithin(graceMs, closing, side.cut);
    return 0;
  } catch (error) {
    send({ kind: 'not-started', code: errorCode(error), message: asError(error).message });
    return 1;
  } finally {
    await log.close();
    reports.close();
    // What was sent has to leave before the process does.
    await new Promise((left) => (worker.isConnected() ? worker.send(NOTHING, left) : left(null)));
  }
}

const NOTHING: FromWorker = { kind: 'lines', text: '' };
