import cluster from 'node:cluster';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { systemEffects } from '../../base/effects.ts';
import { asError, errorCode } from '../../base/error-code.ts';
import { Resources } from '../../base/resources.ts';
import type { Environment } from '../../config/loading/environment.ts';
import { createLogger } from '../../log/log.ts';
import { BorrowedTokens, ProvenTokens, type SoftwareStatement, type ToBorrower } from '../../oauth/index.ts';
import { type Answering, openAnswering, shareOf, wantedTracing } from '../answering.ts';
import { growHeapSparingly, trimHeap } from '../heap.ts';
import { ConfigSource } from '../inputs/config-source.ts';
import type { Setup } from '../inputs/inputs.ts';
import { openPublicSide, type PublicSide } from '../public-side.ts';
import { ConfigReload } from '../reload.ts';
import { closeWithin } from '../shutdown.ts';
import type { FromWorker, ToWorker } from './worker-pool.ts';

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
  const send: Send = (message) => {
    if (worker.isConnected()) worker.send(message);
  };
  const source = new ConfigSource(file, env);
  const setup = await source.load();
  if ('mistakes' in setup) {
    // The other process has read it a moment ago and found nothing wrong.
    send({ kind: 'not-started', code: undefined, message: 'The configuration has changed meanwhile.' });
    return 2;
  }
  const reports = openReports(send);
  const log = createLogger({ level: setup.config.log.level, destination: reports.log, pretty: false });
  try {
    growHeapSparingly();
    const tracing = await wantedTracing(env, log);
    await using resources = new Resources();
    resources.defer(() => tracing?.close().catch(() => {}));
    const answering = await openAnswering(setup, log, tracing?.traces, resources, worker.id);
    const service = borrowingService(answering, send);
    service.become(setup);
    const side = await openPublicSide(answering.gateway, { ...setup, config: shareOf(setup.config) }, log);
    const reload = new ConfigReload({
      running: setup,
      source,
      apply: async (next) => {
        service.become(next);
        await side.become(next);
      },
      tally: answering.telemetry.reloads,
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
    send({ kind: 'listening', url: await side.url });
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

type Send = (message: FromWorker) => void;

interface BorrowingClient {
  readonly statement: SoftwareStatement;
  readonly tokens: BorrowedTokens;
  readonly bearer: ProvenTokens;
}

/** Clients and routes in a worker: as `RunningService`, but the clients' tokens are lent. */
const borrowingService = ({ routes, dcrEvent }: Answering, send: Send) => {
  let clients: ReadonlyMap<string, BorrowingClient> = new Map();
  const borrow = (client: string) => {
    const tokens = new BorrowedTokens((refused) => send({ kind: 'ask', client, refused }), systemEffects);
    return { tokens, bearer: new ProvenTokens(tokens, systemEffects, (event) => dcrEvent(client, event)) };
  };
  return {
    become: (setup: Setup): void => {
      const before = clients;
      clients = new Map(
        setup.inputs.clients.map(({ config: { name }, statement }) => {
          const known = before.get(name);
          const isSame = known?.statement.fingerprint === statement.fingerprint;
          return [name, isSame ? known : { ...(known ?? borrow(name)), statement }];
        }),
      );
      routes.become(setup, clients);
    },
    take: (message: ToBorrower): void => clients.get(message.client)?.tokens.take(message),
    close: (): void => {
      routes.close();
      for (const { tokens } of clients.values()) tokens.close();
    },
  };
};

const REPORT_EVERY_MS = 200;
/** Lines of the log do not wait for the next report once there are so many, in UTF-16 units. */
const MOST_HELD = 65_536;

/**
 * A worker's reports to the process that holds the credentials, which writes the one log and tells the one set of
 * figures: counts are added up and lines held together, so that a request costs the same few additions as without
 * workers.
 */
const openReports = (send: Send) => {
  let report = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  let lines = '';
  const flush = (): void => {
    const text = lines;
    lines = '';
    if (text !== '') send({ kind: 'lines', text });
    report();
  };
  return {
    /** For the log: whole lines, one or more a write. */
    log: new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        lines += String(chunk);
        if (lines.length >= MOST_HELD) flush();
        done();
      },
    }),
    start: ({ gateway, telemetry, cache }: Answering, side: PublicSide): void => {
      let told = { opened: 0, shed: 0 };
      report = () => {
        const now = { opened: gateway.opened, shed: side.shed() };
        const [opened, shed] = [now.opened - told.opened, now.shed - told.shed];
        told = now;
        const [traffic, noted] = [telemetry.traffic.take(), telemetry.upstream];
        send({ kind: 'report', opened, shed, traffic, noted, cache: cache?.contents() });
      };
      timer = setInterval(flush, REPORT_EVERY_MS).unref();
    },
    close: (): void => {
      clearInterval(timer);
      flush();
    },
  };
};
