import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadConfig } from '../../../src/config/loading/load.ts';
import { formatMistakes } from '../../../src/config/loading/mistake.ts';
import { clientsOf, routesOf } from '../../../src/config/settings/topology.ts';

/** The proxies of the DCR servers and of the report APIs, or the mistakes. */
const proxiesOf = async (
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
) => {
  const loaded = await loadConfig({ env, readFile: async (path) => files[path] ?? '' });
  if ('mistakes' in loaded) return formatMistakes(loaded.mistakes);
  return [
    ...clientsOf(loaded.config).map(({ dcr }) => dcr.proxy?.reveal()),
    ...routesOf(loaded.config).map(({ upstream }) => upstream.proxy?.reveal()),
  ];
};

const ONE = 'http://user:secret@one.test:3128';
const TWO = 'https://two.test';

suite('the way out', () => {
  test('is direct, if nobody says otherwise', async () => {
    assert.deepEqual(await proxiesOf({}), [undefined, undefined]);
  });

  test('is what the environment says for the scheme, small letters first, as everybody reads it', async () => {
    const plain = { CMU_PROXY_UPSTREAM_URL: 'http://reports.test' };
    assert.deepEqual(await proxiesOf({ ...plain, HTTPS_PROXY: ONE, HTTP_PROXY: TWO }), [ONE, TWO]);
    assert.deepEqual(await proxiesOf({ ...plain, HTTPS_PROXY: TWO, https_proxy: ONE }), [ONE, undefined]);
    assert.deepEqual(await proxiesOf({ ...plain, https_proxy: '', http_proxy: TWO }), [undefined, TWO]);
    assert.deepEqual(
      await proxiesOf({ https_proxy: 'one.test:3128' }),
      Array(2).fill('http://one.test:3128'),
    );
  });

  test('spares what NO_PROXY names, and this machine', async () => {
    assert.deepEqual(await proxiesOf({ HTTPS_PROXY: ONE, NO_PROXY: 'mgmt.auth.adobe.com' }), [
      ONE,
      undefined,
    ]);
    assert.deepEqual(await proxiesOf({ HTTPS_PROXY: ONE, NO_PROXY: '', no_proxy: '*' }), [
      undefined,
      undefined,
    ]);
    const sandbox = {
      CMU_PROXY_DCR_URL: 'http://localhost:8090',
      CMU_PROXY_UPSTREAM_URL: 'http://127.0.0.1:8090',
    };
    assert.deepEqual(await proxiesOf({ ...sandbox, HTTP_PROXY: ONE }), [undefined, undefined]);
  });

  test('is what a setting says, whatever the environment does', async () => {
    const env = { HTTPS_PROXY: ONE, NO_PROXY: '*' };
    assert.deepEqual(await proxiesOf({ ...env, CMU_PROXY_DCR_PROXY: TWO }), [TWO, undefined]);
    assert.deepEqual(await proxiesOf({ HTTPS_PROXY: ONE, CMU_PROXY_UPSTREAM_PROXY: 'none' }), [
      ONE,
      undefined,
    ]);
    assert.deepEqual(await proxiesOf({ CMU_PROXY_UPSTREAM_PROXY_FILE: 'p' }, { p: `${ONE}\n` }), [
      undefined,
      ONE,
    ]);
  });

  test('is a setting of each client and route, inherited from the section', async () => {
    const yaml = `
dcr: { proxy: '${ONE}' }
clients:
  - { name: a, statementFile: a }
  - { name: b, statementFile: b, dcr: { proxy: none } }
routes:
  - { name: a, client: a, prefix: /a, upstream: { proxy: '${TWO}' } }
  - { name: b, client: b, prefix: /b }
`;
    assert.deepEqual(
      await proxiesOf({ CMU_PROXY_CONFIG: 'f', HTTPS_PROXY: 'http://env.test' }, { f: yaml }),
      [...[ONE, undefined], ...[TWO, 'http://env.test']],
    );
  });
});

test('a proxy that is none is a mistake that tells where, and never the password', async () => {
  for (const wrong of [
    'socks5://user:secret@one.test',
    'ftp://secret@one.test',
    'http://:secret@',
    'http://%zz:secret@one.test',
    'http://one.test/secret',
  ]) {
    for (const variable of ['HTTPS_PROXY', 'https_proxy', 'CMU_PROXY_DCR_PROXY']) {
      const told = await proxiesOf({ [variable]: wrong });
      assert.ok(typeof told === 'string', `${variable}=${wrong}`);
      assert.match(told, new RegExp(variable));
      assert.match(told, /expected .*user:password@/);
      assert.doesNotMatch(told, /secret@|\/secret/);
    }
  }
  // What nothing would go through is nobody's business.
  assert.deepEqual(await proxiesOf({ HTTP_PROXY: 'socks5://one.test' }), [undefined, undefined]);
});
