import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';

import { digestOf } from '../../../src/service/inputs/config-source.ts';
import { watchFile } from '../../../src/service/reload/file-watch.ts';
import { until } from '../../support/e2e-world.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** A file that the test has in its hands, and a folder that says what the test says. */
const watched = (content: string, known = content) => {
  const time = new VirtualTime();
  const state = { content: content as string | undefined, known: digestOf(Buffer.from(known)), reads: 0 };
  let changes = 0;
  let stir = () => {};
  const watch = watchFile({
    path: '/x',
    effects: time,
    known: () => state.known,
    onChange: () => {
      changes++;
      state.known = state.content === undefined ? '' : digestOf(Buffer.from(state.content));
    },
    read: async () => {
      state.reads++;
      if (state.content === undefined) throw new Error('gone');
      return Buffer.from(state.content);
    },
    watchFolder: (_path, onChange) => {
      stir = onChange;
      return () => {};
    },
  });
  return { time, state, changes: () => changes, stir: () => stir(), close: watch.close };
};

test('a burst of changes is read once, when it has settled', async () => {
  const file = watched('one');
  await turns();
  file.state.reads = 0;
  file.state.content = 'two';
  for (let i = 0; i < 5; i++) {
    file.stir();
    await file.time.pass(100);
  }
  assert.equal(file.changes(), 0);
  await file.time.pass(100);
  await turns();
  assert.deepEqual([file.changes(), file.state.reads], [1, 1]);
  file.close();
});

test('a touch without a change is none', async () => {
  const file = watched('one');
  await turns();
  file.stir();
  await file.time.pass(200);
  await turns();
  assert.equal(file.changes(), 0);
  file.close();
});

test('a change that nothing tells of is found within half a minute', async () => {
  const file = watched('one');
  await turns();
  file.state.content = 'two';
  await file.time.pass(30_000);
  await turns();
  assert.equal(file.changes(), 1);
  file.close();
});

test('a change between the first reading and the watch is found at once', async () => {
  const file = watched('two', 'one');
  await turns();
  assert.equal(file.changes(), 1);
  file.close();
});

test('a file that is gone is told of once, and once when it is back', async () => {
  const file = watched('one');
  await turns();
  file.state.content = undefined;
  for (let i = 0; i < 3; i++) {
    await file.time.pass(30_000);
    await turns();
  }
  assert.equal(file.changes(), 1);
  file.state.content = 'one';
  await file.time.pass(30_000);
  await turns();
  assert.equal(file.changes(), 2);
  file.close();
});

test('nothing is looked at after it is closed', async () => {
  const file = watched('one');
  await turns();
  file.close();
  file.state.content = 'two';
  await file.time.pass(60_000);
  await turns();
  assert.equal(file.changes(), 0);
});

test('a mounted folder whose link Kubernetes swaps is noticed', async () => {
  await using folder = await temporaryFolder();
  const version = async (name: string, content: string) => {
    await mkdir(folder.file(name));
    await writeFile(folder.file(`${name}/proxy.yaml`), content);
    await symlink(name, folder.file('..data_tmp'));
    await rename(folder.file('..data_tmp'), folder.file('..data'));
  };
  await version('..2026_1', 'one');
  await symlink('..data/proxy.yaml', folder.file('proxy.yaml'));
  const path = folder.file('proxy.yaml');
  let seen = 'one';
  const watch = watchFile({
    path,
    effects: systemEffects,
    known: () => digestOf(Buffer.from(seen)),
    onChange: () => {
      void readFile(path, 'utf8').then((text) => {
        seen = text;
      });
    },
  });
  await version('..2026_2', 'two');
  await rm(folder.file('..2026_1'), { recursive: true });
  await until(() => seen === 'two');
  watch.close();
});
