import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { GivenConfig } from '../../../src/config/loading/given.ts';
import { readSecretFiles } from '../../../src/config/loading/load.ts';
import { settingsOf } from '../../../src/config/settings/settings.ts';

const text = (kind: string) => Type.String({ default: '', kind });
const settings = settingsOf(
  Type.Object({
    redis: Type.Object({ url: text('secret'), urlFile: text('secretFile') }),
    statement: text('secret'),
    statementFile: text('file'),
  }),
);

const given = (values: Record<string, string>): GivenConfig => {
  const it = new GivenConfig();
  for (const [key, value] of Object.entries(values)) it.put(key, value, `SOURCE_OF_${key}`);
  return it;
};

test('a secret is what its file holds, without the last newline', async () => {
  for (const content of ['pass word', 'pass word\n', 'pass word\r\n']) {
    const it = given({ 'redis.urlFile': '/run/s' });
    await readSecretFiles(settings, it, async (path) => {
      assert.equal(path, '/run/s');
      return content;
    });
    assert.deepEqual(it.mistakes, []);
    assert.equal(it.valueAt('redis.url'), 'pass word');
    assert.equal(it.sourceOf('redis.url'), 'SOURCE_OF_redis.urlFile');
  }
});

test('the file of the statement is left to whoever watches it', async () => {
  const it = given({ statementFile: '/run/s' });
  const unread = () => Promise.reject(new Error('it was read'));
  await readSecretFiles(settings, it, unread);
  assert.deepEqual(it.mistakes, []);
  assert.equal(it.valueAt('statement'), undefined);
});

test('a file that cannot be read is a mistake that names it', async () => {
  const it = given({ 'redis.urlFile': '/run/s' });
  await readSecretFiles(settings, it, () =>
    Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })),
  );
  assert.deepEqual(it.mistakes, [
    {
      key: 'redis.urlFile',
      source: 'SOURCE_OF_redis.urlFile',
      given: '"/run/s"',
      expected: 'expected a file that can be read (EACCES)',
    },
  ]);
});

test('a secret and its file at once are a mistake, and the file is not read', async () => {
  const it = given({ 'redis.url': 'redis://x', 'redis.urlFile': '/run/s' });
  await readSecretFiles(settings, it, () => Promise.reject(new Error('it was read')));
  assert.equal(it.valueAt('redis.url'), 'redis://x');
  assert.deepEqual(
    it.mistakes.map(({ key }) => key),
    ['redis.url'],
  );
});
