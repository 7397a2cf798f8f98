import type { FastifyInstance } from 'fastify';
import { DcrError } from '../oauth/index.ts';
import { ProblemError, problemOf } from '../proxy/answer/problem.ts';
import { refusalOf } from '../proxy/gate/caller-policy.ts';
import { readRequestHead } from '../proxy/gate/request-head.ts';
import { fetchProblem } from '../proxy/reports/fetch-problem.ts';
import type { AdminClient, ProxyProcess } from './proxy-process.ts';
import { readinessOf, tokenStatus } from './status.ts';

/**
 * `GET /readyz` tells whether requests should come here, `?client=brand-a` whether those of one client, `?strict`
 * whether there is a token. `POST /api/token/refresh` gets a new token for the client of that name, which may be left
 * out where there is one; `POST /api/registration/renew` registers it anew before.
 */
export const clientRoutes = (app: FastifyInstance, proxy: ProxyProcess): void => {
  const chosen = (query: unknown): readonly AdminClient[] => {
    const { client } = Object(query);
    return client === undefined ? proxy.clients : proxy.clients.filter(({ name }) => name === client);
  };

  app.get('/readyz', ({ raw, query }, reply) => {
    const asked = chosen(query);
    if (asked.length === 0) throw unknownClient(proxy);
    const strict = Object(query).strict !== undefined;
    const { ready, reason, unready } = readinessOf(asked, proxy.phase, proxy.workers.listening, strict);
    reply.code(ready ? 200 : 503);
    // Probes are answered by any name; names of clients are not for pages of other sites.
    const tells =
      unready.length > 0 &&
      refusalOf(readRequestHead(raw.rawHeaders), proxy.gateway.allowedHosts) === undefined;
    return { status: ready ? 'ready' : 'unready', reason, ...(tells && { clients: unready }) };
  });

  const action = (path: string, event: string, run: (tokens: AdminClient['tokens']) => Promise<void>) =>
    app.post(path, async ({ query }) => {
      const [client, ...others] = chosen(query);
      if (client === undefined || others.length > 0) throw unknownClient(proxy);
      proxy.log.info(event, { client: client.name });
      try {
        await run(client.tokens);
        const { registration, token } = tokenStatus(client.tokens.status());
        return { registration, token };
      } catch (error) {
        if (!(error instanceof DcrError)) throw error;
        throw new ProblemError(fetchProblem(error, proxy.reports.upstream));
      }
    });
  action('/api/token/refresh', 'token.refresh-asked', (tokens) => tokens.refresh());
  action('/api/registration/renew', 'dcr.registration-asked', (tokens) => tokens.registerAnew());
};

/** For whoever names a client that there is not, or none where there are several. */
const unknownClient = ({ clients }: ProxyProcess): ProblemError => {
  const names = clients.map(({ name }) => name);
  const detail = `Name one in the query, as in ?client=${names[0]}. There are: ${names.join(', ')}.`;
  return new ProblemError(problemOf('bad-request', detail, { title: 'Which client is meant?' }));
};
