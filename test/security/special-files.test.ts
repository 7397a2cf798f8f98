import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { call } from '../support/http-client.ts';
import { logLines, runCommand, runServe } from '../support/running-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

suite('What is no file hangs nothing:', { concurrency: 2 }, () => {
  let sandbox: Sandbox;
  let folder: TemporaryFolder;
  let fifo: string;
  before(async () => {
    sandbox = await startTestSandbox();
    folder = await temporaryFolder();
    fifo = folder.file('fifo');
    execFileSync('mkfifo', [fifo]);
  });
  after(async () => {
    await sandbox.close();
    await folder[Symbol.asyncDispose]();
  });

  const settings = async (more: Readonly<Record<string, string>>) => ({
    settings: {
      LISTEN_PORT: '0',
      ADMIN_PORT: '0',
      DCR_URL: sandbox.url,
      UPSTREAM_URL: sandbox.url,
      ...('SOFTWARE_STATEMENT_FILE' in more ? {} : { SOFTWARE_STATEMENT: await sandbox.statement() }),
      STATE_DIR: folder.file('state'),
      ...more,
    },
  });

  for (const setting of ['SOFTWARE_STATEMENT_FILE', 'STATE_KEY_FILE', 'UPSTREAM_CA_FILE']) {
    for (const kind of ['a FIFO', '/dev/zero', '/proc/self/mem', '/proc']) {
      test(`${setting} that is ${kind} ends the start, with its key and path`, async () => {
        const path = kind === 'a FIFO' ? fifo : kind;
        await using process = runCommand(['serve'], await settings({ [setting]: path }));
        assert.deepEqual(await process.exited, { code: 2, signal: null });
        assert.match(process.output.stderr, /(File|FILE).*(cannot be read|expected a file)|readable/);
        assert.ok(process.output.stderr.includes(path), process.output.stderr);
      });
    }
  }

  for (const [what, path] of [
    ['below /proc', () => '/proc/none/state'],
    ['below a FIFO', () => `${fifo}/state`],
    ['a device', () => '/dev/zero'],
  ] as const) {
    test(`a state folder ${what} is none: it serves from memory, and says so`, async () => {
      await using process = await runServe(await settings({ STATE_DIR: path() }));
      assert.equal((await call(`${process.url}/year?limit=1`)).status, 200);
      const warned = logLines(process.output.stdout).find(({ event }) => event === 'state.in-memory');
      assert.equal(warned?.['level'], 'warn');
    });
  }

  test('a state file that is a FIFO is set aside', async () => {
    const state = folder.file('fifo-state');
    await mkdir(state);
    execFileSync('mkfifo', [`${state}/default.json`]);
    await using process = await runServe(await settings({ STATE_DIR: state }));
    assert.equal((await call(`${process.url}/year?limit=1`)).status, 200);
    assert.match(process.output.stdout, /"event":"state\.set-aside".*"not-a-file"/);
  });
});
