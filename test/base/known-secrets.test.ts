import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { KnownSecrets } from '../../src/base/known-secrets.ts';
import { Secret } from '../../src/base/secret.ts';
import { formsOf } from '../support/secret-forms.ts';

const SECRETS = {
  'an opaque one': '2f6b1d0c-8a53-4a7e-9d1f-0c2b7e5a4d91',
  'a password of any characters': 'p@ss w"rd/äöü+&=\\?%',
  'a JWS': 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLW9mLXNvbWU',
};

const knowing = (...texts: readonly string[]): KnownSecrets => {
  const secrets = new KnownSecrets();
  for (const text of texts) secrets.keep(new Secret(text));
  return secrets;
};

for (const [name, secret] of Object.entries(SECRETS)) {
  test(`${name} is found in every form`, () => {
    const secrets = knowing(secret);
    for (const form of [...formsOf(secret), [...secret].reverse().join('')]) {
      const scrubbed = secrets.scrub(`before ${form} after`);
      assert.ok(!scrubbed.includes(form), form);
      assert.match(scrubbed, /^before .*\[redacted\].* after$/);
    }
  });

  test(`${name} is found in Base64 whatever stands around it`, () => {
    const secrets = knowing(secret);
    for (const around of ['', 'a', 'ab', 'abc', 'abcd']) {
      const encoded = Buffer.from(around + secret + around).toString('base64');
      const bare = secrets.scrub(encoded).replaceAll('[redacted]', '');
      assert.ok(bare.length < 20, `${around}: ${bare}`);
    }
  });

  test(`pieces of ${name} are found where somebody else wrote the text`, () => {
    const secrets = knowing(secret);
    for (const piece of [secret.slice(0, 12), secret.slice(5, 17), secret.slice(-10)]) {
      assert.equal(secrets.scrubPieces(`(${piece})`), '([redacted])');
    }
    const reversed = [...secret].reverse().join('').slice(3, 15);
    assert.equal(secrets.scrubPieces(`(${reversed})`), '([redacted])');
    const encoded = Buffer.from(secret).toString('base64').slice(4, 16);
    assert.equal(secrets.scrubPieces(`(${encoded})`), '([redacted])');
  });
}

test('other text stays as it is', () => {
  const secrets = knowing(...Object.values(SECRETS));
  const text = 'The statement is not approved, see https://example.test/?id=12345678.';
  assert.equal(secrets.scrub(text), text);
  assert.equal(secrets.scrubPieces(text), text);
});

test('what is too short to be told from a word is left', () => {
  assert.equal(knowing('seven77').scrub('seven77'), 'seven77');
  assert.equal(knowing('eight888').scrub('eight888'), '[redacted]');
  assert.equal(knowing('six666').scrubPieces('it was six666'), 'it was [redacted]');
});

test('secrets are found at any depth, keys and the passwords of URLs among them', () => {
  const secrets = new KnownSecrets();
  const key = createSecretKey(Buffer.alloc(32, 'key'));
  const pem = '-----BEGIN PRIVATE KEY-----\ncanary-line-of-a-key\n-----END PRIVATE KEY-----\n';
  const url = new Secret('redis://user:canary%2Fpassword@redis.test:6379');
  secrets.keep({ state: { keys: [{ key }] }, tls: { key: new Secret(pem) }, redis: { url }, nothing: null });
  for (const text of [key.export().toString('base64'), key.export().toString('hex')]) {
    assert.equal(secrets.scrub(text), '[redacted]');
  }
  assert.equal(secrets.scrub('a PRIVATE KEY: canary-line-of-a-key'), 'a PRIVATE KEY: [redacted]');
  assert.equal(secrets.scrub('canary/password, canary%2Fpassword'), '[redacted], [redacted]');
});

test('of a header field the scheme is no secret', () => {
  const secrets = knowing(`Bearer ${SECRETS['an opaque one']}`);
  assert.equal(secrets.scrub('Bearer tokens are used'), 'Bearer tokens are used');
  assert.equal(secrets.scrub(`"${SECRETS['an opaque one']}"`), '"[redacted]"');
});

test('tokens make room for later ones, and those that last stay', () => {
  const secrets = knowing('lasting-secret');
  const tokens = Array.from({ length: 17 }, (_, i) => `passing-secret-${i}-`);
  for (const token of tokens) secrets.note(new Secret(token));
  assert.deepEqual(
    tokens.map((token) => secrets.scrub(token) === token),
    [true, ...Array(16).fill(false)],
  );
  assert.equal(secrets.scrub('lasting-secret'), '[redacted]');
});
