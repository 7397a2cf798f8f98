import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reloaded } from '../../../src/config/loading/reload.ts';
import { configOf } from '../../support/test-config.ts';

const REDIS = { REDIS_URL: 'redis://localhost', STATE_KEY: 'k', STATE_DIR: '/s' };

const reload = async (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
  reloaded(await configOf(before), await configOf(after));

test('what can change while running does', async () => {
  const changes = {
    ...{ SOFTWARE_STATEMENT_FILE: 'b.txt', DCR_TIMEOUT_MS: '500', UPSTREAM_URL: 'https://x.test' },
    ...{ LISTEN_PREFIX: '/r', LISTEN_ALLOWED_HOSTS: 'h.test', SHUTDOWN_GRACE_MS: '7' },
    ...{ CACHE_SCHEDULE_DAY_MS: '5', CACHE_WARM_UP_REQUESTS_PER_MINUTE: '3' },
    ROUTES: '[{"name":"r"}]',
  };
  const { config, waiting } = await reload({}, changes);
  assert.deepEqual(waiting, []);
  assert.deepEqual(config, await configOf(changes));
});

test('what is open already stays, and its keys are named', async () => {
  const { config, waiting } = await reload(
    { STATE_DIR: '/s' },
    {
      ...{ STATE_DIR: '/t', LISTEN_PORT: '1', ADMIN_HOST: '127.0.0.2', LOG_LEVEL: 'warn' },
      ...{
        CACHE_MAX_BYTES: '5',
        LISTEN_WRITE_TIMEOUT_MS: '500',
        LISTEN_TLS_CERT_FILE: 'c',
        LISTEN_TLS_KEY_FILE: 'k',
      },
    },
  );
  assert.deepEqual(waiting.toSorted(), [
    'admin.host',
    'cache.maxBytes',
    'listen.port',
    'listen.tls.certFile',
    'listen.tls.keyFile',
    'listen.writeTimeoutMs',
    'log.level',
    'state.dir',
  ]);
  assert.deepEqual(config, await configOf({ STATE_DIR: '/s' }));
});

test('a secret that has changed is named, and one that has not is not', async () => {
  const other = { ...REDIS, REDIS_URL: 'redis://other' };
  assert.deepEqual((await reload(REDIS, other)).waiting, ['redis.url']);
  assert.deepEqual((await reload(REDIS, REDIS)).waiting, []);
});
