import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigSchema } from '../../../src/config/settings/schema.ts';
import { isSecret, settingsOf, TWIN, variableOf } from '../../../src/config/settings/settings.ts';

test('a variable is the key in capitals, words apart', () => {
  const cases: [string, string][] = [
    ['listen.port', 'CMU_PROXY_LISTEN_PORT'],
    ['cache.maxBytes', 'CMU_PROXY_CACHE_MAX_BYTES'],
    ['softwareStatementFile', 'CMU_PROXY_SOFTWARE_STATEMENT_FILE'],
    ['dcr.caFile', 'CMU_PROXY_DCR_CA_FILE'],
    ['state.dir', 'CMU_PROXY_STATE_DIR'],
  ];
  for (const [key, variable] of cases) assert.equal(variableOf(key), variable);
});

test('no two settings share a variable', () => {
  const variables = settingsOf(ConfigSchema).map(({ variable }) => variable);
  assert.equal(new Set(variables).size, variables.length);
});

test('every setting is described and has a default', () => {
  for (const { key, schema } of settingsOf(ConfigSchema)) {
    assert.ok('description' in schema && 'default' in schema, key);
  }
});

test('every secret has a twin that names a file', () => {
  const settings = settingsOf(ConfigSchema);
  const keys = new Set(settings.map(({ key }) => key));
  const secrets = settings.filter(({ schema }) => isSecret(schema));
  assert.ok(secrets.length > 0);
  for (const { key } of secrets) assert.ok(keys.has(key + TWIN), key);
});

test('the contract’s variables are settings', () => {
  const variables = new Set(settingsOf(ConfigSchema).map(({ variable }) => variable));
  for (const name of [
    'LISTEN_HOST',
    'LISTEN_PORT',
    'ADMIN_HOST',
    'ADMIN_PORT',
    'DCR_URL',
    'UPSTREAM_URL',
    'SOFTWARE_STATEMENT',
    'SOFTWARE_STATEMENT_FILE',
    'STATE_DIR',
    'CACHE_MAX_BYTES',
    'LOG_LEVEL',
    'SANDBOX_PORT',
  ]) {
    assert.ok(variables.has(`CMU_PROXY_${name}`), name);
  }
});
