import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { until } from '../support/e2e-world.ts';
import { begin, call } from '../support/http-client.ts';
import { freePort } from '../support/redis-server.ts';
import { logLines, type RunningServe, runServe } from '../support/running-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

interface World {
  readonly sandbox: Sandbox;
  readonly serve: RunningServe;
  /** Base URL without the prefix. */
  readonly origin: string;
  /** Changes the configuration file. */
  configure(yaml: string): Promise<void>;
  /** Calls over connections of their own, so that they are spread over the workers. */
  calls(below: string, count: number): Promise<number[]>;
  metric(pattern: RegExp): Promise<number>;
}

/** `serve` with two workers in front of the sandbox. */
async function withWorkers(use: (world: World) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await using opened = new AsyncDisposableStack();
  const sandbox = await startTestSandbox();
  opened.defer(() => sandbox.close());
  const config = folder.file('config.yaml');
  await writeFile(config, 'listen: {workers: 2}\n');
  const serve = opened.use(
    await runServe({
      settings: {
        // One of its own: with 0 it would be another when all workers were gone.
        LISTEN_PORT: String(await freePort()),
        ADMIN_PORT: '0',
        CONFIG: config,
        DCR_URL: sandbox.url,
        UPSTREAM_URL: sandbox.url,
        STATE_DIR: folder.path,
        SOFTWARE_STATEMENT: await sandbox.statement(),
      },
    }),
  );
  await use({
    sandbox,
    serve,
    origin: new URL(serve.url).origin,
    configure: (yaml) => writeFile(config, yaml),
    calls: async (below, count) => {
      const answers = await Promise.all(Array.from({ length: count }, () => call(serve.url + below)));
      return answers.map(({ status }) => status);
    },
    metric: async (pattern) => {
      const { text } = await call(`${serve.adminUrl}/metrics`);
      const lines = text.split('\n').filter((line) => !line.startsWith('#') && pattern.test(line));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
  });
}

const all = (statuses: readonly number[], status: number) =>
  assert.deepEqual(
    statuses.filter((it) => it !== status),
    [],
  );

test('workers share one registration, one token and one account of what they do, and one that dies is replaced', async () => {
  await withWorkers(async ({ sandbox, serve, calls, metric }) => {
    all(await calls('/year/month?limit=3', 40), 200);
    all(await calls('/nonsense', 2), 404);
    assert.equal(sandbox.counts.register, 1);
    assert.equal(sandbox.counts.token, 1);
    assert.equal(await metric(/^cmu_proxy_workers /), 2);

    sandbox.control.revokeTokens();
    const before = sandbox.counts.report;
    all(await calls('/year/month?limit=4', 40), 200);
    assert.equal(sandbox.counts.register, 1);
    assert.equal(sandbox.counts.token, 2);
    // Each worker asks for what it does not have: with the token that was revoked, which is so young that it is tried
    // again up to five times, and with its successor.
    assert.ok(sandbox.counts.report - before <= 2 * 7);

    await until(async () => (await metric(/^cmu_proxy_requests_total/)) === 82);
    const ids = () =>
      logLines(serve.output.stdout)
        .filter(({ event }) => event === 'request')
        .map(({ id }) => id);
    await until(() => ids().length === 82);
    assert.equal(new Set(ids()).size, 82);
    const purged = await call(`${serve.adminUrl}/api/cache`, {
      method: 'DELETE',
      headers: ['X-Requested-With', 'test'],
    });
    const count = Object(await purged.json()).purged;
    assert.ok(count >= 2 && count <= 4, `${count} copies of two reports`);
    const after = sandbox.counts.report;
    all(await calls('/year/month?limit=3', 4), 200);
    assert.ok(sandbox.counts.report > after);

    const listening = () => logLines(serve.output.stdout).filter(({ event }) => event === 'worker.listening');
    const [first] = listening();
    process.kill(Number(first?.['pid']), 'SIGKILL');
    await serve.waitFor(/"event":"worker.ended"/);
    all(await calls('/year/month?limit=3', 10), 200);
    await until(() => listening().length === 3);
    all(await calls('/year/month?limit=3', 10), 200);
  });
});

test('Without a worker that lives the proxy is not ready, and is again once they are replaced', async () => {
  await withWorkers(async ({ serve, calls }) => {
    const readiness = async () => {
      const answer = await call(`${serve.adminUrl}/readyz`);
      return [answer.status, Object(answer.json()).reason];
    };
    assert.deepEqual(await readiness(), [200, 'ready']);
    for (const { event, pid } of logLines(serve.output.stdout)) {
      if (event === 'worker.listening') process.kill(Number(pid), 'SIGKILL');
    }
    await until(async () => (await readiness())[0] === 503);
    assert.deepEqual(await readiness(), [503, 'no-workers']);
    await until(async () => (await readiness())[0] === 200);
    all(await calls('/year/month?limit=3', 4), 200);
  });
});

test('Every worker takes up a changed configuration, finishes its requests at SIGTERM, and is gone then', async () => {
  await withWorkers(async ({ sandbox, serve, origin, configure }) => {
    await configure('{ listen: {workers: 2, prefix: /reports}, shutdown: {delayMs: 2000} }\n');
    serve.child.kill('SIGHUP');
    await serve.waitFor(/"event":"config.reloaded"/);
    const moved = await Promise.all(
      Array.from({ length: 20 }, () => call(`${origin}/reports/year/month?limit=9`)),
    );
    all(
      moved.map(({ status }) => status),
      200,
    );
    const before = sandbox.counts.report;

    const pids = logLines(serve.output.stdout)
      .filter(({ event }) => event === 'worker.listening')
      .map(({ pid }) => Number(pid));
    assert.equal(pids.length, 2);
    sandbox.control.addLatency(500, { on: 'report' });
    const inFlight = [1, 2, 3, 4].map((limit) => call(`${origin}/reports/year/month?limit=${limit}`));
    await until(() => sandbox.counts.report >= before + 4);
    const agent = new Agent({ keepAlive: true });
    const kept = async () => {
      const { response } = await begin(`${origin}/reports/year/month?limit=9`, { agent });
      await text(response);
      return response.headers.connection;
    };
    assert.equal(await kept(), 'keep-alive');
    const ended = serve.kill('SIGTERM');
    await serve.waitFor(/"event":"stopping"/);
    await until(async () => (await kept()) === 'close');
    for (const answer of await Promise.all(inFlight)) {
      assert.equal(answer.status, 200);
      assert.equal(answer.header('connection'), 'close');
    }
    assert.deepEqual(await ended, { code: 0, signal: null });
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    const requests = logLines(serve.output.stdout).filter(({ event }) => event === 'request');
    assert.ok(requests.length >= 26, 'no line of the log is lost');
    agent.destroy();
  });
});
