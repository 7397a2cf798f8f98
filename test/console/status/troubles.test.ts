import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProxyStatus, TokenStatus } from '../../../src/admin/wire.ts';
import { adviceOn, troublesOf } from '../../../src/console/status/troubles.ts';

const AT = '2026-11-25T08:34:06.000Z';

const TOKEN: TokenStatus = {
  state: 'ready',
  registration: null,
  token: null,
  nextAttemptAt: null,
  lastFailure: null,
  counts: { registrations: 0, tokenRequests: 0, failures: 0, throttled: 0, invalidations: 0 },
};

const WELL: ProxyStatus = {
  version: '1',
  state: 'ready',
  now: AT,
  startedAt: AT,
  reports: { prefix: '/cmu/v2', upstream: 'https://x', servedHere: true },
  token: TOKEN,
  clients: [{ name: 'default', ready: true, token: TOKEN }],
  routes: [],
  config: { lastReload: null, since: AT },
  upstream: { lastAnswer: null, lastFailure: null, failingSince: null },
  history: [],
};

const failure = { code: 'x', message: 'Adobe refuses.', advice: 'Get another.', retryable: false, at: AT };
const FAILED = { ...TOKEN, lastFailure: failure };

describe('What is wrong', () => {
  test('is nothing while all is well, whatever failed and is over', () => {
    assert.deepEqual(troublesOf(WELL), []);
    const over = { lastAnswer: null, lastFailure: { at: AT, reason: 'status 503' }, failingSince: null };
    assert.deepEqual(troublesOf({ ...WELL, upstream: over }), []);
    const renewed = { name: 'a', ready: true, token: FAILED };
    assert.deepEqual(troublesOf({ ...WELL, clients: [renewed] }), []);
  });

  test('comes with what was heard, since when, and what to do', () => {
    const upstream = { lastAnswer: null, lastFailure: { at: AT, reason: 'status 503' }, failingSince: AT };
    const [trouble] = troublesOf({ ...WELL, upstream });
    assert.equal(trouble?.title, 'Calls to Adobe fail');
    assert.equal(trouble?.last, 'Adobe answered 503');
    assert.equal(trouble?.since, AT);
    assert.match(trouble?.advice ?? '', /nothing to restart/);
  });

  test('is told for each client by its name, and for a refused configuration', () => {
    const clients = [
      { name: 'a', ready: true, token: TOKEN },
      { name: 'b', ready: false, token: FAILED },
    ];
    const troubles = troublesOf({ ...WELL, clients, config: { lastReload: 'refused', since: AT } });
    assert.deepEqual(
      troubles.map(({ title }) => title),
      ['b has no token', 'The last change of the configuration was refused'],
    );
    assert.equal(troubles[0]?.advice, 'Get another.');
  });

  const ADVICE = [
    ['status 429', /fewer requests/],
    ['status 500', /at Adobe/],
    ['ENOTFOUND', /DNS/],
    ['ECONNREFUSED', /firewall/],
    ['CONNECT_TIMEOUT', /firewall/],
    ['UND_ERR_CONNECT_TIMEOUT', /firewall/],
    ['HEAD_TIMEOUT', /headersTimeoutMs/],
    ['UND_ERR_BODY_TIMEOUT', /headersTimeoutMs/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /caFile/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /caFile/],
    ['unknown error', /cmu-proxy check/],
    ['', /cmu-proxy check/],
  ] as const;
  for (const [reason, expected] of ADVICE) {
    test(`${reason || 'nothing known'}: ${expected.source}`, () => assert.match(adviceOn(reason), expected));
  }
});
