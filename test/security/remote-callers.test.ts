import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { serveCommand } from '../../src/cli/serve.ts';
import { jws } from '../support/jws.ts';
import { logLines } from '../support/running-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Runs `serve`, which is told to stop from the start. */
const serveOnce = async (settings: Readonly<Record<string, string>>) => {
  await using folder = await temporaryFolder();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exitCode = await serveCommand.run({
    options: {},
    positionals: [],
    env: {
      CMU_PROXY_LISTEN_PORT: '0',
      CMU_PROXY_ADMIN_PORT: '0',
      CMU_PROXY_DCR_URL: 'http://127.0.0.1:9',
      CMU_PROXY_UPSTREAM_URL: 'http://127.0.0.1:9',
      CMU_PROXY_SOFTWARE_STATEMENT: jws(),
      CMU_PROXY_STATE_DIR: folder.path,
      ...settings,
    },
    stdout,
    stderr,
    stopping: AbortSignal.abort(),
    onReload: () => {},
    onExit: () => {},
  });
  const lines = logLines(String(stdout.read() ?? ''));
  return { exitCode, lines, stderr: String(stderr.read() ?? '') };
};

const eventsOf = (lines: readonly Record<string, unknown>[], event: string) =>
  lines.filter((line) => line['event'] === event);

test('by default both listeners are on loopback, and nothing is warned of', async () => {
  const { exitCode, lines } = await serveOnce({});
  assert.equal(exitCode, 0);
  const [started] = eventsOf(lines, 'started');
  for (const url of [started?.['url'], started?.['admin']]) {
    assert.equal(new URL(String(url)).hostname, '127.0.0.1');
  }
  assert.deepEqual(eventsOf(lines, 'config.warning'), []);
});

test('an address that others reach needs a word of its own, else nothing starts', async () => {
  const { exitCode, lines, stderr } = await serveOnce({ CMU_PROXY_LISTEN_HOST: '0.0.0.0' });
  assert.equal(exitCode, 2);
  assert.match(stderr, /listen\.host .*listen\.allowRemote: true/);
  assert.deepEqual(lines, []);
});

test('with that word it starts, and the log warns of it', async () => {
  const remote = { CMU_PROXY_LISTEN_HOST: '0.0.0.0', CMU_PROXY_LISTEN_ALLOW_REMOTE: 'true' };
  const { exitCode, lines } = await serveOnce(remote);
  assert.equal(exitCode, 0);
  const [warning] = eventsOf(lines, 'config.warning');
  assert.equal(warning?.['level'], 'warn');
  assert.equal(warning['key'], 'listen.host');
});
