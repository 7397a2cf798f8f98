import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { call } from '../support/http-client.ts';
import { freePort } from '../support/redis-server.ts';
import { runCommand } from '../support/running-process.ts';

/** What stands before the program in the image's entry point, which no `NODE_OPTIONS` takes away. */
const entryPointFlags = async (): Promise<string[]> => {
  const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const entryPoint: unknown = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]');
  assert.ok(Array.isArray(entryPoint));
  return entryPoint.map(String).filter((part) => part.startsWith('--'));
};

test('a diagnostic report under the flags of the image holds neither the environment nor the network', async () => {
  const flags = await entryPointFlags();
  const program = 'const report = process.report.getReport(); process.stdout.write(JSON.stringify([report]))';
  const written = execFileSync(process.execPath, [...flags, '-e', program], {
    env: { CMU_PROXY_SOFTWARE_STATEMENT: 'canary' },
    encoding: 'utf8',
  });
  const [report] = JSON.parse(written);
  assert.ok('header' in report, 'it is a report');
  assert.equal(report.environmentVariables, undefined);
  assert.equal(report.header.networkInterfaces, undefined);
  assert.doesNotMatch(written, /canary/);
});

test('no signal opens a debugger in the image, through which its memory could be read', async () => {
  assert.ok((await entryPointFlags()).includes('--disable-sigusr1'));
});

/** Whether a debugger listens there; another program may have got the port meanwhile. */
const isDebugger = async (port: number): Promise<boolean> => {
  const answer = await call(`http://127.0.0.1:${port}/json/version`).catch(() => undefined);
  return answer?.text.includes('Protocol-Version') ?? false;
};

test('nor does one where the program is started without the flags of the image', async () => {
  const port = await freePort();
  const env = { NODE_OPTIONS: `--inspect-port=${port}` };
  await using program = runCommand(['sandbox'], { env, settings: { SANDBOX_PORT: '0' } });
  const [, url = ''] = await program.waitFor(/(http:\/\/127\.0\.0\.1:\d+)/);
  for (let turn = 0; turn < 5; turn += 1) {
    program.child.kill('SIGUSR1');
    for (let calls = 0; calls < 20; calls += 1) await call(`${url}/`);
    assert.equal(await isDebugger(port), false);
  }
  assert.deepEqual(await program.kill('SIGTERM'), { code: 0, signal: null });
  assert.doesNotMatch(program.output.stderr, /Debugger/);
});
