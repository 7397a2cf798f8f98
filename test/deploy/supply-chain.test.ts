import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import Type from 'typebox';
import Value from 'typebox/value';
import { formatNotices, readNotices } from '../../scripts/third-party-notices.ts';

const Lock = Type.Object({
  packages: Type.Record(
    Type.String(),
    Type.Object({
      version: Type.Optional(Type.String()),
      license: Type.Optional(Type.String()),
      integrity: Type.Optional(Type.String()),
      resolved: Type.Optional(Type.String()),
      dev: Type.Optional(Type.Boolean()),
      hasInstallScript: Type.Optional(Type.Boolean()),
    }),
  ),
});

const repository = new URL('../../', import.meta.url).pathname;
const lock = Value.Parse(Lock, JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')));
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
const production = locked.filter(([, { dev }]) => dev !== true);

// Licences that allow use in and passing on with Apache-2.0 software, closed or open, for naming the authors.
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
]);

suite('what the image takes from npm', () => {
  test('is something', () => assert.ok(production.length > 10));

  test('runs no script of its own when it is installed', () => {
    assert.deepEqual(
      production.filter(([, { hasInstallScript }]) => hasInstallScript === true),
      [],
    );
  });

  test('is under permissive licences only', () => {
    const others = production.filter(([, { license }]) => license === undefined || !PERMISSIVE.has(license));
    assert.deepEqual(
      others.map(([path, { license }]) => `${path}: ${license}`),
      [],
    );
  });
});

suite('the lock file', () => {
  test('pins every package to a SHA-512 of its content', () => {
    const unpinned = locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));
    assert.deepEqual(
      unpinned.map(([path]) => path),
      [],
    );
  });

  test('takes nothing from a repository, a folder or over clear text', () => {
    const elsewhere = locked.filter(
      ([, { resolved }]) => resolved !== undefined && !/^https:.*\.tgz$/.test(resolved),
    );
    assert.deepEqual(elsewhere, []);
  });
});

suite('the notices of third parties', () => {
  const write = (root: string, files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };

  test('name every package, scoped and nested ones too, with its licence and its text', (t) => {
    const root = mkdtempSync(join(tmpdir(), 'notices-'));
    t.after(() => rmSync(root, { recursive: true }));
    write(root, {
      'b/package.json': '{"name":"b","version":"2.0.0","license":"ISC"}',
      'b/LICENCE.txt': 'the text of b\n',
      'b/node_modules/a/package.json': '{"name":"a","version":"1.0.0","license":"MIT"}',
      'b/node_modules/a/NOTICE': 'a notice',
      'b/node_modules/a/LICENSE': 'the text of a',
      '@s/c/package.json': '{"name":"@s/c","version":"3.0.0"}',
      '.bin/x/package.json': '{"name":"not a package"}',
      'not-a-package/index.js': '',
    });
    const notices = readNotices(root);
    assert.deepEqual(notices, [
      { name: '@s/c', version: '3.0.0', license: 'unknown', texts: [] },
      { name: 'a', version: '1.0.0', license: 'MIT', texts: ['the text of a', 'a notice'] },
      { name: 'b', version: '2.0.0', license: 'ISC', texts: ['the text of b'] },
    ]);
    assert.match(
      formatNotices(notices),
      /^@s\/c 3\.0\.0 {2}unknown\na 1\.0\.0 {2}MIT\nb 2\.0\.0 {2}ISC\n\n=+\na 1\.0\.0\n\nthe text of a/m,
    );
  });
});
