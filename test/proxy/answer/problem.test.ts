import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { PROBLEMS, type Problem, problemBody, problemHeaders } from '../../../src/proxy/answer/problem.ts';
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
  const body = problemBody(PROBLEM, 'abc-1');
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
  const headers = problemHeaders(PROBLEM, 12);
  const expected = {
    'Content-Type': 'application/problem+json',
    'Content-Length': '12',
    'Cache-Control': 'no-store',
    'Retry-After': '7',
    'Proxy-Status': 'cmu-proxy; error=proxy_configuration_error',
    Allow: 'GET, HEAD',
    Connection: 'close',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(headerOf(headers, name), value, name);
  const bare = problemHeaders({ status: 404, name: 'not-found', title: 'x', detail: 'y' }, 1);
  for (const name of ['Retry-After', 'Proxy-Status', 'Allow', 'Connection'])
    assert.equal(headerOf(bare, name), undefined);
});

test('every problem is described in docs/problems.md', async () => {
  // The last two are told to the log alone.
  const names = [...Object.keys(PROBLEMS), 'cut-off', 'tls-failed'];
  const docs = await readFile(new URL('../../../docs/problems.md', import.meta.url), 'utf8');
  for (const name of names) assert.ok(docs.includes(name), name);
});
