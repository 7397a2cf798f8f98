import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ConfigSchema } from '../../src/config/schema.ts';
import { settingsOf } from '../../src/config/settings.ts';
import { repository } from './manifests.ts';

const guide = readFileSync(join(repository, 'docs/operations.md'), 'utf8');

/** The anchor that a Markdown heading gets. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

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

  test('leads nowhere into the void', () => {
    const anchors = new Set([...guide.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));
    const links = [...guide.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
    assert.ok(links.length > 20);
    for (const link of links) {
      if (link.startsWith('#')) assert.ok(anchors.has(link.slice(1)), link);
      else assert.ok(existsSync(join(repository, 'docs', link)), link);
    }
  });
});
