import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { readSecretFiles } from '../../../src/config/loading/secret-files.ts';
import { settingsOf } from '../../../src/config/settings/settings.ts';

const text = (kind: string) => Type.String({ default: '', kind });
const settings = settingsOf(
  Type.Object({
    redis: Type.Object({ url: text('secret'), urlFile: text('secretFile') }),
    statement: text('secret'),
    statementFile: text('file'),
  }),
);

const given = (values: Record<string, string>) =>
  new Map(Object.entries(values).map(([key, value]) => [key, { value, source: `SOURCE_OF_${key}` }]));

test('a secret is what its file holds, without the last newline', async () => {
  for (const content of ['pass word', 'pass word\n', 'pass word\r\n']) {
    const { secrets, mistakes } = await readSecretFiles(
      settings,
      given({ 'redis.urlFile': '/run/s' }),
      async (path) => {
        assert.equal(path, '/run/s');
        return content;
      },
    );
    assert.deepEqual(mistakes, []);
    assert.deepEqual(
      [...secrets],
      [['redis.url', { value: 'pass word', source: 'SOURCE_OF_redis.urlFile' }]],
    );
  }
});

test('the file of the statement is left to whoever watches it', async () => {
  const { secrets } = await readSecretFiles(settings, given({ statementFile: '/run/s' }), () =>
    Promise.reject(new Error('it was read')),
  );
  assert.equal(secrets.size, 0);
});

test('a file that cannot be read is a mistake that names it', async () => {
  const { mistakes } = await readSecretFiles(settings, given({ 'redis.urlFile': '/run/s' }), () =>
    Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })),
  );
  assert.deepEqual(mistakes, [
    {
      key: 'redis.urlFile',
      source: 'SOURCE_OF_redis.urlFile',
      given: '"/run/s"',
      expected: 'expected a file that can be read (EACCES)',
    },
  ]);
});

test('a secret and its file at once are a mistake, and the file is not read', async () => {
  const { secrets, mistakes } = await readSecretFiles(
    settings,
    given({ 'redis.url': 'redis://x', 'redis.urlFile': '/run/s' }),
    () => Promise.reject(new Error('it was read')),
  );
  assert.equal(secrets.size, 0);
  assert.deepEqual(
    mistakes.map(({ key }) => key),
    ['redis.url'],
  );
});
