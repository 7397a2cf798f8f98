import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { leaveDeadSocket } from '../support/dead-socket.ts';
import { until } from '../support/e2e-world.ts';
import { guardedGet } from '../support/guarded-call.ts';
import { call } from '../support/http-client.ts';
import { logLines, type ProcessOptions, runCommand, runServe } from '../support/running-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

const preload = (name: string): string =>
  fileURLToPath(new URL(`../support/preload/${name}.ts`, import.meta.url));
const DAY = 24 * 3600 * 1000;

suite('serve, started where something is wrong', { concurrency: true }, () => {
  let sandbox: Sandbox;
  let folder: TemporaryFolder;
  before(async () => {
    // All of them call from one address.
    sandbox = await startTestSandbox({ throttle: false });
    folder = await temporaryFolder();
  });
  after(async () => {
    await sandbox.close();
    await folder[Symbol.asyncDispose]();
  });

  /** Each process has a state folder, and a statement, of its own. */
  const optionsFor = async (name: string, more: ProcessOptions = {}): Promise<ProcessOptions> => ({
    ...more,
    settings: {
      LISTEN_PORT: '0',
      ADMIN_PORT: '0',
      DCR_URL: sandbox.url,
      UPSTREAM_URL: sandbox.url,
      SOFTWARE_STATEMENT: await sandbox.statement(name),
      STATE_DIR: folder.file(`${name}-state`),
      ...more.settings,
    },
  });

  test('on a full disk it serves from memory, says so, and leaves no piece of a file', async () => {
    const full = { preload: preload('broken-disk'), env: { BROKEN_DISK: 'ENOSPC' } };
    await using process = await runServe(await optionsFor('full', full));
    assert.equal((await call(`${process.url}/year?limit=1`)).status, 200);
    await process.waitFor(/"event":"state\.save-failed","error":\{[^}]*"code":"ENOSPC"/);
    assert.deepEqual(await process.kill('SIGTERM'), { code: 0, signal: null });
    assert.deepEqual(await readdir(folder.file('full-state')), []);
  });

  test('with a folder that it may only read it serves from memory, and says so at the start', async () => {
    const readOnly = { preload: preload('broken-disk'), env: { BROKEN_DISK: 'EROFS' } };
    await using process = await runServe(await optionsFor('read-only', readOnly));
    assert.equal((await call(`${process.url}/year?limit=1`)).status, 200);
    const warned = logLines(process.output.stdout).find(({ event }) => event === 'state.in-memory');
    assert.equal(warned?.['level'], 'warn');
    assert.match(JSON.stringify(warned), /EROFS/);
    assert.deepEqual(await process.kill('SIGTERM'), { code: 0, signal: null });
  });

  test('before its statement is there it waits, says so, and starts when it comes; a stop meanwhile is a clean one', async () => {
    const { settings: { SOFTWARE_STATEMENT: statement = '', ...settings } = {} } = await optionsFor('late');
    const path = folder.file('late.txt');
    await using stopped = runCommand(['serve'], { settings: { ...settings, SOFTWARE_STATEMENT_FILE: path } });
    await stopped.waitFor(/"level":"warn".*"event":"start\.waiting".*late\.txt/);
    assert.deepEqual(await stopped.kill('SIGTERM'), { code: 0, signal: null });

    await using process = runCommand(['serve'], { settings: { ...settings, SOFTWARE_STATEMENT_FILE: path } });
    await process.waitFor(/"event":"start\.waiting"/);
    await writeFile(path, statement, { mode: 0o600 });
    const [started] = await process.waitFor(/^\{.*"event":"started".*\}$/m);
    assert.equal((await call(`${JSON.parse(started).url}/year?limit=1`)).status, 200);
    assert.equal(process.output.stderr, '');
  });

  test('with its clock a day ahead it serves with one token, though by that clock it was dead when it came', async () => {
    const ahead = { preload: preload('wrong-clock'), env: { WRONG_CLOCK_MS: String(DAY) } };
    await using process = await runServe(await optionsFor('ahead', ahead));
    for (let i = 1; i <= 3; i++) assert.equal((await call(`${process.url}/year?limit=${i}`)).status, 200);
    const status = Object((await call(`${process.adminUrl}/api/status`)).json());
    assert.equal(status.token.state, 'ready');
    assert.equal(status.token.counts.tokenRequests, 1);
    assert.deepEqual(await process.kill('SIGTERM'), { code: 0, signal: null });
  });

  test('with its clock a day behind it says that the statement is not valid yet by that clock, and ends with 2', async () => {
    const behind = { preload: preload('wrong-clock'), env: { WRONG_CLOCK_MS: String(-DAY) } };
    await using process = runCommand(['serve'], await optionsFor('behind', behind));
    assert.deepEqual(await process.exited, { code: 2, signal: null });
    assert.match(process.output.stderr, /not valid before .* \(this host's clock: /);
  });

  test('beside the socket of a process that was killed it takes its place, and takes the socket away when it stops', async () => {
    const path = folder.file('reports.sock');
    const options = await optionsFor('socket', {
      settings: { LISTEN_SOCKET_PATH: path, LISTEN_SOCKET_MODE: '0660' },
    });
    leaveDeadSocket(path);
    await using process = await runServe(options);
    assert.equal(process.url, `http://unix:${path}:/cmu/v2`);
    assert.equal((await stat(path)).mode & 0o777, 0o660);
    assert.equal((await guardedGet(path, '/cmu/v2/year?limit=1')).status, 200);
    await using second = runCommand(['serve'], options);
    assert.deepEqual(await second.exited, { code: 1, signal: null });
    const failed = logLines(second.output.stdout).find(({ event }) => event === 'start.failed');
    assert.match(String(failed?.['advice']), /reports\.sock.*listen\.socketPath/);
    assert.equal((await guardedGet(path, '/cmu/v2/year?limit=1')).status, 200);
    assert.deepEqual(await process.kill('SIGTERM'), { code: 0, signal: null });
    await until(() => !existsSync(path));
  });

  test('without a file descriptor left it says so, lives on, and answers again when it has some', {
    skip: existsSync('/usr/bin/prlimit') ? false : 'needs prlimit of util-linux',
  }, async () => {
    await using process = await runServe(await optionsFor('descriptors'));
    assert.equal((await call(`${process.url}/year?limit=1`)).status, 200);
    const used = (await readdir(`/proc/${process.child.pid}/fd`)).length;
    const limit = `${used + 10}:${used + 10}`;
    execFileSync('/usr/bin/prlimit', ['--pid', String(process.child.pid), `--nofile=${limit}`]);
    const { port } = new URL(process.url);
    // Those that are turned away come back: a descriptor that something gives back is taken as well.
    const callers = new Set<Socket>();
    const leaving = new AbortController();
    const occupy = (): void => {
      if (leaving.signal.aborted) return;
      const caller = connect(Number(port), '127.0.0.1').on('error', () => {});
      callers.add(caller);
      caller.once('close', () => {
        callers.delete(caller);
        setTimeout(occupy, 20);
      });
    };
    for (let i = 0; i < 40; i++) occupy();
    await process.waitFor(/"level":"error".*"event":"file-descriptors\.exhausted".*EMFILE.*ulimit/);
    leaving.abort();
    for (const caller of callers) caller.destroy();
    await process.waitFor(/"event":"file-descriptors\.left"/);
    assert.equal((await call(`${process.url}/year?limit=2`)).status, 200);
    assert.deepEqual(await process.kill('SIGTERM'), { code: 0, signal: null });
  });
});
