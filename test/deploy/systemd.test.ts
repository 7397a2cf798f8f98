import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { loadConfig } from '../../src/config/loading/load.ts';
import { MOST_WORKERS, repository } from './manifests.ts';

const unit = readFileSync(join(repository, 'config/systemd/cmu-proxy.service'), 'utf8');

const values = (name: string): string[] =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

/** Runs systemd-analyze on the unit with a Node.js that this machine has; skips the test, and says so, where systemd is missing. */
async function analyze(t: TestContext, args: readonly string[]): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'systemd-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'cmu-proxy.service');
  writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
  try {
    const { stdout, stderr } = await promisify(execFile)('systemd-analyze', [...args, file]);
    return stdout + stderr;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
    t.skip('NOT CHECKED: systemd-analyze is not installed here (apt-get install systemd)');
    return undefined;
  }
}

suite('config/systemd/cmu-proxy.service', () => {
  test('is a unit that systemd has nothing to say about', async (t) => {
    const said = await analyze(t, ['verify', '--man=no']);
    if (said !== undefined) assert.equal(said, '');
  });

  test('leaves little to attack: exposure at most 1.2 of 10', async (t) => {
    const said = await analyze(t, ['security', '--offline=true', '--threshold=12', '--no-pager']);
    if (said !== undefined)
      assert.match(said, /Overall exposure level for cmu-proxy\.service: (0\.\d|1\.[0-2])/);
  });

  test('configures what the program understands', async () => {
    const assignments = values('Environment').map((text) => text.split('=', 2));
    const env = Object.fromEntries(assignments.map(([name = '', value = '']) => [name, value]));
    const loaded = await loadConfig({ env, readFile: async () => 'a statement' });
    assert.ok('config' in loaded, JSON.stringify(loaded));
    assert.equal(loaded.config.state.dir, `/var/lib/${values('StateDirectory')}`);
    assert.ok(Number(values('TimeoutStopSec')) > loaded.config.shutdown.graceMs / 1000, 'time to stop');
  });

  test('does not start again what a person has to set right: exit code 2', () => {
    assert.deepEqual(values('RestartPreventExitStatus'), ['2']);
  });

  test('goes on trying where a port is taken for a while: no number of starts is too many', () => {
    assert.deepEqual(values('Restart'), ['on-failure']);
    assert.deepEqual(values('StartLimitIntervalSec'), ['0']);
    assert.deepEqual(values('StartLimitBurst'), []);
  });

  test('has room for the threads of as many workers as there can be', () => {
    assert.ok(Number(values('TasksMax')) >= 12 * (MOST_WORKERS + 1));
  });

  test('hands the statement over as a credential, and no secret in the environment', () => {
    const [name] = String(values('LoadCredential')).split(':');
    assert.ok(values('Environment').includes(`CMU_PROXY_SOFTWARE_STATEMENT_FILE=%d/${name}`));
    assert.doesNotMatch(unit, /CMU_PROXY_SOFTWARE_STATEMENT=/);
  });

  test('starts node with the guards that the image has', () => {
    const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8');
    const entrypoint: unknown = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]');
    assert.ok(Array.isArray(entrypoint));
    const guards = entrypoint.filter((word: unknown) => String(word).startsWith('--'));
    assert.ok(guards.length >= 4);
    for (const guard of guards) assert.ok(values('ExecStart').join().includes(` ${guard} `), String(guard));
  });

  test('leaves no core dump', () => assert.deepEqual(values('LimitCORE'), ['0']));
});
