import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf } from '../../support/test-config.ts';

const servers = async (settings: Readonly<Record<string, string>>) => {
  const { dcr, upstream } = await configOf(settings);
  return [dcr.url.origin, upstream.url.origin, upstream.prefix];
};

const DCR = 'https://api.auth.adobe.com';

test('a preset names the servers and the prefix', async () => {
  assert.deepEqual(await servers({}), [DCR, 'https://mgmt.auth.adobe.com', '/cmu/v2']);
  assert.deepEqual(await servers({ ADOBE: 'production-cm-reports' }), [
    DCR,
    'https://cm-reports.adobeprimetime.com',
    '/v2',
  ]);
  assert.deepEqual(await servers({ ADOBE: 'staging' }), [
    'https://api.auth-staging.adobe.com',
    'https://cm-cmu-or2.stage.cm.adobeprimetime.com',
    '/v2',
  ]);
});

test('a URL of one’s own wins, while one that is written out as the default does not', async () => {
  const own = await servers({ ADOBE: 'staging', UPSTREAM_URL: 'https://mine.test', DCR_URL: DCR });
  assert.deepEqual(own, ['https://api.auth-staging.adobe.com', 'https://mine.test', '/v2']);
});

test('another name is a mistake', async () => {
  await assert.rejects(
    configOf({ ADOBE: 'prod' }),
    /expected one of production, production-cm-reports, staging/,
  );
});
