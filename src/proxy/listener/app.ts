import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { withoutSchemas } from '../../base/without-schemas.ts';
import { type Problem, problemOf, sendProblem } from '../answer/problem.ts';
import { NodeWire } from '../answer/wire.ts';
import type { ApiProxy, ApiRequest } from '../api/api-proxy.ts';
import type { Asked, Verdict } from '../gate/gate.ts';
import { askedOf, type Gateway } from '../gateway.ts';
import { answerClientError, type ClientError } from './client-error.ts';
import type { Connections } from './connections.ts';

interface Judged {
  readonly asked: Asked;
  readonly verdict: Verdict;
}

/**
 * Targets are judged by the gate, as they came: Fastify's router, which would decode them, is shown none.
 * @param refusalOf why a request is not taken up at all
 */
export const createApp = (
  http: Server,
  connections: Connections,
  gateway: Gateway,
  refusalOf: (request: IncomingMessage, response: ServerResponse) => Problem | undefined,
): FastifyInstance => {
  const refuse = ({ socket }: IncomingMessage, response: ServerResponse, problem: Problem): void =>
    sendProblem(response, problem, gateway.note(problem, { peer: socket.remoteAddress }));
  const app = fastify({
    logger: false,
    trustProxy: false,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    rewriteUrl: () => '/',
    ...withoutSchemas,
    clientErrorHandler: (error: ClientError, socket: Socket) =>
      answerClientError(error, socket, connections, gateway),
    serverFactory: (handler) => {
      const serve = connections.inTurn((request, response) => {
        const refusal = refusalOf(request, response);
        if (refusal === undefined) handler(request, response);
        else refuse(request, response, refusal);
      });
      http.on('request', serve);
      // Nothing is expected of the caller of a report: both go on as if `Expect` had not been sent.
      http.on('checkContinue', serve);
      http.on('checkExpectation', serve);
      return http;
    },
  });
  // Bodies are for the route to read, or to leave.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  app.decorateRequest('judged', null);

  app.addHook('onRequest', (request, _reply, done) => {
    const { raw, originalUrl } = request;
    const { method, rawHeaders, socket } = raw;
    const asked = askedOf({ method, url: originalUrl, rawHeaders, socket });
    request.setDecorator<Judged>('judged', { asked, verdict: gateway.judge(asked) });
    // Bodies are bytes: by their type, or for want of one, Fastify would refuse some, and http-proxy swallow text.
    raw.headers['content-type'] = 'application/octet-stream';
    done();
  });

  // It takes a tenth of a second and 11 MiB to load: nobody pays for it but who has a route to an API.
  let apis: Promise<ApiProxy> | undefined;
  const forward = async (request: ApiRequest): Promise<void> => {
    apis ??= import('../api/api-proxy.ts').then(({ openApiProxy }) => openApiProxy());
    (await apis).forward(request);
  };
  app.addHook('onClose', async () => (await apis)?.close());

  const serve = (request: FastifyRequest, reply: FastifyReply): void => {
    const { asked, verdict } = request.getDecorator<Judged>('judged');
    if (verdict.kind === 'elsewhere' && isWelcome(asked)) {
      gateway.note({ status: 200 }, asked);
      reply.send({ service: 'cmu-proxy', reports: gateway.prefixes });
      return;
    }
    const { raw: response } = reply;
    const wire = new NodeWire(response);
    reply.hijack();
    if (verdict.kind !== 'api') {
      gateway.answer(asked, verdict, wire);
      return;
    }
    const sender = gateway.openApi(asked, verdict, wire);
    if (sender !== undefined)
      void forward({ asked, passage: verdict, sender, request: request.raw, response });
  };
  app.route({ method: app.supportedMethods, url: '/', handler: serve });
  // Methods that Fastify does not know.
  app.setNotFoundHandler(serve);
  app.setErrorHandler((_error, request, reply) => {
    reply.hijack();
    if (reply.raw.headersSent) reply.raw.destroy();
    else refuse(request.raw, reply.raw, failed);
  });
  return app;
};

const failed = problemOf(
  'internal',
  'This is a bug in cmu-proxy: please report it with the request that caused it.',
  { close: true },
);

/** Whoever looks at the root gets a word of help, unless a route is there. */
const isWelcome = ({ target, method }: Asked): boolean =>
  target === '/' && (method === 'GET' || method === 'HEAD');
