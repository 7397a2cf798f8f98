import assert from 'node:assert/strict';
import { cp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { call } from '../support/http-client.ts';
import { runCommand } from '../support/running-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('without its folder the program starts, serves and stops as ever', async () => {
  await using folder = await temporaryFolder();
  for (const part of ['src', 'package.json', 'config']) {
    await cp(join(ROOT, part), folder.file(part), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), folder.file('node_modules'));
  await rm(folder.file('src/accelerator'), { recursive: true });
  const settings = { LISTEN_PORT: '0', ADMIN_PORT: '0', SANDBOX_PORT: '0' };
  await using demo = runCommand(['demo'], { settings, program: folder.file('src/main.ts') });
  await demo.waitFor(/Stop with Ctrl-C/);
  const [, url = ''] = /^ {2}curl '(http:[^']+)'$/m.exec(demo.output.stdout) ?? [];
  assert.equal((await call(url)).status, 200);
  assert.deepEqual(await demo.kill('SIGTERM'), { code: 0, signal: null });
  assert.equal(demo.output.stderr, '');
});
