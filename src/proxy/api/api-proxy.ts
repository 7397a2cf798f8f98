import type { IncomingHttpHeaders } from 'node:http';
import httpProxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy';
import fastify from 'fastify';
import { withoutSchemas } from '../../base/without-schemas.ts';
import { type ApiRequest, Forwarding } from './forwarding.ts';

export type ApiProxy = Awaited<ReturnType<typeof openApiProxy>>;

/**
 * `@fastify/http-proxy`, with its own ideas switched off: it verifies no certificates by itself, repeats requests,
 * takes seconds for milliseconds, rewrites paths and goes on when the caller has left. So it gets no URL, and in the
 * place of header fields our {@link Forwarding}, which is what is sent: the caller's bytes, by the one way to the API
 * that reports take as well.
 */
export const openApiProxy = async () => {
  const byRequest = new WeakMap<object, Forwarding>();
  const app = fastify({ logger: false, trustProxy: false, ...withoutSchemas });
  const send = (
    { headers: { forwarding } }: { headers: { forwarding?: Forwarding } },
    done: (error: Error | null, answer?: Awaited<ReturnType<Forwarding['send']>>) => void,
  ): void => {
    if (forwarding === undefined) done(new Error('nothing is to be forwarded'));
    else forwarding.send().then((answer) => done(null, answer), done);
  };
  await app.register(httpProxy, {
    upstream: 'http://nothing',
    // Of the types of another version of undici, and the same to whoever calls it.
    undici: { request: send } as unknown as NonNullable<FastifyHttpProxyOptions['undici']>,
    disableRequestLogging: true,
    retryMethods: [],
    internalRewriteLocationHeader: false,
    replyOptions: {
      queryString: () => '',
      rewriteRequestHeaders: ({ raw }) =>
        ({ forwarding: byRequest.get(raw) }) as unknown as IncomingHttpHeaders,
      onError: (reply, { error }) => {
        reply.hijack();
        byRequest.get(reply.request.raw)?.fail(causeOf(error));
      },
    },
  });
  await app.ready();
  return {
    forward: (init: ApiRequest): void => {
      byRequest.set(init.request, new Forwarding(init));
      app.routing(init.request, init.response);
    },
    close: () => app.close(),
  };
};

const causeOf = (error: Error): Error => (error.cause instanceof Error ? error.cause : error);
