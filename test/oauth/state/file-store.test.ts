import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { FileStore } from '../../../src/oauth/state/file-store.ts';
import { StateLockedError } from '../../../src/oauth/state/state-codec.ts';
import { nodeStateFs } from '../../../src/oauth/state/state-fs.ts';
import {
  bindingOf,
  credentialStoreContract,
  stateOf,
  tokenOf,
  told,
} from '../../support/credential-store-contract.ts';
import { SimulatedDisk } from '../../support/simulated-disk.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const storeIn = (folder: string, name = 'default') =>
  new FileStore({ folder, name, fs: nodeStateFs, effects: systemEffects });

credentialStoreContract(
  'file',
  async (use) => {
    await using folder = await temporaryFolder();
    await use(storeIn(folder.file('state')));
  },
  { holds: 'aside' },
);

describe('State follows the statement that it is bound to:', () => {
  test('a client with another name takes it along, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder();
    await storeIn(folder.path, 'default').save(bindingOf('a'), stateOf('1', { token: tokenOf('1') }));
    await storeIn(folder.path, 'other').save(bindingOf('b'), stateOf('2'));
    const loaded = await storeIn(folder.path, 'brand-a').load(bindingOf('a'));
    assert.ok(loaded.outcome === 'found');
    assert.deepEqual(told(loaded.state), told(stateOf('1', { token: tokenOf('1') })));
    assert.deepEqual((await readdir(folder.path)).sort(), ['brand-a.json', 'other.json']);
  });

  for (const order of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    test(`two clients that swap names keep what is theirs, ${order[0]} being loaded first`, async () => {
      await using folder = await temporaryFolder();
      await storeIn(folder.path, 'a').save(bindingOf('c'), stateOf('c'));
      await storeIn(folder.path, 'b').save(bindingOf('d'), stateOf('d'));
      const statement = { a: 'd', b: 'c' };
      for (const name of order) {
        const loaded = await storeIn(folder.path, name).load(bindingOf(statement[name]));
        assert.ok(loaded.outcome === 'found', name);
        assert.equal(loaded.state.credentials.clientId, `client-${statement[name]}`);
      }
      assert.deepEqual((await readdir(folder.path)).sort(), ['a.json', 'b.json']);
    });
  }

  test('of another DCR server it is not taken, and what cannot be read is passed over', async () => {
    await using folder = await temporaryFolder();
    await storeIn(folder.path, 'a').save(bindingOf('c', 'https://dcr-staging.test/'), stateOf('1'));
    await writeFile(folder.file('junk.json'), '{');
    await mkdir(folder.file('folder.json'));
    assert.deepEqual(await storeIn(folder.path, 'b').load(bindingOf('c')), { outcome: 'absent' });
    assert.deepEqual((await readdir(folder.path)).sort(), ['a.json', 'folder.json', 'junk.json']);
  });
});

describe('The state file', () => {
  test('is 0600 in a folder of 0700, both made where they lack, whatever the umask', async () => {
    await using folder = await temporaryFolder();
    const before = process.umask(0);
    try {
      await storeIn(folder.file('a/b')).save(bindingOf('a'), stateOf('1'));
    } finally {
      process.umask(before);
    }
    assert.equal((await stat(folder.file('a/b'))).mode & 0o777, 0o700);
    assert.equal((await stat(folder.file('a/b/default.json'))).mode & 0o777, 0o600);
  });

  test('is the only file left after a save', async () => {
    await using folder = await temporaryFolder();
    const store = storeIn(folder.path);
    for (let time = 0; time < 5; time += 1) await store.save(bindingOf('a'), stateOf(String(time)));
    assert.deepEqual(await readdir(folder.path), ['default.json']);
  });

  test('survives in another process', async () => {
    await using folder = await temporaryFolder();
    const state = stateOf('1', { token: tokenOf('1') });
    await storeIn(folder.path).save(bindingOf('a'), state);
    const loaded = await storeIn(folder.path).load(bindingOf('a'));
    assert.ok(loaded.outcome === 'found');
    assert.deepEqual(told(loaded.state), told(state));
  });

  test('is one for each client', async () => {
    await using folder = await temporaryFolder();
    await storeIn(folder.path, 'brand-a').save(bindingOf('a'), stateOf('1'));
    await storeIn(folder.path, 'brand-b').save(bindingOf('b'), stateOf('2'));
    assert.deepEqual((await readdir(folder.path)).sort(), ['brand-a.json', 'brand-b.json']);
    assert.equal((await storeIn(folder.path, 'brand-a').load(bindingOf('a'))).outcome, 'found');
  });

  test('cannot be outside its folder, whatever the client is called', () => {
    for (const name of ['', '.', '..', '../x', 'a/b', 'a\0b', '.hidden', 'x'.repeat(65)]) {
      assert.throws(() => storeIn('/nowhere', name), TypeError, name);
    }
  });

  test('that others may read is closed to them when it is read', async () => {
    await using folder = await temporaryFolder();
    const store = storeIn(folder.path);
    await store.save(bindingOf('a'), stateOf('1'));
    await chmod(folder.file('default.json'), 0o644);
    await store.load(bindingOf('a'));
    assert.equal((await stat(folder.file('default.json'))).mode & 0o777, 0o600);
  });
});

describe('State that is of no use is set aside, never deleted:', () => {
  const setAside = async (folder: string, reason: string): Promise<string> => {
    const loaded = await storeIn(folder).load(bindingOf('a'));
    assert.ok(loaded.outcome === 'set-aside', loaded.outcome);
    assert.equal(loaded.reason, reason);
    const { keptAs = '' } = loaded;
    assert.ok(keptAs.startsWith(`${folder}/default.`));
    assert.equal((await storeIn(folder).load(bindingOf('a'))).outcome, 'absent');
    return keptAs;
  };

  const good = async () => {
    await using folder = await temporaryFolder();
    await storeIn(folder.path).save(bindingOf('a'), stateOf('1', { token: tokenOf('1') }));
    // Awaited here: the folder goes when the function returns.
    return await readFile(folder.file('default.json'), 'utf8');
  };

  for (const [what, spoil] of [
    ['nothing', () => ''],
    ['half a file', (text: string) => text.slice(0, text.length / 2)],
    ['zeros, as some file systems leave them', (text: string) => '\0'.repeat(text.length)],
    ['another format', () => '<html>'],
    ['a version from the future', (text: string) => text.replace('"version":1', '"version":2')],
    ['a secret that is none', (text: string) => text.replace('"secret-1"', '7')],
    ['a token with a line end', (text: string) => text.replace('token-1', 'token\\r\\nX: y')],
    ['a time that is none', (text: string) => text.replace('1700000000000', '1e99')],
    ['a book', () => 'x'.repeat(70_000)],
  ] as const) {
    test(what, async () => {
      await using folder = await temporaryFolder();
      const content = spoil(await good());
      await writeFile(folder.file('default.json'), content, { mode: 0o600 });
      assert.equal(await readFile(await setAside(folder.path, 'corrupt'), 'utf8'), content);
    });
  }

  test('a symlink, which is not followed', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('elsewhere'), await good());
    await symlink(folder.file('elsewhere'), folder.file('default.json'));
    const keptAs = await setAside(folder.path, 'not-a-file');
    assert.ok((await lstat(keptAs)).isSymbolicLink());
    await storeIn(folder.path).save(bindingOf('a'), stateOf('2'));
    assert.match(await readFile(folder.file('elsewhere'), 'utf8'), /client-1/, 'nor written through');
  });

  test('a folder', async () => {
    await using folder = await temporaryFolder();
    await mkdir(folder.file('default.json'));
    assert.ok((await stat(await setAside(folder.path, 'not-a-file'))).isDirectory());
  });
});

test('A file that cannot be read is a failure, and stays where it is', async () => {
  const disk = new SimulatedDisk();
  disk.put('/state', 'default.json', 'not for us');
  disk.fail = { step: 1, code: 'EACCES' };
  const store = new FileStore({ folder: '/state', name: 'default', fs: disk, effects: systemEffects });
  await assert.rejects(store.load(bindingOf('a')), { code: 'EACCES' });
  assert.deepEqual(disk.files(), { '/state/default.json': 'not for us' });
});

test('Sealed state without a key is a clear error, and is neither moved nor overwritten', async () => {
  await using folder = await temporaryFolder();
  const sealed = 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.Y2lwaGVydGV4dA.dGFn\n';
  await writeFile(folder.file('default.json'), sealed, { mode: 0o600 });
  const store = storeIn(folder.path);
  await assert.rejects(store.load(bindingOf('a')), StateLockedError);
  await assert.rejects(store.save(bindingOf('a'), stateOf('1')), StateLockedError);
  assert.equal(await readFile(folder.file('default.json'), 'utf8'), sealed);
});

test('What a dead process left over is removed, what a living one is writing is not', async () => {
  await using folder = await temporaryFolder();
  const hourAgo = new Date(Date.now() - 3_600_000);
  for (const name of ['default.json.0000aaaa.tmp', 'other.json.0000aaaa.tmp', 'default.json.0000bbbb.tmp']) {
    await writeFile(folder.file(name), '');
    if (!name.includes('bbbb')) await utimes(folder.file(name), hourAgo, hourAgo);
  }
  await storeIn(folder.path).save(bindingOf('a'), stateOf('1'));
  assert.deepEqual((await readdir(folder.path)).sort(), [
    'default.json',
    'default.json.0000bbbb.tmp',
    'other.json.0000aaaa.tmp',
  ]);
});
