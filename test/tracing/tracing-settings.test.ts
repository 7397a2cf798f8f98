import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tracingSettings } from '../../src/tracing/tracing-settings.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('Spans are made', () => {
  const CASES: readonly (readonly [Record<string, string>, boolean])[] = [
    [{}, false],
    [ENDPOINT, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'console' }, false],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }, false],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }, false],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'false' }, true],
    [{ OTEL_SERVICE_NAME: 'x' }, false],
  ];
  for (const [env, expected] of CASES) {
    test(`${expected ? 'with' : 'not with'} ${JSON.stringify(env)}`, () => {
      assert.equal(tracingSettings(env) !== undefined, expected);
    });
  }
});

describe('The sampler', () => {
  const CASES = [
    [undefined, undefined, { kind: 'always_on', parentBased: true, ratio: 1 }],
    ['always_off', undefined, { kind: 'always_off', parentBased: false, ratio: 1 }],
    ['traceidratio', '0.25', { kind: 'traceidratio', parentBased: false, ratio: 0.25 }],
    ['parentbased_traceidratio', '0.1', { kind: 'traceidratio', parentBased: true, ratio: 0.1 }],
    ['parentbased_traceidratio', '7', { kind: 'traceidratio', parentBased: true, ratio: 1 }],
    ['no_such_sampler', undefined, { kind: 'always_on', parentBased: true, ratio: 1 }],
  ] as const;
  for (const [name, argument, expected] of CASES) {
    test(`${name} with ${argument} is ${JSON.stringify(expected)}`, () => {
      const settings = tracingSettings({
        ...ENDPOINT,
        OTEL_TRACES_SAMPLER: name,
        OTEL_TRACES_SAMPLER_ARG: argument,
      });
      assert.deepEqual(settings?.sampler, expected);
    });
  }
});

test('Batches are as the variables say; what is no positive number is as if it were not there', () => {
  const settings = tracingSettings({
    ...ENDPOINT,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_BSP_MAX_QUEUE_SIZE: '-1',
    OTEL_BSP_EXPORT_TIMEOUT: 'soon',
  });
  assert.deepEqual(settings?.batch, { scheduledDelayMillis: 100 });
});
