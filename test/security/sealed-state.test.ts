import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { checkCommand } from '../../src/cli/check.ts';
import type { Command } from '../../src/cli/command.ts';
import { serveCommand } from '../../src/cli/serve.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

interface World {
  readonly sandbox: Sandbox;
  readonly folder: TemporaryFolder;
  /** Runs a command with these files as the key and the previous keys. `check` registers, gets a token and saves both. */
  run(command: Command, ...keys: readonly string[]): Promise<{ exitCode: number; output: string }>;
  stored(): Promise<string>;
  /** Of the runs that follow. */
  readonly env: Record<string, string>;
}

const withWorld = async (use: (world: World) => Promise<void>): Promise<void> => {
  const sandbox = await startTestSandbox();
  await using opened = new AsyncDisposableStack();
  opened.defer(() => sandbox.close());
  const folder = opened.use(await temporaryFolder());
  for (const name of ['old', 'new', 'other']) {
    await writeFile(folder.file(name), `${randomBytes(32).toString('base64')}\n`);
  }
  const env: Record<string, string> = {
    CMU_PROXY_LISTEN_PORT: '0',
    CMU_PROXY_ADMIN_PORT: '0',
    CMU_PROXY_DCR_URL: sandbox.url,
    CMU_PROXY_UPSTREAM_URL: sandbox.url,
    CMU_PROXY_SOFTWARE_STATEMENT: await sandbox.statement(),
    CMU_PROXY_STATE_DIR: folder.file('state'),
  };
  await use({
    sandbox,
    folder,
    env,
    run: async (command, key, ...previous) => {
      const output = new PassThrough();
      const paths = previous.map((name) => folder.file(name));
      const exitCode = await command.run({
        options: {},
        positionals: [],
        env: {
          ...env,
          ...(key !== undefined && { CMU_PROXY_STATE_KEY_FILE: folder.file(key) }),
          CMU_PROXY_STATE_PREVIOUS_KEY_FILES: paths.join(),
        },
        stdout: output,
        stderr: output,
        // Stopped from the start: `serve` ends as soon as it has begun.
        stopping: command === serveCommand ? AbortSignal.abort() : new AbortController().signal,
        onReload: () => {},
        onExit: () => {},
      });
      return { exitCode, output: String(output.read() ?? '') };
    },
    stored: () => readFile(folder.file('state/default.json'), 'utf8'),
  });
};

test('with a key the state file is a JWE, and the next start opens it', () =>
  withWorld(async ({ run, stored, sandbox }) => {
    assert.equal((await run(checkCommand, 'new')).exitCode, 0);
    assert.match(await stored(), /^eyJ[\w-]*(\.[\w-]*){4}\n$/);
    assert.doesNotMatch(await stored(), /secret|authorization/);
    assert.match((await run(checkCommand, 'new')).output, /taken from the state folder/);
    assert.equal(sandbox.counts.register, 1);
  }));

test('with a key, state that is not sealed is not believed; where that is asked for it is taken up, and sealed', () =>
  withWorld(async ({ run, stored, folder, sandbox, env }) => {
    await run(checkCommand);
    const plain = await stored();
    assert.match(plain, /client_secret/);
    assert.match((await run(checkCommand, 'new')).output, /not sealed.*state\.acceptPlain/);
    assert.equal(sandbox.counts.register, 2);
    await writeFile(folder.file('state/default.json'), plain);
    env['CMU_PROXY_STATE_ACCEPT_PLAIN'] = 'true';
    assert.equal((await run(checkCommand, 'new')).exitCode, 0);
    assert.doesNotMatch(await stored(), /client_secret/);
    assert.equal(sandbox.counts.register, 2);
  }));

test('a new key takes over while the old one is listed, without a registration', () =>
  withWorld(async ({ run, stored, sandbox }) => {
    await run(checkCommand, 'old');
    const [sealedWithOld] = (await stored()).split('.');
    assert.equal((await run(checkCommand, 'new', 'other', 'old')).exitCode, 0);
    assert.notEqual((await stored()).split('.')[0], sealedWithOld);
    assert.equal((await run(checkCommand, 'new')).exitCode, 0);
    assert.equal((await run(checkCommand, 'old')).exitCode, 2);
    assert.equal(sandbox.counts.register, 1);
    assert.equal(sandbox.counts.token, 1);
  }));

for (const [what, keys] of [
  ['another key', ['other']],
  ['no key', []],
] as const) {
  test(`with ${what} nothing starts, what to do is said, and the old state stays as it is, byte for byte`, () =>
    withWorld(async ({ run, stored, folder, sandbox }) => {
      await run(checkCommand, 'old');
      const before = await stored();
      for (const command of [serveCommand, checkCommand]) {
        const { exitCode, output } = await run(command, ...keys);
        assert.equal(exitCode, 2, output);
        assert.match(output, /sealed/);
        assert.match(output, /state\.previousKeyFiles/);
      }
      assert.equal(await stored(), before);
      assert.deepEqual(await readdir(folder.file('state')), ['default.json']);
      assert.equal(sandbox.counts.register, 1);
      assert.equal((await run(serveCommand, 'old')).exitCode, 0);
    }));
}

test('a key that is none is a mistake in the configuration, and is not shown', () =>
  withWorld(async ({ run, folder }) => {
    await writeFile(folder.file('bad'), 'canary-key');
    const { exitCode, output } = await run(serveCommand, 'bad');
    assert.equal(exitCode, 2);
    assert.match(output, /state\.keyFile: .*32 bytes/);
    assert.doesNotMatch(output, /canary/);
  }));
