import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import * as sdk from '@opentelemetry/sdk-trace';
import { epochMs } from '../../src/base/units.ts';
import { batchesOf, openTracing, samplerOf, wantsSpans } from '../../src/tracing/open-tracing.ts';
import { call } from '../support/http-client.ts';
import { runCommand } from '../support/running-process.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

test('Without the variables nothing is opened', async () => {
  assert.equal(await openTracing({ OTEL_SERVICE_NAME: 'x' }, '0', () => epochMs(1)), undefined);
});

test('`serve` sends its spans by OTLP, the last of them when it stops', async () => {
  const exported: { readonly url: string | undefined; readonly body: string }[] = [];
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      exported.push({ url: request.url, body: Buffer.concat(chunks).toString('latin1') });
      response.end();
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => new Promise<void>((resolve) => collector.close(() => resolve())));
  stack.defer(() => collector.closeAllConnections());
  const sandbox = await startTestSandbox();
  stack.defer(() => sandbox.close());
  const { port } = collector.address() as AddressInfo;
  const serve = stack.use(
    runCommand(['serve'], {
      settings: {
        LISTEN_PORT: '0',
        ADMIN_PORT: '0',
        DCR_URL: sandbox.url,
        UPSTREAM_URL: sandbox.url,
        SOFTWARE_STATEMENT: await sandbox.statement(),
      },
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_SERVICE_NAME: 'reports-of-brand-a',
      },
    }),
  );
  const [, url = ''] = await serve.waitFor(/"event":"started","url":"([^"]+)"/);
  assert.equal((await call(`${url}/year`)).status, 200);
  const exit = await serve.kill('SIGTERM');
  assert.equal(exit.code, 0);
  assert.ok(exported.length > 0);
  for (const { url: path } of exported) assert.equal(path, '/v1/traces');
  const sent = exported.map(({ body }) => body).join('');
  for (const text of ['reports-of-brand-a', 'GET cmu', 'DCR register', 'service.version']) {
    assert.ok(sent.includes(text), text);
  }
  assert.equal(serve.output.stderr, '');
});

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
      assert.equal(wantsSpans(env), expected);
    });
  }
});

describe('The sampler', () => {
  const CASES = [
    [undefined, undefined, 'ParentBased{root=AlwaysOnSampler'],
    ['always_off', undefined, 'AlwaysOffSampler'],
    ['traceidratio', '0.25', 'TraceIdRatioBased{0.25}'],
    ['parentbased_traceidratio', '0.1', 'ParentBased{root=TraceIdRatioBased{0.1}'],
    ['parentbased_traceidratio', '7', 'ParentBased{root=TraceIdRatioBased{1}'],
    ['no_such_sampler', undefined, 'ParentBased{root=AlwaysOnSampler'],
  ] as const;
  for (const [name, argument, expected] of CASES) {
    test(`${name} with ${argument} is ${expected}`, () => {
      const sampler = samplerOf(sdk, { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument });
      assert.equal(sampler.toString().split(',', 1)[0], expected);
    });
  }
});

test('Batches are as the variables say; what is no positive number is as if it were not there', () => {
  const batches = batchesOf({
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_BSP_MAX_QUEUE_SIZE: '-1',
    OTEL_BSP_EXPORT_TIMEOUT: 'soon',
  });
  assert.deepEqual(batches, { scheduledDelayMillis: 100 });
});
