import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { begin, call } from '../support/http-client.ts';
import { jws } from '../support/jws.ts';
import { logLines, runCommand, runServe } from '../support/running-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

const DCR_OUT_OF_REACH = { DCR_URL: 'http://127.0.0.1:9', UPSTREAM_URL: 'http://127.0.0.1:9' };
const FREE = { LISTEN_PORT: '0', ADMIN_PORT: '0' };

/** A sandbox, and the settings of a proxy before it. */
const startSandboxFor = async (more: Readonly<Record<string, string>> = {}) => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const sandbox = await startTestSandbox();
  opened.defer(() => sandbox.close());
  const settings = {
    ...FREE,
    DCR_URL: sandbox.url,
    UPSTREAM_URL: sandbox.url,
    STATE_DIR: folder.path,
    SOFTWARE_STATEMENT: await sandbox.statement(),
    ...more,
  };
  const resources = opened.move();
  return { sandbox, settings, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

test('serve ends with 2 and all mistakes at once when it cannot start as it is configured', {
  concurrency: true,
}, async (t) => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('page.txt'), '<!doctype html><html><body>Sign in</body></html>');
  const refuses = (name: string, settings: Readonly<Record<string, string>>, ...expected: RegExp[]) =>
    t.test(name, async () => {
      await using process = runCommand(['serve'], {
        settings: { ...FREE, STATE_DIR: folder.path, ...settings },
      });
      assert.deepEqual(await process.exited, { code: 2, signal: null });
      for (const pattern of expected) assert.match(process.output.stderr, pattern);
      assert.equal(process.output.stdout, '');
    });
  await Promise.all([
    refuses('no statement', {}, /CMU_PROXY_SOFTWARE_STATEMENT_FILE/),
    refuses('HTML in its place', { SOFTWARE_STATEMENT_FILE: folder.file('page.txt') }, /HTML/i),
    refuses(
      'a statement and a certificate file that are not there',
      { SOFTWARE_STATEMENT_FILE: folder.file('none.txt'), UPSTREAM_CA_FILE: folder.file('none.pem') },
      /none\.txt/,
      /none\.pem/,
    ),
  ]);
});

test('serve ends with 1 and says what to do when a port is taken', async () => {
  await using folder = await temporaryFolder();
  const settings = { ...FREE, ...DCR_OUT_OF_REACH, STATE_DIR: folder.path, SOFTWARE_STATEMENT: jws() };
  await using first = await runServe({ settings });
  const { port } = new URL(first.url);
  await using second = runCommand(['serve'], { settings: { ...settings, LISTEN_PORT: port } });
  assert.deepEqual(await second.exited, { code: 1, signal: null });
  const failed = logLines(second.output.stdout).find(({ event }) => event === 'start.failed');
  assert.match(String(failed?.['advice']), /listen\.port/);
});

test('SIGTERM makes it unready at once, finishes what is in flight, and ends with 0', async () => {
  await using opened = new AsyncDisposableStack();
  const { sandbox, settings } = opened.use(await startSandboxFor());
  const process = opened.use(await runServe({ settings }));
  assert.equal((await call(`${process.url}/year/month?limit=1`)).status, 200);
  assert.equal((await call(`${process.adminUrl}/readyz`)).status, 200);

  sandbox.control.addLatency(700, { on: 'report' });
  const inFlight = call(`${process.url}/year/month?limit=2`);
  while (sandbox.counts.report < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  const ended = process.kill('SIGTERM');
  await process.waitFor(/"event":"stopping"/);
  const unready = await call(`${process.adminUrl}/readyz`);
  assert.equal(unready.status, 503);
  assert.match(unready.text, /stopping/);
  const answer = await inFlight;
  assert.equal(answer.status, 200);
  assert.equal(answer.header('connection'), 'close');
  assert.deepEqual(await ended, { code: 0, signal: null });
});

test('a console that is watching does not hold the process up', async () => {
  await using folder = await temporaryFolder();
  const settings = { ...FREE, ...DCR_OUT_OF_REACH, STATE_DIR: folder.path, SOFTWARE_STATEMENT: jws() };
  await using process = await runServe({ settings });
  const watching = await begin(`${process.adminUrl}/api/events`);
  watching.response.resume();
  const kept = new Agent({ keepAlive: true });
  await call(`${process.adminUrl}/livez`, { agent: kept });
  const { status } = await call(`${process.url}/year`, { agent: kept });
  assert.equal(status, 503);
  assert.deepEqual(await process.kill('SIGTERM'), { code: 0, signal: null });
  kept.destroy();
  assert.doesNotMatch(process.output.stdout, /grace-over/);
});

test('a request that outlasts the grace is cut off; the process still ends with 0', async () => {
  await using opened = new AsyncDisposableStack();
  const { sandbox, settings } = opened.use(await startSandboxFor({ SHUTDOWN_GRACE_MS: '300' }));
  const process = opened.use(await runServe({ settings }));
  sandbox.control.hang({ on: 'report' });
  const cut = begin(`${process.url}/year/month?limit=2`);
  cut.catch(() => {});
  while (sandbox.counts.report < 1) await new Promise((resolve) => setTimeout(resolve, 10));
  const ended = await process.kill('SIGTERM');
  await assert.rejects(cut);
  assert.deepEqual(ended, { code: 0, signal: null });
});

test('POST /api/shutdown stops it like SIGTERM, where that is switched on, and is unknown where not', async () => {
  await using opened = new AsyncDisposableStack();
  const { settings } = opened.use(await startSandboxFor());
  const meant = { method: 'POST', headers: ['X-Requested-With', 'job'] };
  const shutdown = '/api/shutdown';
  const off = opened.use(await runServe({ settings }));
  assert.equal((await call(off.adminUrl + shutdown, meant)).status, 404);
  assert.equal((await call(`${off.url}/year`)).status, 200);

  const on = opened.use(await runServe({ settings: { ...settings, ADMIN_SHUTDOWN: 'true' } }));
  assert.equal(
    (await call(on.adminUrl + shutdown, { method: 'POST' })).status,
    403,
    'a page could send that',
  );
  assert.equal((await call(on.adminUrl + shutdown)).status, 404, 'a GET does nothing');
  assert.equal((await call(`${on.url}/year`)).status, 200);
  assert.equal((await call(on.adminUrl + shutdown, meant)).text, '{"status":"stopping"}');
  assert.deepEqual(await on.exited, { code: 0, signal: null });
  const events = logLines(on.output.stdout).map(({ event }) => event);
  assert.deepEqual(events.slice(events.indexOf('shutdown.asked')), ['shutdown.asked', 'stopping', 'stopped']);
});
