import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { PROBLEMS, type Problem, problemReply } from '../../../src/proxy/answer/problem.ts';
import { headerOf } from '../../support/http-client.ts';

const PROBLEM: Problem = {
  status: 503,
  name: 'no-token',
  title: 'There is no access token',
  detail: 'Wait.',
  retryAfterSeconds: 7,
  proxyError: 'proxy_configuration_error',
  allow: 'GET, HEAD',
  close: true,
  extension: { code: 'throttled' },
};

test('a problem is an object of RFC 9457 with a stable type and the id of its request', () => {
  const body = String(problemReply(PROBLEM, 'abc-1').body);
  assert.ok(body.endsWith('}\n'));
  assert.deepEqual(JSON.parse(body), {
    type: 'urn:cmu-proxy:problem:no-token',
    title: 'There is no access token',
    status: 503,
    detail: 'Wait.',
    code: 'throttled',
    instance: 'urn:cmu-proxy:request:abc-1',
  });
});

test('its header block says what applies, and that nobody may store it', () => {
  const { fields: headers, body } = problemReply(PROBLEM, 'abc-1');
  const expected = {
    'Content-Type': 'application/problem+json',
    'Content-Length': String(body.length),
    'Cache-Control': 'no-store',
    'Retry-After': '7',
    'Proxy-Status': 'cmu-proxy; error=proxy_configuration_error',
    Allow: 'GET, HEAD',
    Connection: 'close',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(headerOf(headers, name), value, name);
  const { fields: bare } = problemReply({ status: 404, name: 'not-found', title: 'x', detail: 'y' }, 'abc-2');
  for (const name of ['Retry-After', 'Proxy-Status', 'Allow', 'Connection'])
    assert.equal(headerOf(bare, name), undefined);
});

test('every problem is described in docs/problems.md', async () => {
  // The last two are told to the log alone.
  const names = [...Object.keys(PROBLEMS), 'cut-off', 'tls-failed'];
  const docs = await readFile(new URL('../../../docs/problems.md', import.meta.url), 'utf8');
  for (const name of names) assert.ok(docs.includes(name), name);
});
