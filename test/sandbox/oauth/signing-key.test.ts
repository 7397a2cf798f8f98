import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  signStatement,
} from '../../../src/sandbox/index.ts';
import { verifyJwt } from '../../../src/sandbox/oauth/signing-key.ts';
import { signingKey } from '../client.ts';

const NOW = Date.UTC(2026, 10, 24);

test('a key survives export and import, both ways', async () => {
  const pem = await exportSigningKey(signingKey);
  assert.match(pem, /^-----BEGIN PRIVATE KEY-----/);
  const copy = await importSigningKey(pem);
  assert.equal(await exportSigningKey(copy), pem.trim());
  await verifyJwt(copy, await signStatement(signingKey, 'x', NOW), NOW);
  await verifyJwt(signingKey, await signStatement(copy, 'x', NOW), NOW);
  await assert.rejects(verifyJwt(await generateSigningKey(), await signStatement(copy, 'x', NOW), NOW));
});

test('what is no RSA key is refused', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const elliptic = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  for (const pem of ['', 'hello', elliptic]) await assert.rejects(importSigningKey(pem));
});

test('the same name is the same application in every sandbox, and another name another one', async () => {
  const subjects = await Promise.all(
    ['a', 'a', 'b'].map(async (name) =>
      verifyJwt(signingKey, await signStatement(signingKey, name, NOW), NOW),
    ),
  );
  assert.equal(subjects[0], subjects[1]);
  assert.notEqual(subjects[0], subjects[2]);
  assert.match(subjects[0] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
});
