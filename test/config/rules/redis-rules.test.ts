import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../../src/config/loading/load.ts';
import { formatMistakes } from '../../../src/config/loading/mistake.ts';

const PASSWORD = 'canary-of-redis';

const load = async (environment: Record<string, string>) =>
  loadConfig({
    file: undefined,
    env: {
      CMU_PROXY_SOFTWARE_STATEMENT_FILE: '/statement.txt',
      CMU_PROXY_STATE_KEY: Buffer.alloc(32).toString('base64'),
      ...environment,
    },
  });

const mistakesOf = async (environment: Record<string, string>) => {
  const loaded = await load(environment);
  return 'mistakes' in loaded ? loaded.mistakes : [];
};

for (const url of [
  'redis://127.0.0.1',
  `rediss://proxy:${PASSWORD}@redis.internal:6380/2`,
  `redis://:${PASSWORD}@[::1]:6379`,
]) {
  test(`${url.replace(PASSWORD, '…')} is taken, and not shown`, async () => {
    const loaded = await load({ CMU_PROXY_REDIS_URL: url });
    assert.ok('config' in loaded);
    assert.equal(loaded.config.redis.url?.reveal(), url);
    assert.doesNotMatch(JSON.stringify(loaded), new RegExp(PASSWORD));
  });
}

for (const url of [
  `http://${PASSWORD}@127.0.0.1`,
  `redis://${PASSWORD}@h/zero`,
  `redis://h/0?password=${PASSWORD}`,
  `${PASSWORD}`,
]) {
  test(`${url.replace(PASSWORD, '…')} is a mistake that does not show it`, async () => {
    const mistakes = await mistakesOf({ CMU_PROXY_REDIS_URL: url });
    assert.deepEqual(
      mistakes.map(({ key }) => key),
      ['redis.url'],
    );
    assert.doesNotMatch(formatMistakes(mistakes), new RegExp(PASSWORD));
  });
}

test('a shared store needs a key to seal with', async () => {
  const mistakes = await mistakesOf({ CMU_PROXY_REDIS_URL: 'redis://127.0.0.1', CMU_PROXY_STATE_KEY: '' });
  assert.deepEqual(
    mistakes.map(({ key }) => key),
    ['state.keyFile'],
  );
});

test('a Redis is a cluster or behind Sentinels, not both', async () => {
  const mistakes = await mistakesOf({
    CMU_PROXY_REDIS_URL: 'redis://127.0.0.1',
    CMU_PROXY_REDIS_CLUSTER: 'true',
    CMU_PROXY_REDIS_SENTINEL_MASTER: 'mymaster',
  });
  assert.deepEqual(
    mistakes.map(({ key }) => key),
    ['redis.cluster'],
  );
});

test('a password on its way in the clear to another machine is warned of', async () => {
  const warned = async (url: string) => {
    const loaded = await load({ CMU_PROXY_REDIS_URL: url });
    return 'config' in loaded && loaded.warnings.some(({ key }) => key === 'redis.url');
  };
  assert.equal(await warned('redis://redis.internal'), true);
  assert.equal(await warned('rediss://redis.internal'), false);
  assert.equal(await warned('redis://127.0.0.1'), false);
});

for (const [what, settings, expected] of [
  [
    'files for TLS need a URL with TLS',
    { REDIS_URL: 'redis://127.0.0.1', REDIS_CA_FILE: '/ca.pem' },
    ['redis.caFile'],
  ],
  [
    'a certificate for Redis needs its key',
    { REDIS_URL: 'rediss://127.0.0.1', REDIS_CERT_FILE: '/cert.pem' },
    ['redis.keyFile'],
  ],
  [
    'and the key its certificate',
    { REDIS_URL: 'rediss://127.0.0.1', REDIS_KEY_FILE: '/key.pem' },
    ['redis.certFile'],
  ],
  [
    'reports are shared where there is a Redis',
    { REDIS_REPORTS_MAX_ENTRY_BYTES: '1' },
    ['redis.reports.maxEntryBytes'],
  ],
  [
    'all of it together is fine',
    {
      REDIS_URL: 'rediss://127.0.0.1',
      REDIS_CA_FILE: '/ca.pem',
      REDIS_CERT_FILE: '/cert.pem',
      REDIS_KEY_FILE: '/key.pem',
      REDIS_REPORTS_MAX_ENTRY_BYTES: '1048576',
    },
    [],
  ],
] as const) {
  test(what, async () => {
    const environment = Object.entries(settings).map(([name, value]) => [`CMU_PROXY_${name}`, value]);
    const mistakes = await mistakesOf(Object.fromEntries(environment));
    assert.deepEqual(
      mistakes.map(({ key }) => key),
      expected,
    );
  });
}
