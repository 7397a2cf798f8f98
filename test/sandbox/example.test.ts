import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('the example of docs/sandbox.md passes as it stands', async (t) => {
  const text = await readFile(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
  const code = /```ts file=example\.test\.ts\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  assert.ok(code.includes("from 'cmu-proxy/sandbox'"));
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-example-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'example.test.ts');
  // The package's own name leads to the build, which a test run does not have.
  const source = new URL('../../src/sandbox/index.ts', import.meta.url).href;
  await writeFile(file, code.replace("'cmu-proxy/sandbox'", `'${source}'`));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', file], { cwd: folder, env });
  assert.match(stdout, /pass 1\b/);
});
