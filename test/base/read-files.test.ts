import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { FileReader, readInputFile } from '../../src/base/read-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a file is read whole', async () => {
  await using folder = await temporaryFolder();
  const content = Buffer.alloc(3 * 1024 * 1024, 'abc');
  await writeFile(folder.file('a'), content);
  assert.ok((await readInputFile(folder.file('a'))).equals(content));
  await writeFile(folder.file('empty'), '');
  assert.equal((await readInputFile(folder.file('empty'))).length, 0);
});

test('what is no file, or has no end, fails with a code and holds nobody up', async () => {
  await using folder = await temporaryFolder();
  execFileSync('mkfifo', [folder.file('fifo')]);
  await writeFile(folder.file('large'), Buffer.alloc(4 * 1024 * 1024 + 1));
  for (const [path, code] of [
    [folder.file('none'), 'ENOENT'],
    [folder.path, 'EISDIR'],
    [folder.file('fifo'), 'ENOTSUP'],
    ['/dev/zero', 'ENOTSUP'],
    [folder.file('large'), 'EFBIG'],
  ] as const) {
    await assert.rejects(readInputFile(path), { code }, path);
  }
});

test('a reader remembers what it has seen, and what it could not read', async () => {
  await using folder = await temporaryFolder();
  const [a, b, none] = ['a', 'b', 'none'].map((name) => folder.file(name)) as [string, string, string];
  await writeFile(a, 'same');
  await writeFile(b, 'same');
  const reader = new FileReader();
  await reader.read(a);
  await reader.read(b);
  await assert.rejects(reader.read(none));
  assert.equal(reader.digests.get(a), reader.digests.get(b));
  assert.notEqual(reader.digests.get(a), '');
  assert.equal(reader.digests.get(none), '');
});
