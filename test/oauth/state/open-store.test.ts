import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { createMemoryStore, openCredentialStore } from '../../../src/oauth/state/open-store.ts';
import { parseSealingKeys } from '../../../src/oauth/state/sealing-key.ts';
import { createStateCodec, StateLockedError } from '../../../src/oauth/state/state-codec.ts';
import { nodeStateFs, type StateFs } from '../../../src/oauth/state/state-fs.ts';
import { bindingOf, credentialStoreContract, stateOf } from '../../support/credential-store-contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

credentialStoreContract('memory', (use) => use(createMemoryStore()));

const openIn = (folder: string, fs: StateFs = nodeStateFs) =>
  openCredentialStore({ folder, name: 'default', fs, effects: systemEffects });

test('Where the folder can be written, the store is a file, and looking leaves nothing behind', async () => {
  await using folder = await temporaryFolder();
  const { kind, problem, store } = await openIn(folder.file('state'));
  assert.equal(kind, 'file');
  assert.equal(problem, undefined);
  assert.deepEqual(await readdir(folder.file('state')), []);
  await store.save(bindingOf('a'), stateOf('1'));
  assert.deepEqual(await readdir(folder.file('state')), ['default.json']);
});

test('Where the folder cannot be made, the store is in memory, and says why', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('state'), 'a file is in the way');
  const { kind, problem, store } = await openIn(folder.file('state'));
  assert.equal(kind, 'memory');
  assert.match(problem?.message ?? '', /EEXIST|ENOTDIR/);
  await store.save(bindingOf('a'), stateOf('1'));
  assert.equal((await store.load(bindingOf('a'))).outcome, 'found');
});

test('A folder that can only be read still serves what it holds, until something newer is in memory', async () => {
  await using folder = await temporaryFolder();
  const { store: writable } = await openIn(folder.path);
  await writable.save(bindingOf('a'), stateOf('1'));
  const readOnly: StateFs = {
    ...nodeStateFs,
    create: async () => {
      throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
    },
  };
  const { kind, store } = await openIn(folder.path, readOnly);
  assert.equal(kind, 'memory');
  const first = await store.load(bindingOf('a'));
  assert.ok(first.outcome === 'found');
  assert.equal(first.state.credentials.clientId, 'client-1');
  await store.save(bindingOf('a'), stateOf('2'));
  const second = await store.load(bindingOf('a'));
  assert.ok(second.outcome === 'found');
  assert.equal(second.state.credentials.clientId, 'client-2');
});

test('State that none of the keys opens is no state to start with, whether it can be written or not, and stays as it is', async () => {
  await using folder = await temporaryFolder();
  const [right, wrong] = ['11', '22'].map((pair) => createStateCodec(parseSealingKeys(pair.repeat(32))));
  const options = { folder: folder.path, name: 'default', fs: nodeStateFs, effects: systemEffects };
  assert.ok(right !== undefined && wrong !== undefined);
  await (await openCredentialStore({ ...options, codec: right })).store.save(bindingOf('a'), stateOf('1'));
  const before = await readFile(folder.file('default.json'), 'utf8');
  const full: StateFs = {
    ...nodeStateFs,
    create: async () => {
      throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    },
  };
  for (const fs of [nodeStateFs, full]) {
    await assert.rejects(openCredentialStore({ ...options, fs, codec: wrong }), StateLockedError);
    await assert.rejects(openCredentialStore({ ...options, fs }), StateLockedError);
  }
  assert.equal(await readFile(folder.file('default.json'), 'utf8'), before);
  assert.equal((await openCredentialStore({ ...options, codec: right })).kind, 'file');
});
