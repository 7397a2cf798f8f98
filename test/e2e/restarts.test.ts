import assert from 'node:assert/strict';
import { rename, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { until } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { runServe } from '../support/running-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

const settingsFor = (sandbox: Sandbox, folder: TemporaryFolder) => ({
  LISTEN_PORT: '0',
  ADMIN_PORT: '0',
  DCR_URL: sandbox.url,
  UPSTREAM_URL: sandbox.url,
  STATE_DIR: folder.file('state'),
  SOFTWARE_STATEMENT_FILE: folder.file('statement.txt'),
});

const reportFrom = async (url: string): Promise<number> => (await call(`${url}/year/month?limit=1`)).status;

test('neither a stop nor kill -9 costs a registration, and a changed statement file is one without a restart', async () => {
  await using folder = await temporaryFolder();
  const sandbox = await startTestSandbox();
  await using opened = new AsyncDisposableStack();
  opened.defer(() => sandbox.close());
  await writeFile(folder.file('statement.txt'), await sandbox.statement());
  const settings = settingsFor(sandbox, folder);

  const first = opened.use(await runServe({ settings }));
  assert.equal(await reportFrom(first.url), 200);
  assert.deepEqual(await first.kill('SIGTERM'), { code: 0, signal: null });

  const second = opened.use(await runServe({ settings }));
  assert.equal(await reportFrom(second.url), 200);
  await second.kill('SIGKILL');

  const third = opened.use(await runServe({ settings }));
  assert.equal(await reportFrom(third.url), 200);
  const { register, token } = sandbox.counts;
  assert.deepEqual({ register, token }, { register: 1, token: 1 });
  assert.equal((await stat(folder.file('state'))).mode & 0o777, 0o700);

  // As Kubernetes does: the new content takes the name of the old in one step.
  await writeFile(folder.file('next.txt'), await sandbox.statement('another application'));
  await rename(folder.file('next.txt'), folder.file('statement.txt'));
  // The token is asked for when the answer to the registration is there.
  await until(() => sandbox.counts.token === 2);
  assert.equal(sandbox.counts.register, 2);
  assert.equal(await reportFrom(third.url), 200);
  assert.deepEqual(await third.kill('SIGTERM'), { code: 0, signal: null });

  const fourth = opened.use(await runServe({ settings }));
  assert.equal(await reportFrom(fourth.url), 200);
  assert.equal(sandbox.counts.register, 2);
});
