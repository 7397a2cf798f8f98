import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../../src/config/loading/load.ts';
import { clientsOf, routesOf } from '../../../src/config/settings/topology.ts';
import { configOf } from '../../support/test-config.ts';

const load = (yaml: string, env: Record<string, string> = {}) =>
  loadConfig({ file: 'proxy.yaml', env, readFile: async () => yaml });

const loaded = async (yaml: string) => {
  const result = await load(yaml);
  assert.ok('config' in result, JSON.stringify(result));
  return result;
};

/** The mistakes as `key: expected`. */
const mistakesIn = async (yaml: string): Promise<string[]> => {
  const result = await load(yaml);
  return 'mistakes' in result ? result.mistakes.map(({ key, expected }) => `${key}: ${expected}`) : [];
};

const BRANDS = `
clients:
  - { name: a, statementFile: a.txt }
  - { name: b, statementFile: b.txt }
`;

test('settings at the top are one client and one route', async () => {
  const config = await configOf({
    SOFTWARE_STATEMENT_FILE: 's.txt',
    LISTEN_PREFIX: '/reports',
    UPSTREAM_PREFIX: '/v2',
    CACHE_SCHEDULE_DAY_MS: '5',
  });
  const [client, ...noOther] = clientsOf(config);
  assert.deepEqual(noOther, []);
  assert.equal(client?.name, 'default');
  assert.equal(client?.statementFile, 's.txt');
  assert.equal(client?.dcr, config.dcr);
  const [route, ...noMore] = routesOf(config);
  assert.deepEqual(noMore, []);
  assert.deepEqual([route?.name, route?.prefix, route?.client], ['cmu', '/reports', 'default']);
  assert.equal(route?.upstream.prefix, '/v2');
  assert.equal(route?.cache.schedule.dayMs, 5);
  assert.equal(route?.cache.enabled, true);
});

test('an entry has of a section what it leaves out, and of that again the default', async () => {
  const { config } = await loaded(`${BRANDS}
  - name: c
    statement: x.y.z
    dcr: { url: https://dcr.test, deviceInfo: { model: c } }
dcr: { timeoutMs: 1234, url: https://dcr.elsewhere.test }
listen: { prefix: /reports }
upstream: { url: https://api.test, maxConnections: 3 }
cache: { schedule: { dayMs: 7 }, staleIfErrorMs: 8 }
routes:
  - { name: one, client: a }
  - name: two
    client: b
    prefix: /esm/v3
    hosts: [Reports.Example]
    upstream: { prefix: /esm/v3, maxConnections: 5 }
    cache:
      enabled: false
      schedule: { dayMs: 9 }
  - { name: three, prefix: /c, client: c, upstream: }
`);
  const [a, , c] = clientsOf(config);
  assert.equal(a?.dcr.url.href, 'https://dcr.elsewhere.test/');
  assert.equal(a?.dcr.timeoutMs, 1234);
  assert.equal(c?.dcr.url.href, 'https://dcr.test/');
  assert.equal(c?.dcr.timeoutMs, 1234);
  assert.deepEqual(c?.dcr.deviceInfo, { model: 'c' });
  assert.equal(c?.statement?.reveal(), 'x.y.z');
  const [one, two, three] = routesOf(config);
  assert.equal(one?.prefix, '/reports');
  assert.equal(one?.cache.schedule.dayMs, 7);
  assert.deepEqual(two?.hosts, ['reports.example']);
  assert.equal(two?.upstream.url.href, 'https://api.test/');
  assert.equal(two?.upstream.maxConnections, 5);
  assert.equal(two?.cache.enabled, false);
  assert.equal(two?.cache.schedule.dayMs, 9);
  assert.equal(two?.cache.schedule.yearMs, config.cache.schedule.yearMs);
  assert.equal(two?.cache.staleIfErrorMs, 8);
  assert.equal(three?.upstream.maxConnections, 3);
});

test('the variables take both lists as JSON', async () => {
  const config = await configOf({
    CLIENTS: '[{"name":"a","statementFile":"a.txt"}]',
    ROUTES: '[{"name":"r","prefix":"/r"}]',
  });
  assert.deepEqual(
    routesOf(config).map(({ name, client }) => [name, client]),
    [['r', 'a']],
  );
});

test('with one client, routes need not name it', async () => {
  const { config } = await loaded('routes: [{ name: r }, { name: e, prefix: /esm/v3 }]');
  assert.deepEqual(
    routesOf(config).map(({ client }) => client),
    ['default', 'default'],
  );
});

test('all mistakes of clients and routes are told together, each with its place', async () => {
  const mistakes = await mistakesIn(`
clients:
  - { name: a, statementFile: a.txt, dcr: { url: ftp://x, timeoutMs: never, form: body } }
  - { name: b, statementFile: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2ln }
  - { name: A, statementFile: c.txt }
  - { name: d }
  - { name: e, statement: ./e.txt, statementFile: e.txt }
  - { name: f, statementFile: c.txt }
routes:
  - { name: one, client: a, prefix: /x/, upstream: { url: https://h/path } }
  - { name: two, client: a, prefix: /y }
  - { name: three, client: nobody, prefix: /y }
  - { name: two, client: b, prefix: /z, hosts: ['http://h'] }
  - { name: four, prefix: /q, hosts: [h], cache: { dayMs: 1 } }
`);
  assert.deepEqual(
    mistakes.map((mistake) => mistake.split(':', 1)[0]).sort(),
    [
      'clients[0].dcr.form',
      'clients[0].dcr.timeoutMs',
      'clients[0].dcr.url',
      'clients[1].statementFile',
      'clients[2].name',
      'clients[3].statementFile',
      'clients[4].statement',
      'clients[5].statementFile',
      'routes[0].prefix',
      'routes[0].upstream.url',
      'routes[2].client',
      'routes[2].prefix',
      'routes[3].hosts[0]',
      'routes[3].name',
      'routes[4].cache.dayMs',
      'routes[4].client',
    ],
    mistakes.join('\n'),
  );
});

test('a mistake in an entry carries line, value and what was expected; of a statement no value', async () => {
  const result = await load(`${BRANDS}
routes:
  - { name: r, client: x }
`);
  assert.ok('mistakes' in result);
  assert.deepEqual(result.mistakes, [
    {
      key: 'routes[0].client',
      source: 'proxy.yaml:7',
      given: '"x"',
      expected: 'expected the name of a client: a, b',
    },
  ]);
  const lines = await load(`clients:
  - name: a
    statementFile: a.txt
    dcr:
      timeoutMs: 1
  - name: b
routes:
  - name: r
    client: a
    hosts: [a.test, 'b:1']
`);
  assert.ok('mistakes' in lines);
  assert.deepEqual(
    lines.mistakes.map(({ key, source }) => `${key} ${source}`),
    [
      'clients[0].dcr.timeoutMs proxy.yaml:5',
      'routes[0].hosts[1] proxy.yaml:10',
      'clients[1].statementFile proxy.yaml:6',
    ],
  );
  const secret = await load('clients: [{ name: a, statement: /path/hunter2.txt }]');
  assert.ok('mistakes' in secret);
  assert.doesNotMatch(JSON.stringify(secret), /hunter2/);
});

test('a statement at the top beside a list of clients is a mistake', async () => {
  assert.match(
    (await mistakesIn(`${BRANDS}\nsoftwareStatementFile: s.txt\nroutes: [{ name: r, client: a }]`)).join(),
    /^softwareStatementFile: expected either this or clients/,
  );
});

test('several clients need routes', async () => {
  assert.match((await mistakesIn(BRANDS)).join(), /^routes: expected routes/);
  assert.deepEqual(await mistakesIn('clients: [{ name: a, statementFile: a.txt }]'), []);
});

test('scopes are those of RFC 6749, separated by single spaces', async () => {
  const scope = (text: string) => mistakesIn(`dcr: { scope: '${text}' }`);
  for (const good of ['', 'config:client', 'a b c']) assert.deepEqual(await scope(good), [], good);
  for (const bad of [' ', 'a  b', 'a b ', 'a"b', 'a\\b', 'ä']) {
    assert.match((await scope(bad)).join(), /^dcr\.scope: expected scopes separated/, bad);
  }
});

test('no credential, condition or field of the connection is forwarded by a setting', async () => {
  const forwarding = (name: string) => mistakesIn(`upstream: { requestHeaders: ['${name}'] }`);
  for (const good of ['accept-language', 'x-tenant', 'x-device-info'])
    assert.deepEqual(await forwarding(good), []);
  for (const bad of [
    ...['authorization', 'cookie', 'proxy-authorization', 'x-cmu-proxy-token', 'host', 'connection'],
    ...[
      'transfer-encoding',
      'content-length',
      'if-none-match',
      'range',
      'x-forwarded-for',
      'X-Tenant',
      'a b',
      '',
    ],
  ]) {
    assert.match((await forwarding(bad)).join(), /^upstream\.requestHeaders\[0\]: expected the name/, bad);
  }
});

test('the same prefix is free again under another host', async () => {
  const routes = (...hosts: string[]) =>
    mistakesIn(`routes: [${hosts.map((list, at) => `{ name: r${at}, hosts: [${list}] }`).join()}]`);
  assert.deepEqual(await routes('a.test', 'b.test', ''), []);
  assert.match((await routes('a.test', 'b.test, A.test')).join(), /^routes\[1\]\.prefix: .*routes\[0\]/);
});

test('neither a client nor a route may lead to this proxy itself', async () => {
  const mistakes = await mistakesIn(`
clients: [{ name: a, statementFile: a.txt, dcr: { url: 'http://127.0.0.1:9901' } }]
upstream: { url: http://localhost:8080 }
routes: [{ name: r }, { name: s, prefix: /s, upstream: { url: 'http://[::1]:8080' } }]
`);
  assert.deepEqual(mistakes.map((mistake) => mistake.split(':', 1)[0]).sort(), [
    'clients[0].dcr.url',
    'routes[1].upstream.url',
    'upstream.url',
  ]);
});

test('a client that no route uses, and what travels in the clear, is warned of', async () => {
  const { warnings } = await loaded(`${BRANDS}
routes:
  - { name: r, client: b, upstream: { url: http://api.test } }
`);
  assert.deepEqual(
    warnings.map(({ key }) => key),
    ['routes[0].upstream.url', 'clients[0].name'],
  );
});

test('reports are warmed up below any prefix that is served', async () => {
  const warm = (path: string) =>
    mistakesIn(
      `routes: [{ name: r }, { name: e, prefix: /esm/v3 }]\ncache: { warmUp: { reports: [{ path: ${path} }] } }`,
    );
  assert.deepEqual(await warm('/esm/v3/year'), []);
  assert.match((await warm('/esm/v4/year')).join(), /\/cmu\/v2, \/esm\/v3/);
});
