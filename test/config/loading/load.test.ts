import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../../src/config/loading/load.ts';
import type { ConfigMistake } from '../../../src/config/loading/mistake.ts';
import type { Config } from '../../../src/config/settings/schema.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';

const filesOf =
  (files: Readonly<Record<string, string>>) =>
  async (path: string): Promise<string> => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  };

const load = (env: Record<string, string>, yaml?: string) =>
  loadConfig({
    env,
    readFile: filesOf(yaml === undefined ? {} : { 'proxy.yaml': yaml }),
    ...(yaml === undefined ? {} : { file: 'proxy.yaml' }),
  });

async function configOf(env: Record<string, string>, yaml?: string): Promise<Config> {
  const result = await load(env, yaml);
  assert.ok('config' in result, JSON.stringify(result));
  return result.config;
}

async function mistakesOf(env: Record<string, string>, yaml?: string): Promise<readonly ConfigMistake[]> {
  const result = await load(env, yaml);
  assert.ok('mistakes' in result, 'it loaded');
  return result.mistakes;
}

const keysOf = (mistakes: readonly ConfigMistake[]): string[] => mistakes.map(({ key }) => key).sort();

test('without a file and variables every setting has its default', async () => {
  const config = await configOf({});
  assert.equal(config.listen.host, '127.0.0.1');
  assert.equal(config.listen.port, 8080);
  assert.equal(config.admin.port, 9901);
  assert.equal(config.dcr.url.href, 'https://api.auth.adobe.com/');
  assert.equal(config.upstream.url.href, 'https://mgmt.auth.adobe.com/');
  assert.equal(config.softwareStatement, undefined);
  assert.equal(config.softwareStatementFile, undefined);
  assert.equal(config.upstream.caFile, undefined);
});

test('the file overrides defaults, and the environment overrides the file', async () => {
  const yaml = 'listen:\n  port: 1111\nadmin:\n  port: 2222\n';
  const config = await configOf({ CMU_PROXY_LISTEN_PORT: '3333' }, yaml);
  assert.equal(config.listen.port, 3333);
  assert.equal(config.admin.port, 2222);
  assert.equal(config.listen.prefix, '/cmu/v2');
});

test('CMU_PROXY_CONFIG names the file, and --config wins over it', async () => {
  const readFile = filesOf({ 'a.yaml': 'listen: { port: 1 }', 'b.yaml': 'listen: { port: 2 }' });
  const byVariable = await loadConfig({ env: { CMU_PROXY_CONFIG: 'a.yaml' }, readFile });
  const byOption = await loadConfig({ file: 'b.yaml', env: { CMU_PROXY_CONFIG: 'a.yaml' }, readFile });
  assert.ok('config' in byVariable && 'config' in byOption);
  assert.equal(byVariable.config.listen.port, 1);
  assert.equal(byOption.config.listen.port, 2);
});

test('a missing file is a mistake that names it, and the environment is checked all the same', async () => {
  const result = await loadConfig({
    file: 'nowhere.yaml',
    env: { CMU_PROXY_LISTEN_PORT: 'x' },
    readFile: filesOf({}),
  });
  assert.ok('mistakes' in result);
  assert.equal(result.mistakes.length, 2);
  assert.deepEqual(result.mistakes[0], {
    key: '',
    source: 'nowhere.yaml',
    expected: 'expected a configuration file that can be read (ENOENT)',
  });
});

test('all mistakes are told together: file, environment, and between settings', async () => {
  const yaml = [
    'listen:',
    '  host: 0.0.0.0',
    '  port: 99999',
    '  prot: 3',
    'cache: 5',
    'log: { level: loud }',
    'softwareStatement: a.b.c',
    'softwareStatementFile: x.txt',
  ].join('\n');
  const mistakes = await mistakesOf(
    { CMU_PROXY_DCR_TIMEOUT_MS: '1s', CMU_PROXY_UPSTREAM_URL: 'ftp://x', CMU_PROXY_LISTEN_PROT: '1' },
    yaml,
  );
  assert.deepEqual(keysOf(mistakes), [
    'CMU_PROXY_LISTEN_PROT',
    'cache',
    'dcr.timeoutMs',
    'listen.host',
    'listen.port',
    'listen.prot',
    'log.level',
    'softwareStatement',
    'upstream.url',
  ]);
});

test('more than eight wrong settings are all told (TypeBox alone stops at eight)', async () => {
  const yaml = [
    'listen: { port: a, maxConnections: b, headersTimeoutMs: c, keepAliveTimeoutMs: d, writeTimeoutMs: e }',
    'upstream: { connectTimeoutMs: f, headersTimeoutMs: g, bodyIdleTimeoutMs: h, maxConnections: i }',
    'cache: { maxBytes: j, maxEntryBytes: k }',
  ].join('\n');
  assert.equal((await mistakesOf({}, yaml)).length, 11);
});

test('a mistake carries key, source, value and expectation', async () => {
  assert.deepEqual(await mistakesOf({}, 'listen:\n  # a remark\n  port: 70000\n'), [
    {
      key: 'listen.port',
      source: 'proxy.yaml:3',
      given: '70000',
      expected: 'expected an integer from 0 to 65535',
    },
  ]);
  assert.deepEqual(await mistakesOf({ CMU_PROXY_LISTEN_PORT: '70000' }), [
    {
      key: 'listen.port',
      source: 'CMU_PROXY_LISTEN_PORT',
      given: '70000',
      expected: 'expected an integer from 0 to 65535',
    },
  ]);
});

test('a rule between settings stays silent about settings that are wrong already', async () => {
  const mistakes = await mistakesOf({
    CMU_PROXY_LISTEN_HOST: '0.0.0.0',
    CMU_PROXY_LISTEN_ALLOW_REMOTE: 'yes',
  });
  assert.deepEqual(keysOf(mistakes), ['listen.allowRemote']);
});

test('secrets and URLs arrive in types of their own', async () => {
  const config = await configOf({
    CMU_PROXY_SOFTWARE_STATEMENT: JWT,
    CMU_PROXY_DCR_URL: 'http://127.0.0.1:9/',
  });
  assert.equal(config.softwareStatement?.reveal(), JWT);
  assert.ok(config.dcr.url instanceof URL);
  assert.ok(!JSON.stringify(config).includes(JWT));
});

test('a statement in the environment, in either form, replaces the file’s in either form', async () => {
  const inline = await configOf({ CMU_PROXY_SOFTWARE_STATEMENT: JWT }, 'softwareStatementFile: old.txt');
  assert.equal(inline.softwareStatementFile, undefined);
  const byFile = await configOf(
    { CMU_PROXY_SOFTWARE_STATEMENT_FILE: 'new.txt' },
    `softwareStatement: ${JWT}`,
  );
  assert.equal(byFile.softwareStatement, undefined);
  assert.equal(byFile.softwareStatementFile, 'new.txt');
});

test('no mistake shows a secret, wherever it was put', async () => {
  const puts: [Record<string, string>, string?][] = [
    [{ CMU_PROXY_SOFTWARE_STATEMENT_FILE: JWT }],
    [{ CMU_PROXY_SOFTWARE_STATEMENT: JWT, CMU_PROXY_SOFTWARE_STATEMENT_FILE: 'a.txt' }],
    [{ CMU_PROXY_SOFTWARE_STATMENT: JWT }],
    [{ CMU_PROXY_SOFTWARE_STATEMENT: 'canary', CMU_PROXY_SOFTWARE_STATEMENT_FILE: 'a.txt' }],
    [{ CMU_PROXY_LISTEN_PORT: JWT }],
    [{ CMU_PROXY_DCR_URL: `https://user:${JWT}@x.test/` }],
    [{ CMU_PROXY_DCR_DEVICE_INFO: JWT }],
    [{}, `sofwareStatement: ${JWT}`],
    [{}, `softwareStatement: [${JWT}]`],
    [{}, `listen: ${JWT}`],
    [{}, `log: { level: { a: ${JWT} } }`],
    [{}, `a: "${JWT}" "${JWT}"`],
    [{}, `- ${JWT}`],
  ];
  for (const [env, yaml] of puts) {
    const told = JSON.stringify(await mistakesOf(env, yaml));
    for (const part of ['canary', ...JWT.split('.')]) assert.ok(!told.includes(part), told);
  }
});

test('a password in a URL is not shown', async () => {
  const told = JSON.stringify(await mistakesOf({ CMU_PROXY_DCR_URL: 'https://me:hunter2@x.test/' }));
  assert.ok(!told.includes('hunter2'));
});

test('the state folder follows the XDG base directory specification', async () => {
  const dirOf = async (env: Record<string, string>) => (await configOf(env)).state.dir;
  assert.equal(await dirOf({ HOME: '/home/me' }), '/home/me/.local/state/cmu-proxy');
  assert.equal(await dirOf({ HOME: '/home/me', XDG_STATE_HOME: '/state' }), '/state/cmu-proxy');
  assert.equal(
    await dirOf({ HOME: '/home/me', XDG_STATE_HOME: 'relative' }),
    '/home/me/.local/state/cmu-proxy',
  );
  assert.equal(await dirOf({ HOME: '/home/me', CMU_PROXY_STATE_DIR: 'mine' }), 'mine');
  assert.equal(await dirOf({}), undefined);
});

test('warnings come with a configuration that works', async () => {
  const result = await load({ CMU_PROXY_UPSTREAM_URL: 'http://api.test' });
  assert.ok('config' in result);
  assert.deepEqual(
    result.warnings.map(({ key }) => key),
    ['upstream.url'],
  );
});

test('a read file system that fails in an unknown way is a mistake too, not a crash', async () => {
  const readFile = () => Promise.reject(new Error('odd'));
  const result = await loadConfig({ file: 'x', env: {}, readFile });
  assert.ok('mistakes' in result);
  assert.match(result.mistakes[0]?.expected ?? '', /unreadable/);
});
