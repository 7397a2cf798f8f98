import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { loadConfig } from '../../../src/config/loading/load.ts';
import { configOf } from '../../support/test-config.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const TOKENS = JSON.stringify([{ name: 'dashboards', sha256: sha256('a') }]);

const loadedWith = (settings: Readonly<Record<string, string>>) =>
  loadConfig({
    env: Object.fromEntries(Object.entries(settings).map(([name, value]) => [`CMU_PROXY_${name}`, value])),
  });

/** The mistakes as `key: expected`. */
const mistakesIn = async (settings: Readonly<Record<string, string>>): Promise<string[]> => {
  const loaded = await loadedWith(settings);
  return 'mistakes' in loaded ? loaded.mistakes.map(({ key, expected }) => `${key}: ${expected}`) : [];
};

const warningsOf = async (settings: Readonly<Record<string, string>>): Promise<string[]> => {
  const loaded = await loadedWith(settings);
  assert.ok('config' in loaded, JSON.stringify(loaded));
  return loaded.warnings.map(({ key, message }) => `${key}: ${message}`);
};

test('by default nobody needs a token, there is no TLS, and a socket would be its owner’s alone', async () => {
  const { listen } = await configOf({});
  assert.deepEqual(listen.callerTokens, []);
  assert.deepEqual(listen.allowedHosts, []);
  assert.deepEqual(listen.tls, { certFile: undefined, keyFile: undefined, clientCaFile: undefined });
  assert.equal(listen.socketMode, 0o600);
});

test('the mode of the socket is octal, with or without a zero before it', async () => {
  for (const [text, mode] of [
    ['0660', 0o660],
    ['666', 0o666],
    ['0000', 0],
  ] as const) {
    assert.equal((await configOf({ LISTEN_SOCKET_MODE: text })).listen.socketMode, mode, text);
  }
  for (const text of ['0680', '1777', 'rw-rw----', '66', '0o660']) {
    const [mistake = ''] = await mistakesIn({ LISTEN_SOCKET_MODE: text });
    assert.match(mistake, /^listen\.socketMode: expected an octal mode in quotes/, text);
  }
  const inYaml = await loadConfig({
    file: 'f',
    env: {},
    readFile: async () => 'listen: { socketMode: 0660 }',
  });
  assert.ok('mistakes' in inYaml, 'YAML reads 0660 as six hundred and sixty');
});

test('allowed hosts are names, without scheme, port or wildcard', async () => {
  const { listen } = await configOf({
    LISTEN_ALLOWED_HOSTS: 'cmu-proxy, cmu-proxy.reports.svc.cluster.local',
  });
  assert.deepEqual(listen.allowedHosts, ['cmu-proxy', 'cmu-proxy.reports.svc.cluster.local']);
  for (const host of ['http://cmu-proxy', 'cmu-proxy:8080', '*', '*.svc', 'a/b', '.svc']) {
    assert.match((await mistakesIn({ LISTEN_ALLOWED_HOSTS: host })).join(), /^listen\.allowedHosts/, host);
  }
});

test('a socket is listened on in place of an address, so what is said of the address does not matter', async () => {
  const socket = { LISTEN_SOCKET_PATH: '/run/cmu-proxy/reports.sock' };
  assert.deepEqual(await mistakesIn({ ...socket, LISTEN_HOST: '0.0.0.0', LISTEN_PORT: '9901' }), []);
  assert.deepEqual(await warningsOf({ ...socket, LISTEN_HOST: '0.0.0.0', LISTEN_ALLOW_REMOTE: 'true' }), []);
  assert.deepEqual(await mistakesIn({ ...socket, UPSTREAM_URL: 'http://127.0.0.1:8080' }), []);
});

test('the path of a socket fits into its address', async () => {
  const folderOf = (length: number) => `/${'f'.repeat(length - 1)}/s`;
  assert.deepEqual(await mistakesIn({ LISTEN_SOCKET_PATH: folderOf(89) }), []);
  assert.match((await mistakesIn({ LISTEN_SOCKET_PATH: folderOf(90) })).join(), /at most 89 for the folder/);
  const pathOf = (length: number) => `/${'s'.repeat(length - 1)}`;
  assert.deepEqual(await mistakesIn({ LISTEN_SOCKET_PATH: pathOf(103) }), []);
  assert.match((await mistakesIn({ LISTEN_SOCKET_PATH: pathOf(104) })).join(), /at most 103 bytes/);
  assert.match((await mistakesIn({ LISTEN_SOCKET_PATH: `/${'ü'.repeat(52)}` })).join(), /at most 103 bytes/);
});

test('certificate and key go together, and client certificates need both', async () => {
  const cert = { LISTEN_TLS_CERT_FILE: 'a.pem' };
  const key = { LISTEN_TLS_KEY_FILE: 'a.key' };
  const ca = { LISTEN_TLS_CLIENT_CA_FILE: 'ca.pem' };
  assert.deepEqual(await mistakesIn({ ...cert, ...key, ...ca }), []);
  assert.match((await mistakesIn(cert)).join(), /^listen\.tls\.keyFile: expected both/);
  assert.match((await mistakesIn(key)).join(), /^listen\.tls\.certFile: expected both/);
  assert.match((await mistakesIn(ca)).join(), /^listen\.tls\.clientCaFile: .*no TLS/);
});

test('caller tokens are names and SHA-256 hashes, whatever case the hash is written in', async () => {
  const { listen } = await configOf({ LISTEN_CALLER_TOKENS: TOKENS });
  assert.deepEqual(listen.callerTokens, [
    { name: 'dashboards', sha256: sha256('a'), maxRequestsPerSecond: 20 },
  ]);
  assert.deepEqual(
    await mistakesIn({
      LISTEN_CALLER_TOKENS: TOKENS.toUpperCase().replace('NAME', 'name').replace('SHA', 'sha'),
    }),
    [],
  );
});

test('a token in the place of its hash is a mistake that does not show it', async () => {
  for (const tokens of [
    '[{"name":"a","sha256":"hunter2-canary"}]',
    '{"hunter2-canary"',
    '["hunter2-canary"]',
  ]) {
    const loaded = await loadedWith({ LISTEN_CALLER_TOKENS: tokens });
    assert.ok('mistakes' in loaded, tokens);
    assert.doesNotMatch(JSON.stringify(loaded), /hunter2/);
  }
});

test('hashes of nothing, and tokens or names that two callers share, are mistakes', async () => {
  const tokens = (...list: [name: string, sha256: string][]) =>
    mistakesIn({
      LISTEN_CALLER_TOKENS: JSON.stringify(list.map(([name, hash]) => ({ name, sha256: hash }))),
    });
  for (const nothing of ['', '\n']) assert.match((await tokens(['a', sha256(nothing)])).join(), /empty text/);
  assert.match((await tokens(['a', sha256('x')], ['b', sha256('x').toUpperCase()])).join(), /the same/);
  assert.match((await tokens(['a', sha256('x')], ['a', sha256('y')])).join(), /names that differ/);
  assert.deepEqual(await tokens(['a', sha256('x')], ['b', sha256('y')]), []);
});

test('a listener that other machines reach is always warned of, and the warning says what protects it', async () => {
  const remote = { LISTEN_HOST: '0.0.0.0', LISTEN_ALLOW_REMOTE: 'true' };
  const tls = { LISTEN_TLS_CERT_FILE: 'a.pem', LISTEN_TLS_KEY_FILE: 'a.key' };
  const warned = async (settings: Readonly<Record<string, string>>) =>
    (await warningsOf({ ...remote, ...settings })).join();
  assert.match(await warned({}), /^listen\.host: Whoever reaches/);
  assert.match(await warned(tls), /^listen\.host: Whoever reaches/);
  assert.match(await warned({ LISTEN_CALLER_TOKENS: TOKENS }), /unencrypted/);
  assert.match(await warned({ ...tls, LISTEN_CALLER_TOKENS: TOKENS }), /certificate or token that you gave/);
  assert.match(
    await warned({ ...tls, LISTEN_TLS_CLIENT_CA_FILE: 'ca' }),
    /certificate or token that you gave/,
  );
  assert.deepEqual(await warningsOf({ ADMIN_HOST: '0.0.0.0' }), []);
  assert.deepEqual(await warningsOf({ ADMIN_EXPOSE: 'all' }), []);
  assert.match(
    (await warningsOf({ ADMIN_HOST: '0.0.0.0', ADMIN_EXPOSE: 'all' })).join(),
    /^admin\.expose: .* reports and take actions/,
  );
});

test('old keys of the state are of use only beside a new one', async () => {
  assert.match((await mistakesIn({ STATE_PREVIOUS_KEY_FILES: 'old' })).join(), /^state\.previousKeyFiles/);
  assert.deepEqual(await mistakesIn({ STATE_PREVIOUS_KEY_FILES: 'old', STATE_KEY: 'k' }), []);
});

test('the key of the state is read from its file, and is given once', async () => {
  const load = (env: Readonly<Record<string, string>>) =>
    loadConfig({ env, readFile: async (path) => `${path}-key\n` });
  const loaded = await load({ CMU_PROXY_STATE_KEY_FILE: '/run/secrets/new' });
  assert.ok('config' in loaded);
  assert.equal(loaded.config.state.key?.reveal(), '/run/secrets/new-key');
  const both = await load({ CMU_PROXY_STATE_KEY_FILE: 'a', CMU_PROXY_STATE_KEY: 'canary' });
  assert.ok('mistakes' in both);
  assert.equal(both.mistakes[0]?.key, 'state.key');
  assert.doesNotMatch(JSON.stringify(both), /canary/);
});
