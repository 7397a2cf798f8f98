import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../../src/config/loading/load.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln';

/** The keys that rules between settings complain about. */
async function brokenBy(env: Record<string, string>): Promise<string[]> {
  const result = await loadConfig({ env });
  return 'mistakes' in result ? result.mistakes.map(({ key }) => key) : [];
}

async function warnedBy(env: Record<string, string>): Promise<string[]> {
  const result = await loadConfig({ env });
  assert.ok('config' in result, JSON.stringify(result));
  return result.warnings.map(({ key }) => key);
}

test('the public listener leaves loopback only with consent', async () => {
  for (const host of ['0.0.0.0', '::', '10.1.2.3', 'proxy.internal', '128.0.0.1']) {
    assert.deepEqual(await brokenBy({ CMU_PROXY_LISTEN_HOST: host }), ['listen.host'], host);
    const consented = { CMU_PROXY_LISTEN_HOST: host, CMU_PROXY_LISTEN_ALLOW_REMOTE: 'true' };
    assert.deepEqual(await brokenBy(consented), [], host);
    assert.deepEqual(await warnedBy(consented), ['listen.host'], host);
  }
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1']) {
    assert.deepEqual(await brokenBy({ CMU_PROXY_LISTEN_HOST: host }), [], host);
  }
});

test('a statement is given once', async () => {
  const both = { CMU_PROXY_SOFTWARE_STATEMENT: JWT, CMU_PROXY_SOFTWARE_STATEMENT_FILE: 'a.txt' };
  assert.deepEqual(await brokenBy(both), ['softwareStatement']);
});

test('a statement and the path of its file are told apart', async () => {
  assert.deepEqual(await brokenBy({ CMU_PROXY_SOFTWARE_STATEMENT_FILE: JWT }), ['softwareStatementFile']);
  for (const path of ['/run/secrets/statement', './a', '../a', 'statement.txt', 'Android_17.jwt']) {
    assert.deepEqual(await brokenBy({ CMU_PROXY_SOFTWARE_STATEMENT: path }), ['softwareStatement'], path);
  }
  assert.deepEqual(await brokenBy({ CMU_PROXY_SOFTWARE_STATEMENT: JWT }), []);
});

test('the two listeners never share a port', async () => {
  const cases: [host: string, adminHost: string, shared: boolean][] = [
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', 'localhost', true],
    ['127.0.0.1', '0.0.0.0', true],
    ['127.0.0.1', '10.0.0.1', false],
  ];
  for (const [host, adminHost, shared] of cases) {
    const env = {
      CMU_PROXY_LISTEN_HOST: host,
      CMU_PROXY_LISTEN_PORT: '9901',
      CMU_PROXY_ADMIN_HOST: adminHost,
    };
    assert.deepEqual(await brokenBy(env), shared ? ['admin.port'] : [], `${host} ${adminHost}`);
  }
  assert.deepEqual(await brokenBy({ CMU_PROXY_LISTEN_PORT: '0', CMU_PROXY_ADMIN_PORT: '0' }), []);
});

test('Adobe is not looked for at the proxy itself', async () => {
  for (const url of ['http://127.0.0.1:8080', 'http://localhost:9901', 'http://[::1]:8080']) {
    assert.deepEqual(await brokenBy({ CMU_PROXY_UPSTREAM_URL: url }), ['upstream.url'], url);
    assert.deepEqual(await brokenBy({ CMU_PROXY_DCR_URL: url }), ['dcr.url'], url);
  }
  assert.deepEqual(await brokenBy({ CMU_PROXY_UPSTREAM_URL: 'http://127.0.0.1:8090' }), []);
  assert.deepEqual(
    await brokenBy({ CMU_PROXY_UPSTREAM_URL: 'http://localhost', CMU_PROXY_LISTEN_PORT: '80' }),
    ['upstream.url'],
  );
});

test('what would travel unencrypted over a network is warned of', async () => {
  const clearly = { CMU_PROXY_DCR_URL: 'http://dcr.test' };
  assert.deepEqual(await brokenBy(clearly), ['dcr.url'], 'statement and secrets go there');
  assert.deepEqual(await warnedBy({ ...clearly, CMU_PROXY_DCR_ALLOW_HTTP: 'true' }), ['dcr.url']);
  assert.deepEqual(await warnedBy({ CMU_PROXY_UPSTREAM_URL: 'http://api.test' }), ['upstream.url']);
  assert.deepEqual(
    await warnedBy({
      CMU_PROXY_DCR_URL: 'http://127.0.0.1:8090',
      CMU_PROXY_UPSTREAM_URL: 'http://[::1]:8090',
    }),
    [],
  );
});

test('reports to warm up are below the prefix; without a cache they are warned of', async () => {
  const reports = (...paths: string[]) => ({
    CMU_PROXY_CACHE_WARM_UP_REPORTS: JSON.stringify(paths.map((path) => ({ path }))),
  });
  for (const path of ['/cmu/v2', '/cmu/v2?limit=1', '/cmu/v2/year?metrics=a,b']) {
    assert.deepEqual(await brokenBy(reports('/cmu/v2/year', path)), [], path);
  }
  for (const path of ['/', '/year', '/cmu/v2x', '/esm/v3/year', '/CMU/v2/year']) {
    assert.deepEqual(await brokenBy(reports('/cmu/v2/year', path)), ['cache.warmUp.reports'], path);
  }
  const elsewhere = { ...reports('/esm/v3/year'), CMU_PROXY_LISTEN_PREFIX: '/esm/v3' };
  assert.deepEqual(await brokenBy(elsewhere), []);
  const off = { ...reports('/cmu/v2/year'), CMU_PROXY_CACHE_MAX_BYTES: '0' };
  assert.deepEqual(await warnedBy(off), ['cache.warmUp.reports']);
});
