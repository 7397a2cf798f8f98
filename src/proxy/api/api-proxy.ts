import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import httpProxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy';
import fastify from 'fastify';
import type { Dispatcher } from 'undici';
import { withoutSchemas } from '../../base/without-schemas.ts';
import { fieldNames } from '../../http/fields.ts';
import { answerHead } from '../../upstream/flat-fields.ts';
import { givenUp } from '../../upstream/upstream-error.ts';
import { type Problem, ProblemError, problemOf } from '../answer/problem.ts';
import { DATA_ONLY, forCallerOnly, forwardableHeaders } from '../answer/response-headers.ts';
import type { Sender } from '../answer/sender.ts';
import type { ApiPassage, Asked } from '../gate/gate.ts';
import { mapLocations } from '../links/links.ts';
import { fetchProblem } from '../reports/fetch-problem.ts';
import { wayFields } from '../reports/upstream-headers.ts';

export type ApiProxy = Awaited<ReturnType<typeof openApiProxy>>;

/**
 * `@fastify/http-proxy`, with its own ideas switched off: it verifies no certificates by itself, repeats requests,
 * takes seconds for milliseconds, rewrites paths and goes on when the caller has left. So it gets no URL, and in the
 * place of header fields our {@link Forwarding}, which sends the caller's bytes the way that reports go as well.
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
        // The error behind the one that http-proxy has made of it.
        byRequest.get(reply.request.raw)?.fail(error.cause instanceof Error ? error.cause : error);
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

export interface ApiRequest {
  readonly asked: Asked;
  readonly passage: ApiPassage;
  readonly sender: Sender;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** One request on its way to an API. */
class Forwarding {
  readonly #init: ApiRequest;
  readonly #leaving = new AbortController();

  constructor(init: ApiRequest) {
    this.#init = init;
    const { response } = init;
    response.once('close', () => {
      if (!response.writableFinished) this.#leaving.abort(givenUp());
    });
  }

  /** Asks the API: with the caller's own bytes, the allowed fields, and a body at the pace of whoever is slower. */
  async send() {
    const { asked, passage, request, response } = this.#init;
    const { exchange } = this.#init.sender;
    const { route, below, query, caller } = passage;
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    const requestBody = await bodyOf(request, route.maxBodyBytes);
    const sentAt = exchange.age;
    const { statusCode, headers, body } = await route.upstream.dispatcher.request({
      method: asked.method as Dispatcher.HttpMethod,
      path: route.upstreamPrefix + below + query,
      headers: requestFields(asked),
      body: requestBody,
      signal: this.#leaving.signal,
      responseHeaders: 'raw',
    });
    exchange.upstreamMs = exchange.age - sentAt;
    exchange.status = statusCode;
    body.on('data', (chunk: Buffer) => {
      exchange.bytes += chunk.length;
    });
    body.once('error', (error) => {
      if (!this.#leaving.signal.aborted) exchange.problem = this.#problemOf(error).name;
    });
    // Flat, as they were asked for.
    const received = answerHead(statusCode, headers as unknown as string[]);
    const kept = [...forwardableHeaders(received, route.answerHeaders), ...DATA_ONLY];
    mapLocations(kept, route.links);
    return { statusCode, headers: byName(caller === undefined ? kept : forCallerOnly(kept)), body };
  }

  fail(error: Error): void {
    const { sender, response } = this.#init;
    // Nobody is there to be told.
    if (this.#leaving.signal.aborted) return;
    if (response.headersSent) response.destroy();
    else sender.send({ kind: 'problem', problem: this.#problemOf(error) });
  }

  #problemOf(error: Error): Problem {
    return fetchProblem(error, this.#init.passage.route.upstream.origin);
  }
}

const byName = (fields: readonly string[]): Record<string, string[]> => {
  const lines: Record<string, string[]> = Object.create(null);
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? '';
    lines[name] = [...(lines[name] ?? []), fields[i + 1] ?? ''];
  }
  return lines;
};

/** A list of what is allowed, as for reports (upstream-headers.ts). The last line is of Adobe Pass (docs/adobe.md). */
const FORWARDED = fieldNames(`
  accept accept-encoding accept-language content-encoding content-language content-length content-type if-match
  if-modified-since if-none-match if-range if-unmodified-since prefer range x-request-id
  ap-device-identifier ap-temppass-identity ap-visitor-identifier x-device-info
`);

/** Tracing may have put a `traceparent` into the head. */
const requestFields = ({ fields, head }: Asked): string[] => {
  const kept = ['user-agent', 'cmu-proxy'];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]?.toLowerCase() ?? '';
    if (FORWARDED.has(name)) kept.push(name, fields[i + 1] ?? '');
  }
  return [...kept, ...wayFields(head)];
};

/** A request with a body up to this size can be sent a second time, as all of it is held. */
const MAX_HELD_BYTES = 65_536;

const tooLarge = (): ProblemError =>
  new ProblemError(
    problemOf('body-too-large', 'Bodies are limited to `listen.maxBodyBytes`.', { close: true }),
  );

/** @returns bytes where they are few, a stream where they are many or of no declared length; `null` for none */
const bodyOf = async (request: IncomingMessage, most: number): Promise<Buffer | Readable | null> => {
  const { 'content-length': declared, 'transfer-encoding': coding } = request.headers;
  if (declared === undefined && coding === undefined) return null;
  const length = Number(declared ?? Number.NaN);
  if (length > most) throw tooLarge();
  const pieces = bounded(request, most);
  if (!(length <= MAX_HELD_BYTES)) return Readable.from(pieces, { objectMode: false });
  const held: Buffer[] = [];
  for await (const piece of pieces) held.push(piece);
  return Buffer.concat(held);
};

async function* bounded(request: IncomingMessage, most: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > most) throw tooLarge();
    yield piece;
  }
}
