import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSame, Secret } from '../../src/base/secret.ts';

test('values are the same when all that is in them is, secrets at any depth included', () => {
  const value = (password: string, port = 1) => ({
    url: new URL(`http://a.test:${port}`),
    proxy: undefined,
    keys: [{ key: new Secret(password) }],
  });
  assert.ok(isSame(value('a'), value('a')));
  assert.ok(!isSame(value('a'), value('b')));
  assert.ok(!isSame(value('a'), value('a', 2)));
  assert.ok(isSame(new Secret('a'), new Secret('a')));
  assert.ok(!isSame(new Secret('a'), new Secret('b')));
  assert.ok(isSame(undefined, undefined));
  assert.ok(!isSame({ key: new Secret('a') }, { key: undefined }));
});
