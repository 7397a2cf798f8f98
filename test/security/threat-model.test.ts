import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const model = await readFile(new URL('docs/threat-model.md', root), 'utf8');

test('every test that the threat model names is there', () => {
  const named = new Set([...model.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path));
  assert.ok(named.size > 40);
  for (const path of named) assert.ok(existsSync(new URL(path, root)), path);
});

test('every security test belongs to a threat that the model names', async () => {
  const self = fileURLToPath(import.meta.url);
  for (const name of await readdir(new URL('test/security/', root))) {
    if (name.endsWith('.test.ts') && !self.endsWith(name))
      assert.ok(model.includes(`test/security/${name}`), name);
  }
});
