import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMPILED, OBSERVED, PROGRAM } from './support/program.ts';
import { startTestSandbox } from './support/test-sandbox.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

type Program = ChildProcessByStdio<null, Readable, Readable>;

/** Starts the real program, in an environment of its own. */
function start(
  t: TestContext,
  args: readonly string[],
  env: Record<string, string> = {},
  nodeArgs: string[] = [],
) {
  const program: Program = spawn(process.execPath, [...nodeArgs, PROGRAM, ...args], {
    env: { NODE_COMPILE_CACHE: COMPILED, ...OBSERVED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => program.kill('SIGKILL'));
  return program;
}

const exitCodeOf = async (program: Program): Promise<number | null> => {
  const [code] = await once(program, 'exit');
  return code;
};

/** Runs the program to its end. */
async function run(
  t: TestContext,
  args: readonly string[],
  env?: Record<string, string>,
  nodeArgs?: string[],
) {
  const program = start(t, args, env, nodeArgs);
  const [exitCode, stdout, stderr] = await Promise.all([
    exitCodeOf(program),
    text(program.stdout),
    text(program.stderr),
  ]);
  return { exitCode, stdout, stderr };
}

/** The log records of a program, as they come. */
async function* recordsOf(program: Program): AsyncGenerator<Record<string, unknown>> {
  for await (const line of createInterface({ input: program.stdout })) yield JSON.parse(line);
}

async function recordOf(records: AsyncGenerator<Record<string, unknown>>, event: string) {
  for (;;) {
    const { value, done } = await records.next();
    assert.ok(!done, `the program ended without ${event}`);
    if (value['event'] === event) return value;
  }
}

/** Environment for `serve`: free ports, a sandbox for Adobe, state in a folder that goes away. */
async function serveEnvironment(t: TestContext): Promise<Record<string, string>> {
  const sandbox = await startTestSandbox();
  t.after(() => sandbox.close());
  const folder = await mkdtemp(join(tmpdir(), 'cmu-main-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'statement.txt'), await sandbox.statement());
  return {
    CMU_PROXY_LISTEN_PORT: '0',
    CMU_PROXY_ADMIN_PORT: '0',
    CMU_PROXY_DCR_URL: sandbox.url,
    CMU_PROXY_UPSTREAM_URL: sandbox.url,
    CMU_PROXY_SOFTWARE_STATEMENT_FILE: join(folder, 'statement.txt'),
    CMU_PROXY_STATE_DIR: join(folder, 'state'),
  };
}

test('an unknown command exits with 2 and says what was meant, on stderr alone', async (t) => {
  assert.deepEqual(await run(t, ['srve']), {
    exitCode: 2,
    stdout: '',
    stderr: 'cmu-proxy: unknown command "srve"; did you mean serve?\nSee: cmu-proxy --help\n',
  });
});

test('an unknown option exits with 2 and points to the help of the command', async (t) => {
  const { exitCode, stderr } = await run(t, ['check', '--confg', 'x']);
  assert.equal(exitCode, 2);
  assert.match(stderr, /unknown option --confg; did you mean --config\?\nSee: cmu-proxy check --help\n/);
});

test('--help names every command, and --version the version of the package', async (t) => {
  const [help, version] = await Promise.all([run(t, ['--help']), run(t, ['--version'])]);
  assert.equal(help.exitCode, 0);
  for (const name of ['serve', 'sandbox', 'demo', 'check'])
    assert.match(help.stdout, new RegExp(`^ {2}${name} `, 'm'));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  assert.deepEqual(version, { exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('a wrong configuration exits with 2 and tells every mistake, on stderr alone', async (t) => {
  const { exitCode, stdout, stderr } = await run(t, ['serve'], {
    CMU_PROXY_LISTEN_PORT: '99999',
    CMU_PROXY_UPSTREAM_URL: 'ftp://x',
    CMU_PROXY_CACHE_MAX_BITES: '1',
  });
  assert.equal(exitCode, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /the configuration has 3 mistakes/);
  assert.match(
    stderr,
    /listen\.port \(CMU_PROXY_LISTEN_PORT\): given 99999, expected an integer from 0 to 65535/,
  );
  assert.match(stderr, /did you mean CMU_PROXY_CACHE_MAX_BYTES\?/);
});

test('a reader of stdout that leaves does not change how a command ends', async (t) => {
  const program = start(t, ['check']);
  program.stdout.destroy();
  assert.equal(await exitCodeOf(program), 2);
});

test('serve outlives SIGHUP and a reader of its log that leaves, and SIGTERM ends it with 0', async (t) => {
  const program = start(t, ['serve'], await serveEnvironment(t));
  const exitCode = exitCodeOf(program);
  const { url, admin } = await recordOf(recordsOf(program), 'started');
  program.kill('SIGHUP');
  program.stdout.destroy();
  for (let i = 0; i < 3; i++) {
    const report = await fetch(`${url}/year/month/mvpd?limit=1`);
    assert.equal(report.status, 200);
    await report.arrayBuffer();
  }
  assert.equal((await fetch(`${admin}/livez`)).status, 200);
  program.kill('SIGTERM');
  assert.equal(await exitCode, 0);
});

test('a second signal ends at once, with 1, what the first has begun to end', async (t) => {
  const env = await serveEnvironment(t);
  const asked = Promise.withResolvers<void>();
  const mute = createServer(() => asked.resolve());
  await once(mute.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    mute.closeAllConnections();
    mute.close();
  });
  const { port } = mute.address() as AddressInfo;
  const program = start(t, ['serve'], { ...env, CMU_PROXY_UPSTREAM_URL: `http://127.0.0.1:${port}` });
  const exitCode = exitCodeOf(program);
  const records = recordsOf(program);
  const { url } = await recordOf(records, 'started');
  const request = fetch(`${url}/year`).catch(() => 'cut off');
  await asked.promise;
  program.kill('SIGTERM');
  await recordOf(records, 'stopping');
  program.kill('SIGINT');
  assert.equal(await exitCode, 1);
  assert.equal(await request, 'cut off');
});

test('an error that nobody caught is one JSON line without secrets, and exit 1', async (t) => {
  const bombs = [
    'setTimeout(() => { throw Object.assign(new Error("client_secret=canary"), { body: "canary" }) })',
    'setTimeout(() => Promise.reject(Object.assign(new Error("Bearer canary"), { headers: "canary" })))',
    'setTimeout(() => Promise.reject())',
  ];
  const folder = await mkdtemp(join(tmpdir(), 'cmu-main-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [index, bomb] of bombs.entries()) {
    // A module of its own, for frames name the file.
    const file = join(folder, `bomb-${index}.mjs`);
    await writeFile(file, bomb);
    const nodeArgs = ['--import', file];
    const { exitCode, stdout, stderr } = await run(t, ['sandbox'], { CMU_PROXY_SANDBOX_PORT: '0' }, nodeArgs);
    assert.equal(exitCode, 1, bomb);
    assert.ok(!`${stdout}${stderr}`.includes('canary'), stdout + stderr);
    assert.equal(stderr, '');
    const crash = JSON.parse(stdout.split('\n').find((line) => line.startsWith('{')) ?? '');
    assert.equal(crash.level, 'fatal');
    assert.equal(crash.event, 'process.crashed');
  }
});

test('an error that nobody caught while stopping is told as well', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cmu-main-'));
  t.after(() => rm(folder, { recursive: true }));
  const bomb = join(folder, 'bomb.mjs');
  await writeFile(
    bomb,
    'process.once("SIGTERM", () => process.nextTick(() => { throw new Error("late") }));',
  );
  const program = start(t, ['sandbox'], { CMU_PROXY_SANDBOX_PORT: '0' }, ['--import', bomb]);
  const exitCode = exitCodeOf(program);
  program.stdout.once('data', () => program.kill('SIGTERM'));
  const output = await text(program.stdout);
  assert.equal(await exitCode, 1);
  assert.match(output, /"event":"process\.crashed","error":\{"name":"Error","message":"late"/);
});
