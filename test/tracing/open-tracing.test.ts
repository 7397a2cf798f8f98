import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { epochMs } from '../../src/base/units.ts';
import { openTracing } from '../../src/tracing/open-tracing.ts';
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
