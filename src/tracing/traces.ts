import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { EpochMs, Milliseconds } from '../base/units.ts';
import type { AnsweredRequest } from '../http/answered-request.ts';
import { formatTraceparent, parseTraceparent } from '../http/traceparent.ts';

const FAILURE: SpanStatus = { code: SpanStatusCode.ERROR };

interface OpenRequest {
  readonly server: Span;
  readonly cache: Span;
}

interface Tokens {
  current(): unknown;
  token(): Promise<unknown>;
}

interface DcrCall {
  readonly operation: string;
  readonly outcome: string;
  readonly durationMs: Milliseconds;
  readonly status?: number;
}

export interface UpstreamRequest {
  readonly method: string;
  /** With the query, which stays out of the span. */
  readonly path: string;
  readonly hostname: string;
  /** Flat. */
  readonly headers: readonly string[];
}

/**
 * Makes the spans of requests: one for each (`GET cmu`), in it one until the cache has answered or given up (`cache`),
 * one for what is asked upstream (`GET` with the target's path), in that the wait for a token if there is one, and one
 * for each call to the DCR server. Parents are passed by hand in `traceparent` (W3C Trace Context), whose value is a
 * request's own: no asynchronous context has to be tracked.
 */
export class Traces {
  readonly #tracer: Tracer;
  readonly #now: () => EpochMs;
  /** By the `traceparent` that the request was given. */
  readonly #open = new Map<string, OpenRequest>();

  constructor(tracer: Tracer, now: () => EpochMs) {
    this.#tracer = tracer;
    this.#now = now;
  }

  /** For `GatewayOptions.onOpened`: the request becomes a child of our span. */
  opened(head: { traceparent: string | undefined; tracestate: string | undefined }): void {
    const parent = contextOf(head.traceparent, head.tracestate);
    const server = this.#tracer.startSpan('GET', { kind: SpanKind.SERVER }, parent);
    if (parseTraceparent(head.traceparent) === undefined) head.tracestate = undefined;
    const traceparent = formatTraceparent(server.spanContext());
    head.traceparent = traceparent;
    if (!server.isRecording()) return;
    const cache = this.#tracer.startSpan('cache', {}, trace.setSpan(parent, server));
    this.#open.set(traceparent, { server, cache });
  }

  /** For `GatewayOptions.onAnswered`. */
  answered(answered: AnsweredRequest): void {
    const { traceparent = '', target, status, problem } = answered;
    const open = this.#open.get(traceparent);
    if (open === undefined) return;
    this.#open.delete(traceparent);
    const { server, cache } = open;
    const [path = '', query] = target.split('?', 2);
    cache.setAttribute('cmu_proxy.cache', answered.cache);
    cache.end();
    server.updateName(`${answered.method} ${answered.route}`);
    server.setAttributes({
      'http.request.method': answered.method,
      'http.response.status_code': status,
      'http.response.body.size': answered.bytes,
      'http.route': answered.route,
      'url.path': path,
      'url.query': query,
      'cmu_proxy.cache': answered.cache,
      'cmu_proxy.request_id': answered.id,
      'error.type': problem,
    });
    if (status >= 500) server.setStatus(FAILURE);
    server.end();
  }

  /** Begins the span of a request that goes upstream. Its fields come back with the span's own `traceparent`. */
  upstreamRequest({ method, path, hostname, headers }: UpstreamRequest, tokens: Tokens) {
    const at = headers.findIndex((it, index) => index % 2 === 0 && it === 'traceparent');
    const given = at === -1 ? undefined : headers[at + 1];
    if (given !== undefined) this.#open.get(given)?.cache.end();
    const parent = contextOf(given);
    const attributes = {
      'http.request.method': method,
      'server.address': hostname,
      'url.path': path.split('?', 1)[0] ?? '',
    };
    const span = this.#tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes }, parent);
    const own = formatTraceparent(span.spanContext());
    if (tokens.current() === undefined) this.#wait(tokens, trace.setSpan(parent, span));
    return {
      span,
      failure: FAILURE,
      headers: at === -1 ? [...headers, 'traceparent', own] : headers.with(at + 1, own),
    };
  }

  dcrCall(client: string, { operation, outcome, durationMs, status }: DcrCall): void {
    const end = this.#now();
    const attributes = {
      'http.request.method': 'POST',
      'cmu_proxy.client': client,
      'http.response.status_code': status,
      'error.type': outcome === 'ok' ? undefined : outcome,
    };
    const options = { kind: SpanKind.CLIENT, startTime: end - durationMs, attributes };
    const span = this.#tracer.startSpan(`DCR ${operation}`, options, ROOT_CONTEXT);
    if (outcome !== 'ok') span.setStatus(FAILURE);
    span.end(end);
  }

  /** The request waits for the flight under way; we wait with it, which starts nothing that it would not. */
  #wait(tokens: Tokens, parent: Context): void {
    const span = this.#tracer.startSpan('token wait', {}, parent);
    tokens
      .token()
      .catch(() => span.setStatus(FAILURE))
      .finally(() => span.end());
  }
}

const contextOf = (traceparent: string | undefined, tracestate?: string): Context => {
  const parent = parseTraceparent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...parent,
    ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  });
};
