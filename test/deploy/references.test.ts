import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from './manifests.ts';

const FOLDERS = ['src', 'test', 'bench', 'scripts', 'docs', 'config'];
const TEXT = /\.(tsx?|md|ya?ml|css|html)$/;

const files = new Map(
  [
    ...FOLDERS.flatMap((folder) =>
      readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    ),
    ...readdirSync(repository),
  ]
    .filter((name) => TEXT.test(name))
    .map((name) => [name, readFileSync(join(repository, name), 'utf8')] as const),
);

/** Every match in every file, with the file's name. */
const mentions = (pattern: RegExp): { readonly file: string; readonly found: string }[] =>
  [...files].flatMap(([file, text]) =>
    [...text.matchAll(pattern)].map((match) => ({ file, found: match[1] ?? match[0] })),
  );

test('nothing refers to papers that a reader does not have', () => {
  const papers = ['adobe/api', 'design', 'style', 'threats'].map((name) => `(?<![\\w-])${name}\\.md`);
  assert.deepEqual(mentions(new RegExp(papers.join('|'), 'g')), []);
});

test('the pages of docs/ that code and documents name exist', () => {
  const named = mentions(/(?<![\w/.-])(docs\/[\w./-]+\.md)/g);
  assert.ok(named.length > 50, `${named.length} mentions`);
  assert.deepEqual(
    named.filter(({ found }) => !existsSync(join(repository, found))),
    [],
  );
});

test('the tests that docs/adobe.md says hold a fact exist', () => {
  const [, table = ''] = (files.get('docs/adobe.md') ?? '').split(/^## 9\. /m);
  const rows = [...table.matchAll(/^\| §.*\| (.*) \|$/gm)].map(([, where = '']) => where);
  assert.ok(rows.length > 15, `${rows.length} rows`);
  for (const where of rows) {
    if (where.startsWith('- ')) continue;
    const named = where
      .split('; ')
      .flatMap((part) =>
        [...part.matchAll(/[\w./-]+\.test\.ts/g)].map(([name]) =>
          join('test', part.startsWith('S: ') ? 'sandbox' : '', name),
        ),
      );
    assert.ok(named.length > 0, where);
    for (const name of named) assert.ok(existsSync(join(repository, name)), name);
  }
});

test('the sections of docs/adobe.md that code and documents name exist', () => {
  const sections = new Set(
    [...(files.get('docs/adobe.md') ?? '').matchAll(/^## (\d+)\./gm)].map(([, number]) => number),
  );
  const named = mentions(/adobe\.md`?\)? §(\d+)/g);
  assert.ok(named.length > 30, `${named.length} mentions`);
  assert.deepEqual(
    named.filter(({ found }) => !sections.has(found)),
    [],
  );
});
