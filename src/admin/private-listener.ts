import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { withoutSchemas } from '../base/without-schemas.ts';
import { rawHeaders } from '../http/fields.ts';
import { badRequest, type Problem, ProblemError, problemOf, sendProblem } from '../proxy/answer/problem.ts';
import { withoutHeaders } from '../proxy/answer/response-headers.ts';
import { NodeWire } from '../proxy/answer/wire.ts';
import { askedOf } from '../proxy/gateway.ts';
import { accessOf, adminRefusal, isNear, notExposed } from './access.ts';
import { cacheRoutes } from './cache-routes.ts';
import { clientRoutes } from './client-routes.ts';
import { consoleRoutes } from './console.ts';
import { EventStream, openView } from './live.ts';
import { createMetrics } from './metrics.ts';
import type { ProxyProcess } from './proxy-process.ts';
import { proxyStatus } from './status.ts';

/** What any machine may ask for, as routes are registered here. */
const FOR_ALL: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Nobody but operators, probes and scrapers calls here, and none of them is slow to ask. */
const HEAD_TIMEOUT_MS = 10_000;
const MOST_BODY_BYTES = 1024;

/**
 * The private listener: probes, metrics, status and actions for operators, the console, and reports for the console,
 * which it gets from the same gateway as everybody (docs/admin.md). It never holds or tells a secret.
 */
export const createPrivateListener = (proxy: ProxyProcess): FastifyInstance => {
  const { gateway, effects, log } = proxy;
  /** Past what Fastify would add, and tells the log of it. */
  const answer = (reply: FastifyReply, problem: Problem): FastifyReply => {
    const { request } = reply;
    const id = `admin-${request.id}`;
    reply.hijack();
    sendProblem(reply.raw, problem, id);
    log.info('admin.refused', {
      id,
      method: request.method,
      path: request.url.split('?', 1)[0],
      status: problem.status,
      problem: problem.name,
      client: request.socket.remoteAddress,
    });
    return reply;
  };
  const app = fastify({
    logger: false,
    trustProxy: false,
    forceCloseConnections: 'idle',
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: HEAD_TIMEOUT_MS,
    ...withoutSchemas,
    http: { headersTimeout: HEAD_TIMEOUT_MS, requireHostHeader: true },
    frameworkErrors: (_error, _request, reply) => answer(reply, malformed),
  });
  // No request has a use for a body; one that comes all the same does no harm.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null));
  const accessTo = ({ raw }: FastifyRequest) => accessOf(isNear(raw.socket), proxy.config);

  app.addHook('onRequest', async (request, reply) => {
    const isForAll = FOR_ALL.has(request.routeOptions.url ?? '');
    const refusal =
      adminRefusal(request.raw, gateway.allowedHosts) ??
      (isForAll || accessTo(request).operations ? undefined : notExposed);
    if (refusal !== undefined) answer(reply, refusal);
    else reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  // A stop finishes the requests in flight, of which this is one.
  app.post('/api/shutdown', (request, reply) => {
    if (!proxy.config.admin.shutdown) return answer(reply, notFound);
    if (!isNear(request.raw.socket)) return answer(reply, notStoppable);
    proxy.shutdown();
    return reply.send({ status: 'stopping' });
  });

  app.get('/livez', () => ({ status: 'live' }));
  clientRoutes(app, proxy);

  const metrics = createMetrics(proxy);
  app.get('/metrics', async (_request, reply) => {
    reply.header('content-type', metrics.contentType);
    return metrics.metrics();
  });

  app.get('/api/status', () => proxyStatus(proxy));
  cacheRoutes(app, proxy);
  const events = new EventStream(effects.setTimer, () => openView(proxy));
  app.get('/api/events', (_request, reply) => {
    if (events.isFull) return answer(reply, tooManyStreams);
    reply.hijack();
    events.join(reply.raw);
    return reply;
  });
  consoleRoutes(app);
  app.addHook('preClose', async () => events.close());

  app.setNotFoundHandler((request, reply) => {
    if (!accessTo(request).reports) return answer(reply, notFound);
    reply.hijack();
    const asked = askedOf(request.raw);
    return gateway.handle(asked, new AskingAgain(reply.raw)) ? reply : answer(reply, notFound);
  });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof ProblemError) return answer(reply, error.problem);
    const refused = error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500;
    if (!refused) log.warn('admin.request-failed', { error });
    return answer(reply, refused ? malformed : internal);
  });
  return app;
};

const malformed = badRequest(
  'The target, its parameters or the body are not what this path takes: see docs/admin.md.',
);

const internal = problemOf(
  'internal',
  'This is a bug in cmu-proxy: please report it with the log line `admin.request-failed`.',
);

const notStoppable = problemOf(
  'not-exposed',
  'Call the private listener on loopback, from a container of the same pod.',
  { title: 'Only this machine may stop the proxy' },
);

const notFound = problemOf(
  'not-found',
  'The private listener serves /livez, /readyz, /metrics, /api/…, /console/ and reports.',
);

const tooManyStreams = problemOf('overloaded', 'Close one, or look at /api/status, which tells the same.', {
  title: 'Too many consoles are open',
  retryAfterSeconds: 10,
});

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
