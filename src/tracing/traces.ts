import type { Context, Span, SpanStatus, Tracer } from '@opentelemetry/api';
import type { EpochMs, Milliseconds } from '../base/units.ts';
import type { AnsweredRequest } from '../http/answered-request.ts';
import { formatTraceparent, parseTraceparent } from '../http/traceparent.ts';

/** The API package, which is loaded only where spans are made. */
export type OtelApi = typeof import('@opentelemetry/api');

interface OpenRequest {
  readonly server: Span;
  readonly cache: Span;
}

/** Where a request's head names its trace. */
interface TraceFields {
  traceparent: string | undefined;
  tracestate: string | undefined;
}

/** Where requests have their token from. */
interface Tokens {
  current(): unknown;
  token(): Promise<unknown>;
}

/** A call to the DCR server that has ended. */
interface DcrCall {
  readonly operation: string;
  readonly outcome: string;
  readonly durationMs: Milliseconds;
  readonly status?: number;
}

/** What a span says of a request upstream. */
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
  readonly #api: OtelApi;
  readonly #tracer: Tracer;
  readonly #now: () => EpochMs;
  /** By the `traceparent` that the request was given. */
  readonly #open = new Map<string, OpenRequest>();

  constructor(api: OtelApi, tracer: Tracer, now: () => EpochMs) {
    this.#api = api;
    this.#tracer = tracer;
    this.#now = now;
  }

  /** For `GatewayOptions.onOpened`: the request becomes a child of our span. */
  opened(head: TraceFields): void {
    const { SpanKind, trace } = this.#api;
    const parent = this.#contextOf(head.traceparent, head.tracestate);
    const server = this.#tracer.startSpan('GET', { kind: SpanKind.SERVER }, parent);
    if (head.traceparent === undefined || parseTraceparent(head.traceparent) === undefined) {
      head.tracestate = undefined;
    }
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
      ...(query === undefined ? {} : { 'url.query': query }),
      'cmu_proxy.cache': answered.cache,
      'cmu_proxy.request_id': String(answered.id),
      ...(problem === undefined ? {} : { 'error.type': problem }),
    });
    if (status >= 500) server.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    server.end();
  }

  /** Begins the span of a request that goes upstream. Its fields come back with the span's own `traceparent`. */
  upstreamRequest(
    { method, path, hostname, headers }: UpstreamRequest,
    tokens: Tokens,
  ): { readonly span: Span; readonly failure: SpanStatus; readonly headers: string[] } {
    const { SpanKind, SpanStatusCode, trace } = this.#api;
    const at = headers.findIndex((it, index) => index % 2 === 0 && it === 'traceparent');
    const given = at === -1 ? undefined : headers[at + 1];
    if (given !== undefined) this.#open.get(given)?.cache.end();
    const parent = this.#contextOf(given, undefined);
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
      failure: { code: SpanStatusCode.ERROR },
      headers: at === -1 ? [...headers, 'traceparent', own] : headers.with(at + 1, own),
    };
  }

  dcrCall(client: string, { operation, outcome, durationMs, status }: DcrCall): void {
    const { ROOT_CONTEXT, SpanKind, SpanStatusCode } = this.#api;
    const end = this.#now();
    const span = this.#tracer.startSpan(
      `DCR ${operation}`,
      {
        kind: SpanKind.CLIENT,
        startTime: end - durationMs,
        attributes: {
          'http.request.method': 'POST',
          'cmu_proxy.client': client,
          ...(status === undefined ? {} : { 'http.response.status_code': status }),
        },
      },
      ROOT_CONTEXT,
    );
    if (outcome !== 'ok') {
      span.setAttribute('error.type', outcome);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(end);
  }

  /** The request waits for the flight under way; we wait with it, which starts nothing that it would not. */
  #wait(tokens: Tokens, parent: Context): void {
    const span = this.#tracer.startSpan('token wait', {}, parent);
    tokens.token().then(
      () => span.end(),
      () => {
        span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
        span.end();
      },
    );
  }

  #contextOf(traceparent: string | undefined, tracestate: string | undefined): Context {
    const { ROOT_CONTEXT, createTraceState, trace } = this.#api;
    const parent = parseTraceparent(traceparent);
    if (parent === undefined) return ROOT_CONTEXT;
    return trace.setSpanContext(ROOT_CONTEXT, {
      ...parent,
      ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
    });
  }
}
