import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Effects } from '../base/effects.ts';
import type { EpochMs } from '../base/units.ts';
import { withoutSchemas } from '../base/without-schemas.ts';
import { rawHeaders } from '../http/header-lookup.ts';
import type { Log } from '../log/log.ts';
import type { Problem } from '../proxy/answer/problem.ts';
import { withoutHeaders } from '../proxy/answer/response-headers.ts';
import { NodeWire } from '../proxy/answer/wire.ts';
import type { CallerPolicy } from '../proxy/gate/caller-policy.ts';
import { askedOf, type Gateway } from '../proxy/gateway.ts';
import { type AccessRules, accessOf, isNear, notExposed } from './access.ts';
import { type CacheAccess, cacheFigures, cacheRoutes } from './cache-routes.ts';
import { clientRoutes } from './client-routes.ts';
import { consoleRoutes } from './console-routes.ts';
import { EventStream } from './event-stream.ts';
import { adminRefusal } from './guard.ts';
import { LiveFigures } from './live-figures.ts';
import { createMetrics, type WorkerFacts } from './metrics.ts';
import { openConsole } from './open-console.ts';
import { answerProblem, badRequest } from './problems.ts';
import { type AdminClient, type ProcessPhase, readinessOf } from './readiness.ts';
import { proxyStatus } from './status.ts';
import type { Telemetry } from './telemetry.ts';
import type { LiveEvent, ReportAddresses, RouteFacts } from './wire.ts';

export interface PrivateListenerOptions {
  readonly version: string;
  /** There is at least one. */
  readonly clients: () => readonly AdminClient[];
  readonly routes: () => readonly RouteFacts[];
  readonly phase: () => ProcessPhase;
  readonly callers: () => CallerPolicy;
  readonly accessRules: () => AccessRules;
  /** Answers report requests of the console, as it does those of the public listener. */
  readonly gateway: Pick<Gateway, 'handle'>;
  readonly workers: () => WorkerFacts;
  /** When the certificate of the public listener expires; `undefined` without TLS. */
  readonly certificateExpiresAt: () => EpochMs | undefined;
  /** Requests taken up since the start, in whichever process. */
  readonly openedRequests: () => number;
  readonly cache: CacheAccess | undefined;
  /** Has all replicas forget the reports that they share, if they do. @returns whether the shared store knows */
  readonly purgeShared?: (() => Promise<boolean>) | undefined;
  readonly telemetry: Telemetry;
  /** Requests refused for want of connections. */
  readonly shedRequests: () => number;
  readonly reports: () => ReportAddresses;
  /** Begins a stop; `undefined`: nobody may ask for one here. */
  readonly shutdown: (() => void) | undefined;
  readonly effects: Pick<Effects, 'now' | 'setTimer'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'dropped'>;
}

/** What any machine may ask for, as routes are registered here. */
const FOR_ALL: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Nobody but operators, probes and scrapers calls here, and none of them is slow to ask. */
const HEAD_TIMEOUT_MS = 10_000;
const MOST_BODY_BYTES = 1024;

/**
 * The private listener: probes, metrics, status and actions for operators, the console, and reports for the console,
 * which it gets from the same gateway as everybody (docs/admin.md). It never holds or tells a secret.
 */
export const createPrivateListener = (options: PrivateListenerOptions): FastifyInstance => {
  const { cache, gateway, telemetry, clients, effects } = options;
  const app = fastify({
    logger: false,
    trustProxy: false,
    forceCloseConnections: 'idle',
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: HEAD_TIMEOUT_MS,
    ...withoutSchemas,
    http: { headersTimeout: HEAD_TIMEOUT_MS, requireHostHeader: true },
    frameworkErrors: (_error, _request, reply) => answerProblem(reply, badRequest),
  });
  app.decorate('ownLog', options.log);
  // No request has a use for a body; one that comes all the same does no harm.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null));
  const accessTo = ({ raw }: FastifyRequest) => accessOf(isNear(raw.socket), options.accessRules());
  const listening = () => options.workers().listening;
  const readiness = () => readinessOf(clients(), options.phase(), listening());
  const status = () =>
    proxyStatus(telemetry, {
      version: options.version,
      now: effects.now(),
      readiness: readiness(),
      reports: options.reports(),
      clients: clients(),
      routes: options.routes(),
    });

  app.addHook('onRequest', async (request, reply) => {
    const isForAll = FOR_ALL.has(request.routeOptions.url ?? '');
    const refusal =
      adminRefusal(request.raw, options.callers()) ??
      (isForAll || accessTo(request).operations ? undefined : notExposed);
    if (refusal !== undefined) answerProblem(reply, refusal);
    else reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  // A stop finishes the requests in flight, of which this is one.
  app.post('/api/shutdown', (request, reply) => {
    if (options.shutdown === undefined) return answerProblem(reply, notFound);
    if (!isNear(request.raw.socket)) return answerProblem(reply, notStoppable);
    options.shutdown();
    return reply.send({ status: 'stopping' });
  });

  app.get('/livez', () => ({ status: 'live' }));
  clientRoutes(app, { ...options, workers: listening, upstream: () => options.reports().upstream });

  const metrics = createMetrics({
    version: options.version,
    now: effects.now,
    traffic: telemetry.traffic,
    dcr: telemetry.dcr,
    clients,
    routes: options.routes,
    reloads: telemetry.reloads,
    ready: () => readiness().ready,
    workers: options.workers,
    certificateExpiresAt: options.certificateExpiresAt,
    openedRequests: options.openedRequests,
    shedRequests: options.shedRequests,
    droppedLogLines: options.log.dropped,
    cacheContents: () => cache?.contents(),
  });
  app.get('/metrics', async (_request, reply) => {
    reply.header('content-type', metrics.contentType);
    return metrics.text();
  });

  app.get('/api/status', status);
  cacheRoutes(app, cache, telemetry.traffic, options);
  const events = new EventStream(effects.setTimer, () => {
    const figures = new LiveFigures(telemetry.traffic, effects.now());
    return (): LiveEvent => ({
      status: status(),
      cache: cacheFigures(cache, telemetry.traffic),
      inFlight: Math.max(0, options.openedRequests() - telemetry.traffic.answeredCount),
      ...figures.look(effects.now()),
    });
  });
  app.get('/api/events', (_request, reply) => {
    if (events.isFull) return answerProblem(reply, tooManyStreams);
    reply.hijack();
    events.join(reply.raw);
    return reply;
  });
  consoleRoutes(app, openConsole());
  app.addHook('preClose', async () => events.close());

  app.setNotFoundHandler((request, reply) => {
    if (!accessTo(request).reports) return answerProblem(reply, notFound);
    reply.hijack();
    const asked = askedOf(request.raw);
    return gateway.handle(asked, new AskingAgain(reply.raw)) ? reply : answerProblem(reply, notFound);
  });
  app.setErrorHandler((error, _request, reply) => {
    const refused = error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500;
    if (!refused) options.log.warn('admin.request-failed', { error });
    return answerProblem(reply, refused ? badRequest : internal);
  });
  return app;
};

const internal: Problem = {
  status: 500,
  name: 'internal',
  title: 'The request failed inside the proxy',
  detail: 'This is a bug in cmu-proxy: please report it with the log line `admin.request-failed`.',
};

const notStoppable: Problem = {
  status: 403,
  name: 'not-exposed',
  title: 'Only this machine may stop the proxy',
  detail: 'Call the private listener on loopback, from a container of the same pod.',
};

const notFound: Problem = {
  status: 404,
  name: 'not-found',
  title: 'Nothing is served at this path',
  detail: 'The private listener serves /livez, /readyz, /metrics, /api/…, /console/ and reports.',
};

const tooManyStreams: Problem = {
  status: 503,
  name: 'overloaded',
  title: 'Too many consoles are open',
  detail: 'Close one, or look at /api/status, which tells the same.',
  retryAfterSeconds: 10,
};

/** A browser that shows the console asks each time, so that what was purged is gone from the screen as well. */
class AskingAgain extends NodeWire {
  override begin(status: number, fields: readonly string[]): void {
    const told = rawHeaders(fields)('cache-control');
    const isOld = told === undefined || /\bno-store\b/i.test(told);
    super.begin(
      status,
      isOld ? fields : [...withoutHeaders(fields, 'cache-control'), 'Cache-Control', 'no-cache'],
    );
  }
}
