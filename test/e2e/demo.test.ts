import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { call } from '../support/http-client.ts';
import { runCommand } from '../support/running-process.ts';

test('demo prints curl lines that answer reports, on free ports where the usual ones are taken, and stops cleanly', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  const port = String(typeof address === 'object' && address !== null ? address.port : 0);
  await using opened = new AsyncDisposableStack();
  opened.defer(() => void taken.close());

  const demo = opened.use(
    runCommand(['demo'], { settings: { LISTEN_PORT: port, ADMIN_PORT: '0', SANDBOX_PORT: '0' } }),
  );
  await demo.waitFor(/Stop with Ctrl-C/);
  const curls = [...demo.output.stdout.matchAll(/^ {2}curl '(http:[^']+)'$/gm)].map(([, url]) => url ?? '');
  assert.equal(curls.length, 2);
  for (const url of curls) {
    const { status, body } = await call(url);
    assert.equal(status, 200, url);
    assert.ok(body.length > 0);
  }
  const [, statusUrl = ''] = /status +(http:\S+)/.exec(demo.output.stdout) ?? [];
  assert.equal((await call(statusUrl)).status, 200);
  assert.deepEqual(await demo.kill('SIGINT'), { code: 0, signal: null });
  assert.equal(demo.output.stderr, '');
});
