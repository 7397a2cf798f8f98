import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ConfigSchema } from '../../src/config/settings/schema.ts';
import { settingsOf } from '../../src/config/settings/settings.ts';
import { repository } from './manifests.ts';

const guide = readFileSync(join(repository, 'docs/operations.md'), 'utf8');

suite('docs/operations.md', () => {
  test('names only settings that there are', () => {
    const known = new Set(settingsOf(ConfigSchema).map(({ variable }) => variable));
    const named = [...new Set(guide.match(/CMU_PROXY_[A-Z_]*[A-Z]/g))];
    assert.ok(named.length > 8);
    assert.deepEqual(
      named.filter((variable) => !known.has(variable)),
      [],
    );
  });
});
