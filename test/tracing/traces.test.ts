import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as api from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { systemEffects } from '../../src/base/effects.ts';

import { Traces } from '../../src/tracing/traces.ts';
import { startE2eWorld } from '../support/e2e-world.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';

const recorded = (root: AlwaysOnSampler | AlwaysOffSampler = new AlwaysOnSampler()) => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  return {
    traces: new Traces(provider.getTracer('test'), systemEffects.now),
    spans: async (): Promise<ReadableSpan[]> => {
      await provider.forceFlush();
      return exporter.getFinishedSpans();
    },
  };
};

const named = (spans: readonly ReadableSpan[], name: string): ReadableSpan => {
  const found = spans.filter((span) => span.name === name);
  assert.equal(found.length, 1, `${name} among ${spans.map((span) => span.name)}`);
  const [span] = found;
  assert.ok(span);
  return span;
};

const idOf = (span: ReadableSpan): string => span.spanContext().spanId;

describe('The spans of a miss', () => {
  test('hang together, from the caller to Adobe', async () => {
    const { traces, spans } = recorded();
    await using world = await startE2eWorld({ traces });
    await world.get('/year?mvpd=A', ['traceparent', `00-${TRACE}-${CALLER}-01`, 'tracestate', 'a=1']);
    const all = (await spans()).filter((span) => span.spanContext().traceId === TRACE);
    const server = named(all, 'GET cmu');
    assert.equal(server.kind, api.SpanKind.SERVER);
    assert.equal(server.parentSpanContext?.spanId, CALLER);
    assert.equal(server.attributes['http.response.status_code'], 200);
    assert.equal(server.attributes['url.path'], '/year');
    assert.equal(server.attributes['url.query'], 'mvpd=A');
    assert.equal(server.attributes['cmu_proxy.cache'], 'miss');
    assert.equal(named(all, 'cache').parentSpanContext?.spanId, idOf(server));
    const client = named(all, 'GET');
    assert.equal(client.kind, api.SpanKind.CLIENT);
    assert.equal(client.parentSpanContext?.spanId, idOf(server));
    assert.equal(client.attributes['http.response.status_code'], 200);
    const [seen] = world.sandbox.requests().filter(({ kind }) => kind === 'report');
    const headers = new Map(seen?.headers.map(([name, value]) => [name.toLowerCase(), value]));
    assert.equal(headers.get('traceparent'), `00-${TRACE}-${idOf(client)}-01`);
    assert.equal(headers.get('tracestate'), 'a=1');
  });

  test('include the wait for the first token, and the calls to the DCR server stand for themselves', async () => {
    const { traces, spans } = recorded();
    await using world = await startE2eWorld({ traces, sandbox: { latency: { dcr: 50 } } });
    await world.get('/year');
    const all = await spans();
    assert.equal(named(all, 'token wait').parentSpanContext?.spanId, idOf(named(all, 'GET')));
    const register = named(all, 'DCR register');
    assert.equal(register.parentSpanContext, undefined);
    assert.equal(register.attributes['http.response.status_code'], 201);
    const [seconds, nanoseconds] = register.duration;
    assert.ok(seconds + nanoseconds / 1e9 >= 0.04, `${register.duration}`);
    named(all, 'DCR token');
  });
});

test('A hit has no span upstream', async () => {
  const { traces, spans } = recorded();
  await using world = await startE2eWorld({ traces });
  await world.get('/year');
  await world.get('/year', ['traceparent', `00-${TRACE}-${CALLER}-01`]);
  const all = (await spans()).filter((span) => span.spanContext().traceId === TRACE);
  assert.deepEqual(all.map(({ name }) => name).toSorted(), ['GET cmu', 'cache']);
  assert.equal(named(all, 'GET cmu').attributes['cmu_proxy.cache'], 'hit');
});

test('A failure is an error in the spans of both sides, and no secret is in any of them', async () => {
  const { traces, spans } = recorded();
  await using world = await startE2eWorld({ traces });
  await world.get('/year');
  world.sandbox.control.answerStatus(503, { on: 'report' });
  await world.get('/tenant', ['traceparent', `00-${TRACE}-${CALLER}-01`]);
  await world.get('/mvpd?access_token=smuggled');
  const every = await spans();
  const all = every.filter((span) => span.spanContext().traceId === TRACE);
  assert.equal(named(all, 'GET cmu').status.code, api.SpanStatusCode.ERROR);
  assert.equal(named(all, 'GET').status.code, api.SpanStatusCode.ERROR);
  const texts = JSON.stringify(every.map(({ name, attributes, events }) => [name, attributes, events]));
  assert.doesNotMatch(texts, /smuggled|Bearer|eyJ/);
});

test('A trace that the caller does not record is carried on and not recorded', async () => {
  const { traces, spans } = recorded();
  await using world = await startE2eWorld({ traces });
  await world.get('/year', ['traceparent', `00-${TRACE}-${CALLER}-00`]);
  assert.deepEqual(
    (await spans()).filter((span) => span.spanContext().traceId === TRACE),
    [],
  );
  const seen = world.sandbox.requests().find(({ kind }) => kind === 'report');
  const traceparent = seen?.headers.find(([name]) => name.toLowerCase() === 'traceparent')?.[1] ?? '';
  assert.match(traceparent, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
});

test('A traceparent that is not valid begins a new trace and takes its tracestate with it', async () => {
  const { traces } = recorded();
  await using world = await startE2eWorld({ traces });
  await world.get('/year', ['traceparent', 'nonsense', 'tracestate', 'a=1']);
  const seen = world.sandbox.requests().find(({ kind }) => kind === 'report');
  const headers = new Map(seen?.headers.map(([name, value]) => [name.toLowerCase(), value]));
  assert.match(headers.get('traceparent') ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.equal(headers.get('tracestate'), undefined);
});

test('What is sampled out leaves nothing behind', async () => {
  const { traces, spans } = recorded(new AlwaysOffSampler());
  await using world = await startE2eWorld({ traces });
  await world.get('/year');
  assert.deepEqual(await spans(), []);
});
