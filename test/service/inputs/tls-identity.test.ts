import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { readInputFile } from '../../../src/base/read-files.ts';
import { isSame } from '../../../src/base/secret.ts';
import { readTlsIdentity } from '../../../src/service/inputs/certificates.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { ELSEWHERE, LOOPBACK } from '../../support/tls-identities.ts';

const ENCRYPTED = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

const readFrom = async (contents: Readonly<Record<'cert' | 'key' | 'ca', string | undefined>>) => {
  await using folder = await temporaryFolder();
  for (const [name, text] of Object.entries(contents)) {
    if (text !== undefined) await writeFile(folder.file(name), text);
  }
  return await readTlsIdentity(
    {
      certFile: folder.file('cert'),
      keyFile: folder.file('key'),
      clientCaFile: contents.ca === undefined ? undefined : folder.file('ca'),
    },
    readInputFile,
  );
};

test('no files are no identity', async () => {
  const files = { certFile: undefined, keyFile: undefined, clientCaFile: undefined };
  assert.equal(await readTlsIdentity(files, readInputFile), undefined);
});

test('a certificate with its key is read, and the key is not printed by accident', async () => {
  const identity = await readFrom({ ...LOOPBACK, ca: ELSEWHERE.cert });
  assert.ok(identity);
  assert.equal(identity.key.reveal(), LOOPBACK.key);
  assert.match(identity.clientCa ?? '', /BEGIN CERTIFICATE/);
  assert.doesNotMatch(inspect(identity) + JSON.stringify(identity), /PRIVATE/);
  assert.equal((await readFrom({ ...LOOPBACK, ca: undefined }))?.clientCa, undefined);
});

test('the listener’s own certificate is the first of its chain', async () => {
  const chain = { cert: LOOPBACK.cert + ELSEWHERE.cert, key: LOOPBACK.key, ca: undefined };
  assert.ok(await readFrom(chain));
  await assert.rejects(readFrom({ ...chain, cert: ELSEWHERE.cert + LOOPBACK.cert }), {
    code: 'key_mismatch',
  });
});

test('what cannot be used is told, each with its advice and without a piece of the key', async () => {
  const cases = [
    [{ cert: LOOPBACK.cert, key: ELSEWHERE.key, ca: undefined }, 'key_mismatch'],
    [{ cert: LOOPBACK.cert, key: ENCRYPTED, ca: undefined }, 'invalid_key'],
    [{ cert: LOOPBACK.cert, key: LOOPBACK.cert, ca: undefined }, 'invalid_key'],
    [{ cert: LOOPBACK.cert, key: '', ca: undefined }, 'invalid_key'],
    [{ cert: LOOPBACK.cert, key: undefined, ca: undefined }, 'unreadable'],
    [{ cert: undefined, key: LOOPBACK.key, ca: undefined }, 'unreadable'],
    [{ cert: LOOPBACK.key, key: LOOPBACK.key, ca: undefined }, 'no_certificate'],
    [{ ...LOOPBACK, ca: 'none' }, 'no_certificate'],
  ] as const;
  for (const [contents, code] of cases) {
    await assert.rejects(readFrom(contents), (error) => {
      assert.ok(error instanceof Error && 'code' in error && 'advice' in error);
      assert.equal(error.code, code);
      assert.notEqual(error.advice, '');
      assert.doesNotMatch(inspect(error), /PRIVATE KEY-/);
      return true;
    });
  }
});

test('identities are the same when certificate, key and authorities are', async () => {
  const one = await readFrom({ ...LOOPBACK, ca: undefined });
  const same = await readFrom({ ...LOOPBACK, ca: undefined });
  const other = await readFrom({ ...ELSEWHERE, ca: undefined });
  const guarded = await readFrom({ ...LOOPBACK, ca: LOOPBACK.cert });
  assert.ok(one && same && other && guarded);
  assert.equal(isSame(one, same), true);
  assert.equal(isSame(one, other), false);
  assert.equal(isSame(one, guarded), false);
  assert.equal(isSame(one, { ...same, key: other.key }), false);
});
