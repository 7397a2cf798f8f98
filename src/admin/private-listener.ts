import fastify, { type FastifyInstance } from 'fastify';
import type { TokenSource, TokenSourceStatus } from '../dcr/index.ts';
import { isoTime } from '../units.ts';

export interface PrivateListenerOptions {
  readonly tokens: TokenSource;
  readonly isStopping: () => boolean;
  readonly version: string;
}

/** The private listener: health and status. Never holds or tells a secret. */
export const createPrivateListener = (options: PrivateListenerOptions): FastifyInstance => {
  const app = fastify({ logger: false, trustProxy: false, forceCloseConnections: 'idle' });

  app.get('/livez', () => ({ status: 'live' }));

  app.get('/readyz', (_request, reply) => {
    const ready = !options.isStopping() && options.tokens.current() !== undefined;
    const reason = options.isStopping() ? 'stopping' : options.tokens.status().state;
    reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    return { status: ready ? 'ready' : 'unready', reason };
  });

  app.get('/api/status', (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { version: options.version, token: statusForPeople(options.tokens.status()) };
  });

  return app;
};

/** Times in ISO 8601, which people and `jq` can read. */
const statusForPeople = (status: TokenSourceStatus) => ({
  state: status.state,
  registration: status.registration && {
    clientId: status.registration.clientId,
    issuedAt: isoTime(status.registration.issuedAt),
    ...(status.registration.expiresAt === undefined
      ? {}
      : { expiresAt: isoTime(status.registration.expiresAt) }),
  },
  token: status.token && {
    receivedAt: isoTime(status.token.receivedAt),
    expiresAt: isoTime(status.token.expiresAt),
    refreshAt: isoTime(status.token.refreshAt),
  },
  nextAttemptAt: status.nextAttemptAt === null ? null : isoTime(status.nextAttemptAt),
  lastFailure: status.lastFailure && { ...status.lastFailure, at: isoTime(status.lastFailure.at) },
  counts: status.counts,
});
