import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { compactDecrypt, EncryptJWT } from 'jose';
import { systemEffects } from '../../../src/base/effects.ts';
import { FileStore } from '../../../src/oauth/state/file-store.ts';
import { parseSealingKeys } from '../../../src/oauth/state/sealing-key.ts';
import { createStateCodec, type StateCodec, StateLockedError } from '../../../src/oauth/state/state-codec.ts';
import { nodeStateFs } from '../../../src/oauth/state/state-fs.ts';
import {
  bindingOf,
  credentialStoreContract,
  stateOf,
  tokenOf,
} from '../../support/credential-store-contract.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';

const OLD = randomBytes(32).toString('base64');
const NEW = randomBytes(32).toString('base64');
const codecOf = (...keys: string[]) => createStateCodec(parseSealingKeys(keys.join('\n')));
const storeIn = (folder: TemporaryFolder, codec: StateCodec) =>
  new FileStore({ folder: folder.path, name: 'default', fs: nodeStateFs, effects: systemEffects, codec });
const BINDING = bindingOf('a');

credentialStoreContract(
  'sealed file',
  async (use) => {
    await using folder = await temporaryFolder();
    await use(storeIn(folder, codecOf(NEW)));
  },
  { holds: 'aside' },
);

describe('Sealed state', () => {
  test('shows nothing of what it holds', async () => {
    await using folder = await temporaryFolder();
    await storeIn(folder, codecOf(NEW)).save(BINDING, stateOf('1', { token: tokenOf('1') }));
    const content = await readFile(folder.file('default.json'), 'utf8');
    for (const canary of ['secret-1', 'client-1', 'token-1', BINDING.statementFingerprint]) {
      for (const form of [canary, Buffer.from(canary).toString('base64url').slice(0, -2)]) {
        assert.ok(!content.includes(form), form);
      }
    }
  });

  test('is a JWE that any JOSE library opens with the key', async () => {
    const jwe = (await codecOf(NEW).encode('{"a":1}')).trim();
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, Buffer.from(NEW, 'base64'));
    assert.equal(Buffer.from(plaintext).toString(), '{"a":1}');
    assert.equal(protectedHeader.alg, 'dir');
    assert.equal(protectedHeader.enc, 'A256GCM');
  });

  test('never looks the same twice', async () => {
    const codec = codecOf(NEW);
    assert.notEqual(await codec.encode('x'), await codec.encode('x'));
  });

  test('opens with an older key that is still listed, and is sealed with the first from then on', async () => {
    await using folder = await temporaryFolder();
    await storeIn(folder, codecOf(OLD)).save(BINDING, stateOf('1'));
    const rotated = storeIn(folder, codecOf(NEW, OLD));
    assert.equal((await rotated.load(BINDING)).outcome, 'found');
    await rotated.save(BINDING, stateOf('2'));
    assert.equal((await storeIn(folder, codecOf(NEW)).load(BINDING)).outcome, 'found');
  });

  for (const [what, codec] of [
    ['another key', codecOf(NEW)],
    ['no key', createStateCodec()],
  ] as const) {
    test(`with ${what} is a clear error, and stays as it is until the right one comes`, async () => {
      await using folder = await temporaryFolder();
      await storeIn(folder, codecOf(OLD)).save(BINDING, stateOf('1'));
      const before = await readFile(folder.file('default.json'), 'utf8');
      const store = storeIn(folder, codec);
      await assert.rejects(store.load(BINDING), (error) => {
        assert.ok(error instanceof StateLockedError);
        assert.match(error.message, /give the/);
        return true;
      });
      await assert.rejects(store.save(BINDING, stateOf('2')), StateLockedError);
      assert.equal(await readFile(folder.file('default.json'), 'utf8'), before);
      assert.deepEqual(await readdir(folder.path), ['default.json']);
      assert.equal((await storeIn(folder, codecOf(OLD)).load(BINDING)).outcome, 'found');
    });
  }

  test('from before there was a key is not believed, and set aside', async () => {
    await using folder = await temporaryFolder();
    await storeIn(folder, createStateCodec()).save(BINDING, stateOf('1'));
    const loaded = await storeIn(folder, codecOf(NEW)).load(BINDING);
    assert.ok(loaded.outcome === 'set-aside');
    assert.equal(loaded.reason, 'unsealed');
  });

  test('from before there was a key is taken up where that is asked for, and sealed at once', async () => {
    await using folder = await temporaryFolder();
    await storeIn(folder, createStateCodec()).save(BINDING, stateOf('1'));
    const migrating = createStateCodec(parseSealingKeys(NEW), { acceptPlain: true });
    assert.equal((await storeIn(folder, migrating).load(BINDING)).outcome, 'found');
    assert.doesNotMatch(await readFile(folder.file('default.json'), 'utf8'), /secret/);
    assert.equal((await storeIn(folder, codecOf(NEW)).load(BINDING)).outcome, 'found');
  });

  test('that was tampered with is set aside, not believed', async () => {
    await using folder = await temporaryFolder();
    const store = storeIn(folder, codecOf(NEW));
    await store.save(BINDING, stateOf('1'));
    const [head, key, iv, text = '', tag] = (await readFile(folder.file('default.json'), 'utf8'))
      .trim()
      .split('.');
    const changed = `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
    await writeFile(folder.file('default.json'), [head, key, iv, changed, tag].join('.'));
    const loaded = await store.load(BINDING);
    assert.ok(loaded.outcome === 'set-aside');
    assert.equal(loaded.reason, 'corrupt');
  });

  test('that was made with another algorithm under our key is not believed', async () => {
    const [{ id, key }] = parseSealingKeys(NEW);
    const jwe = await new EncryptJWT({})
      .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid: id })
      .encrypt(key);
    assert.equal(await codecOf(NEW).decode(jwe), undefined);
  });
});
