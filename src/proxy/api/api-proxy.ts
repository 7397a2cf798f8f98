import httpProxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy';
import fastify from 'fastify';
import { withoutSchemas } from '../../base/without-schemas.ts';
import { type ApiRequest, Forwarding } from './forwarding.ts';

/** Forwards requests to APIs. */
export interface ApiProxy {
  forward(request: ApiRequest): void;
  close(): Promise<void>;
}

/** What `@fastify/http-proxy` hands over to be sent. */
interface Outgoing {
  /** Names the forwarding. */
  readonly origin: string;
}

/**
 * `@fastify/http-proxy`, with its own ideas switched off: it verifies no certificates by itself, repeats requests,
 * takes seconds for milliseconds, rewrites paths and goes on when the caller has left. So it gets no URL but a name,
 * and what is sent under that name is our {@link Forwarding}'s: the caller's bytes, by the one way to the API that
 * reports take as well.
 */
export const openApiProxy = async (): Promise<ApiProxy> => {
  const byName = new Map<string, Forwarding>();
  const byRequest = new WeakMap<object, { readonly name: string; readonly forwarding: Forwarding }>();
  let count = 0;
  const app = fastify({ logger: false, trustProxy: false, ...withoutSchemas });
  const send = ({ origin }: Outgoing, done: (error: Error | null, answer?: unknown) => void): void => {
    const forwarding = byName.get(origin);
    byName.delete(origin);
    if (forwarding === undefined) done(new Error('nothing is to be forwarded'));
    else forwarding.send().then((answer) => done(null, answer), done);
  };
  await app.register(httpProxy, {
    upstream: '',
    // Of the types of another version of undici, and the same to whoever calls it.
    undici: { request: send } as unknown as NonNullable<FastifyHttpProxyOptions['undici']>,
    // The URL of each request is a name of ours, which never comes again.
    disableCache: true,
    disableRequestLogging: true,
    retryMethods: [],
    internalRewriteLocationHeader: false,
    replyOptions: {
      getUpstream: ({ raw }) => byRequest.get(raw)?.name ?? 'http://nothing',
      queryString: () => '',
      rewriteHeaders: (_fields, request) =>
        (request && byRequest.get(request.raw)?.forwarding.answerFields()) ?? {},
      onError: (reply, { error }) => {
        reply.hijack();
        byRequest.get(reply.request.raw)?.forwarding.fail(causeOf(error));
      },
    },
  });
  await app.ready();
  return {
    forward: (init) => {
      const name = `http://request-${++count}`;
      const forwarding = new Forwarding(init);
      byName.set(name, forwarding);
      init.response.once('close', () => byName.delete(name));
      byRequest.set(init.request, { name, forwarding });
      app.routing(init.request, init.response);
    },
    close: () => app.close(),
  };
};

/** The error behind the one that http-proxy has made of it. */
const causeOf = (error: Error): Error => (error.cause instanceof Error ? error.cause : error);
