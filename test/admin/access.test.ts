import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessOf, isNear } from '../../src/admin/access.ts';
import { createPrivateListener } from '../../src/admin/private-listener.ts';
import { Telemetry } from '../../src/admin/telemetry.ts';
import { systemEffects } from '../../src/base/effects.ts';
import type { Config } from '../../src/config/settings/schema.ts';
import { FakeTokens } from '../support/fake-tokens.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { configOf } from '../support/test-config.ts';

interface Rules {
  readonly expose?: 'health' | 'all';
  readonly isPublicNear?: boolean;
  readonly isGuardedByConnection?: boolean;
  readonly asksForTokens?: boolean;
  readonly shutdown?: boolean;
}

const { admin, listen } = await configOf({});

/** A configuration by what of it counts here. */
const rules = ({
  expose = 'health',
  isPublicNear = true,
  isGuardedByConnection = false,
  asksForTokens = false,
  shutdown = false,
}: Rules = {}): Pick<Config, 'listen' | 'admin'> => ({
  admin: { ...admin, expose, shutdown },
  listen: {
    ...listen,
    host: isPublicNear ? '127.0.0.1' : '0.0.0.0',
    tls: { ...listen.tls, clientCaFile: isGuardedByConnection ? 'callers.pem' : undefined },
    callerTokens: asksForTokens ? [{ name: 'a', sha256: '', maxRequestsPerSecond: 0 }] : [],
  },
});

test('who reaches what, by where the call comes from, the setting and what guards the public listener', () => {
  const all = { expose: 'all' } as const;
  const cases: readonly (readonly [Rules, near: string, far: string])[] = [
    [{}, 'operations reports', ''],
    [{ isPublicNear: false }, 'operations reports', ''],
    [{ asksForTokens: true }, 'operations reports', ''],
    [{ isGuardedByConnection: true }, 'operations', ''],
    // Whom the public listener would not answer gets no report here.
    [all, 'operations reports', 'operations'],
    [{ ...all, isPublicNear: false }, 'operations reports', 'operations reports'],
    [{ ...all, asksForTokens: true }, 'operations reports', 'operations reports'],
    [{ ...all, isGuardedByConnection: true }, 'operations', 'operations'],
    [{ ...all, isPublicNear: false, isGuardedByConnection: true }, 'operations', 'operations'],
    [{ ...all, isGuardedByConnection: true, asksForTokens: true }, 'operations', 'operations'],
  ];
  const told = (near: boolean, more: Rules) =>
    Object.entries(accessOf(near, rules(more)))
      .flatMap(([name, may]) => (may ? [name] : []))
      .join(' ');
  for (const [more, near, far] of cases) {
    assert.deepEqual([told(true, more), told(false, more)], [near, far], JSON.stringify(more));
  }
});

test('near is a connection with both ends on loopback', () => {
  const cases: readonly (readonly [local: string | undefined, remote: string | undefined, near: boolean])[] =
    [
      ['127.0.0.1', '127.0.0.1', true],
      ['127.0.0.53', '127.1.2.3', true],
      ['::1', '::1', true],
      ['::ffff:127.0.0.1', '::ffff:127.0.0.1', true],
      ['10.0.0.7', '10.0.0.7', false],
      ['127.0.0.1', '10.0.0.8', false],
      ['10.0.0.7', '127.0.0.1', false],
      ['::ffff:10.0.0.7', '::ffff:10.0.0.8', false],
      ['fe80::1', 'fe80::2', false],
      [undefined, undefined, false],
      ['127.0.0.1', undefined, false],
    ];
  for (const [localAddress, remoteAddress, near] of cases) {
    assert.equal(isNear({ localAddress, remoteAddress }), near, `${localAddress} ${remoteAddress}`);
  }
});

const listenerWith = (config: Pick<Config, 'listen' | 'admin'>, shutdown = () => {}) => {
  const tokens = new FakeTokens();
  return createPrivateListener({
    version: '1',
    clients: [{ name: 'default', hasServed: true, tokens }],
    routes: [],
    phase: { started: true, stopping: false },
    config,
    gateway: {
      allowedHosts: new Set(),
      handle: (_request, response) => {
        response.end('a report');
        return true;
      },
    },
    workers: { wanted: 1, listening: 1, ended: 0 },
    certificateExpiresAt: undefined,
    openedRequests: 0,
    cache: undefined,
    telemetry: new Telemetry(systemEffects.now),
    shedRequests: 0,
    reports: { prefix: '/cmu/v2', upstream: 'http://adobe.test' },
    shutdown,
    effects: systemEffects,
    log: recordedLog('info').log,
  });
};

/** Spellings among them that the router takes for the same. */
const OPERATIONS = [
  ...[
    'GET /api/status',
    'GET /%61pi/status',
    'GET /api/status?/metrics',
    'GET /api/cache',
    'DELETE /api/cache',
  ],
  ...['GET /api/events', 'POST /api/token/refresh', 'GET /console/', 'GET /console/main.js', 'GET /'],
  ...['GET /cmu/v2/year', 'GET /metrics/', 'GET /nothing', 'HEAD /api/status', 'POST /api/shutdown'],
  'POST /api/registration/renew',
];

test('other machines are told the setting for all but health and metrics', async () => {
  await using app = listenerWith(rules());
  const far = { remoteAddress: '10.0.0.8', headers: { host: '10.0.0.7', 'x-requested-with': 'test' } };
  for (const line of OPERATIONS) {
    const [method, url = ''] = line.split(' ');
    const answer = await app.inject({ ...far, method: method as 'GET', url });
    assert.equal(answer.statusCode, 403, line);
    if (method !== 'HEAD') assert.match(answer.json().detail, /admin\.expose: all/);
  }
  for (const url of ['/livez', '/readyz', '/metrics', '/metrics?name[]=x']) {
    assert.equal((await app.inject({ ...far, url })).statusCode, 200, url);
  }
});

test('with the setting they reach operations, and reports only as the public listener gives them', async () => {
  const far = { remoteAddress: '10.0.0.8', headers: { host: '10.0.0.7' } };
  for (const [isPublicNear, status] of [
    [true, 404],
    [false, 200],
  ] as const) {
    await using app = listenerWith(rules({ expose: 'all', isPublicNear }));
    assert.equal((await app.inject({ ...far, url: '/api/status' })).statusCode, 200);
    assert.equal((await app.inject({ ...far, url: '/cmu/v2/year' })).statusCode, status);
  }
});

test('the proxy is stopped by its own machine alone, and only where the setting allows it', async () => {
  const post = { method: 'POST', url: '/api/shutdown' } as const;
  const headers = { 'x-requested-with': 'test' };
  const far = { remoteAddress: '10.0.0.8', headers: { ...headers, host: '10.0.0.7' } };
  const near = { remoteAddress: '127.0.0.1', headers: { ...headers, host: '127.0.0.1' } };
  let stops = 0;
  await using on = listenerWith(rules({ expose: 'all', shutdown: true }), () => void stops++);
  const refused = await on.inject({ ...post, ...far });
  assert.deepEqual([refused.statusCode, stops], [403, 0]);
  assert.doesNotMatch(refused.body, /admin\.expose/, 'no setting would allow it');
  await using off = listenerWith(rules({ expose: 'all' }));
  assert.equal((await off.inject({ ...post, ...near })).statusCode, 404);
});
