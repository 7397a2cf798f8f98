import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { type FileDigests, FileReader } from '../../src/base/read-files.ts';
import { watchFiles } from '../../src/service/reload.ts';
import { until } from '../support/e2e-world.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Files that the test has in its hands. */
const watched = async (...paths: readonly string[]) => {
  const time = new VirtualTime();
  const contents = new Map(paths.map((path): [string, string] => [path, 'one']));
  const changes: string[] = [];
  let known: FileDigests = new Map();
  let reads = 0;
  let touches = 0;
  const read = async (path: string) => {
    reads++;
    const content = contents.get(path);
    if (content === undefined) throw new Error('gone');
    return Buffer.from(content);
  };
  const load = async () => {
    const reader = new FileReader(read);
    await Promise.all(paths.map((path) => reader.read(path).catch(() => {})));
    known = reader.digests;
  };
  await load();
  const close = watchFiles({
    effects: time,
    known: () => known,
    onChange: async () => {
      changes.push([...contents.values()].join(' '));
      await load();
    },
    read,
    markOf: async (path) => `${touches} ${contents.get(path)}`,
  });
  reads = 0;
  return {
    contents,
    changes,
    close,
    reads: () => reads,
    touch: () => void touches++,
    pass: async (milliseconds: number) => {
      await time.pass(milliseconds);
      await turns();
    },
  };
};

describe('A watch over files', () => {
  test('tells of a change once two looks have seen the same, a second apart', async () => {
    const files = await watched('/x/a');
    files.contents.set('/x/a', 'two');
    await files.pass(1000);
    files.contents.set('/x/a', 'three');
    await files.pass(1000);
    assert.deepEqual(files.changes, []);
    await files.pass(1000);
    assert.deepEqual(files.changes, ['three']);
    files.close();
  });

  test('takes half of a renewal for no change: the files are looked at together', async () => {
    const files = await watched('/x/cert', '/y/key');
    files.contents.set('/x/cert', 'two');
    await files.pass(1000);
    files.contents.set('/y/key', 'two');
    for (let i = 0; i < 2; i++) await files.pass(1000);
    assert.deepEqual(files.changes, ['two two']);
    files.close();
  });

  test('is not starved by a watched file that never rests', async () => {
    const files = await watched('/x/a', '/x/busy');
    files.contents.set('/x/a', 'two');
    for (let i = 0; i < 25; i++) {
      files.contents.set('/x/busy', `${i}`);
      await files.pass(1000);
    }
    assert.equal(files.changes.length, 1);
    assert.match(files.changes[0] ?? '', /^two /);
    files.close();
  });

  test('takes a touch for no change, and reads once for it', async () => {
    const files = await watched('/x/a');
    await files.pass(1000);
    const before = files.reads();
    files.touch();
    for (let i = 0; i < 5; i++) await files.pass(1000);
    assert.deepEqual([files.changes, files.reads() - before], [[], 1]);
    files.close();
  });

  test('tells of a file that is gone once, and once when it is back', async () => {
    const files = await watched('/x/a');
    files.contents.delete('/x/a');
    for (let i = 0; i < 5; i++) await files.pass(1000);
    assert.deepEqual(files.changes, ['']);
    files.contents.set('/x/a', 'one');
    for (let i = 0; i < 5; i++) await files.pass(1000);
    assert.deepEqual(files.changes, ['', 'one']);
    files.close();
  });

  test('looks at nothing after it was closed', async () => {
    const files = await watched('/x/a', '/y/b');
    files.close();
    files.contents.set('/x/a', 'two');
    await files.pass(120_000);
    assert.deepEqual([files.changes, files.reads()], [[], 0]);
  });
});

describe('A watch over real files', () => {
  const changed = async (path: string, change: () => Promise<void>): Promise<void> => {
    const reader = new FileReader();
    await reader.read(path);
    let told = false;
    const close = watchFiles({
      effects: systemEffects,
      known: () => reader.digests,
      onChange: async () => {
        told = true;
      },
    });
    await change();
    await until(() => told);
    close();
  };

  test('notices that one is written, and that another takes its place', async () => {
    await using folder = await temporaryFolder();
    const path = folder.file('a');
    await writeFile(path, 'one');
    await changed(path, () => writeFile(path, 'two'));
    await changed(path, async () => {
      await writeFile(folder.file('b'), 'three');
      await rename(folder.file('b'), path);
    });
  });

  test('notices that Kubernetes swaps the link of a mounted folder', async () => {
    await using folder = await temporaryFolder();
    const version = async (name: string, content: string) => {
      await mkdir(folder.file(name));
      await writeFile(folder.file(`${name}/proxy.yaml`), content);
      await symlink(name, folder.file('..data_tmp'));
      await rename(folder.file('..data_tmp'), folder.file('..data'));
    };
    await version('..2026_1', 'one');
    await symlink('..data/proxy.yaml', folder.file('proxy.yaml'));
    await changed(folder.file('proxy.yaml'), async () => {
      await version('..2026_2', 'two');
      await rm(folder.file('..2026_1'), { recursive: true });
    });
  });
});
