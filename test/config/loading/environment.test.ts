import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { readEnvironment } from '../../../src/config/loading/environment.ts';
import { GivenConfig } from '../../../src/config/loading/given.ts';
import { settle } from '../../../src/config/loading/settle.ts';
import { settingsOf } from '../../../src/config/settings/settings.ts';

const schema = Type.Object({
  listen: Type.Object({
    port: Type.Integer({ default: 1 }),
    allowRemote: Type.Boolean({ default: false }),
    hosts: Type.Array(Type.String(), { default: [] }),
  }),
  adminPort: Type.Integer({ default: 2 }),
  name: Type.String({ default: '' }),
  info: Type.Record(Type.String(), Type.String(), { default: {} }),
  clients: Type.Array(Type.Object({ name: Type.String(), statement: Type.String({ kind: 'secret' }) }), {
    default: [],
  }),
});
const settings = settingsOf(schema);

const givenBy = (env: Record<string, string>): GivenConfig => {
  const given = new GivenConfig();
  readEnvironment(settings, env, given);
  return given;
};

const valuesOf = (env: Record<string, string>) => {
  const given = givenBy(env);
  const values = settings.map(({ key }): [string, unknown] => [key, given.valueAt(key)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
};

const mistakesOf = (env: Record<string, string>) => {
  const given = givenBy(env);
  settle(schema, given);
  return given.mistakes;
};

test('the text of a variable becomes what its setting takes', () => {
  const cases: [string, string, string, unknown][] = [
    ['CMU_PROXY_LISTEN_PORT', '8080', 'listen.port', 8080],
    ['CMU_PROXY_LISTEN_PORT', '-1', 'listen.port', -1],
    ['CMU_PROXY_LISTEN_ALLOW_REMOTE', 'true', 'listen.allowRemote', true],
    ['CMU_PROXY_LISTEN_ALLOW_REMOTE', 'false', 'listen.allowRemote', false],
    ['CMU_PROXY_LISTEN_HOSTS', 'a, b,,c', 'listen.hosts', ['a', 'b', 'c']],
    ['CMU_PROXY_NAME', ' as it is ', 'name', ' as it is '],
    ['CMU_PROXY_INFO', '{"a":"b"}', 'info', { a: 'b' }],
    ['CMU_PROXY_CLIENTS', '[{"name":"x"}]', 'clients', [{ name: 'x' }]],
  ];
  for (const [variable, text, key, value] of cases) {
    assert.deepEqual(valuesOf({ [variable]: text }), { [key]: value });
  }
});

test('integers and booleans are read strictly', () => {
  for (const text of [' ', '1 ', '1.0', '1e3', '0x10', '+1', '1_000', 'NaN', '9'.repeat(17)]) {
    assert.equal(mistakesOf({ CMU_PROXY_LISTEN_PORT: text }).length, 1, text);
  }
  for (const text of ['1', 'yes', 'TRUE', 'on']) {
    assert.equal(mistakesOf({ CMU_PROXY_LISTEN_ALLOW_REMOTE: text }).length, 1, text);
  }
});

test('an empty variable counts as not set', () => {
  assert.deepEqual(valuesOf({ CMU_PROXY_LISTEN_PORT: '', CMU_PROXY_NO_SUCH_THING: '' }), {});
  assert.deepEqual(mistakesOf({ CMU_PROXY_LISTEN_PORT: '', CMU_PROXY_NO_SUCH_THING: '' }), []);
});

test('a variable that is ours and unknown is a mistake, with the nearest one', () => {
  assert.deepEqual(mistakesOf({ CMU_PROXY_LISTEN_PROT: '1' }), [
    { key: 'CMU_PROXY_LISTEN_PROT', expected: 'unknown; did you mean CMU_PROXY_LISTEN_PORT?' },
  ]);
  assert.deepEqual(mistakesOf({ CMU_PROXY_ZZZZZZZZZZZZZZZZZ: '1' }), [
    { key: 'CMU_PROXY_ZZZZZZZZZZZZZZZZZ', expected: 'no setting has this variable' },
  ]);
});

test('variables of other programs are none of our business', () => {
  assert.deepEqual(mistakesOf({ PATH: '/bin', CMU_OTHER: '1', cmu_proxy_listen_port: 'x' }), []);
});

test('what Kubernetes sets for a Service named cmu-proxy is not taken for a setting', () => {
  const links = {
    CMU_PROXY_SERVICE_HOST: '10.0.0.1',
    CMU_PROXY_SERVICE_PORT: '8080',
    CMU_PROXY_SERVICE_PORT_HTTP: '8080',
    CMU_PROXY_PORT: 'tcp://10.0.0.1:8080',
    CMU_PROXY_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
    CMU_PROXY_PORT_8080_TCP_PROTO: 'tcp',
    CMU_PROXY_PORT_8080_TCP_PORT: '8080',
    CMU_PROXY_PORT_8080_TCP_ADDR: '10.0.0.1',
    CMU_PROXY_METRICS_SERVICE_HOST: '10.0.0.2',
    CMU_PROXY_METRICS_PORT: 'tcp://10.0.0.2:9901',
  };
  assert.deepEqual([valuesOf(links), mistakesOf(links)], [{}, []]);
});

test('where Kubernetes sets a variable that is ours, the mistake says how to get rid of it', () => {
  const [mistake, ...noOther] = mistakesOf({ CMU_PROXY_ADMIN_PORT: 'tcp://10.0.0.1:9901' });
  assert.deepEqual(noOther, []);
  assert.equal(mistake?.key, 'adminPort');
  assert.match(mistake?.expected ?? '', /enableServiceLinks: false/);
});

test('what may hold a secret is not shown when it cannot be read', () => {
  const [mistake] = mistakesOf({ CMU_PROXY_CLIENTS: '[{ "statement": "canary" ' });
  assert.equal(mistake?.given, '(not shown)');
});
