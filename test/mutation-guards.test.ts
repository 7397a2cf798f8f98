import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GUARDS } from '../scripts/mutation-check/guards.ts';

const root = join(import.meta.dirname, '..');

test('each guard that the mutation check takes away is where it looks for it', () => {
  const elsewhere = GUARDS.filter(
    ({ file, from }) => readFileSync(join(root, file), 'utf8').split(from).length !== 2,
  );
  assert.deepEqual(
    elsewhere.map(({ name, file }) => `${name} (${file})`),
    [],
  );
});
