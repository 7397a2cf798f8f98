import assert from 'node:assert/strict';
import { get } from 'node:http';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { report, sandboxFor } from './client.ts';

function fetchRaw(
  url: string,
  headers: Record<string, string>,
): Promise<{ body: Buffer; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response
        .on('error', reject)
        .on('end', () => resolve({ body: Buffer.concat(chunks), headers: response.headers }));
    }).on('error', reject);
  });
}

test('reports are compressed for those who ask, small and large ones', async (t) => {
  const sandbox = await sandboxFor(t);
  const authorization = `Bearer ${await sandbox.accessToken()}`;
  for (const path of [
    '/cmu/v2/year.csv',
    '/cmu/v2/year/month/day/hour/mvpd/tenant.csv?start=2026-10-20&end=2026-11-10&limit=50000',
  ]) {
    const url = sandbox.url + path;
    const plain = await fetchRaw(url, { authorization });
    const gzipped = await fetchRaw(url, { authorization, 'accept-encoding': 'gzip, deflate' });
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(gzipped.headers['content-encoding'], 'gzip');
    assert.match(String(gzipped.headers['vary']), /Accept-Encoding/);
    assert.deepEqual(gunzipSync(gzipped.body), plain.body);
    assert.ok(path.length < 20 || gzipped.body.length * 2 < plain.body.length);
    assert.equal(
      (await fetchRaw(url, { authorization, 'accept-encoding': 'gzip;q=0' })).headers['content-encoding'],
      undefined,
    );
  }
});

test('only GET is supported, and HEAD is told so too', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const { status, headers } = await report(sandbox, '/cmu/v2/year', { token, method });
    assert.deepEqual([status, headers.get('allow')], [405, 'GET'], method);
  }
});

test('errors are text/plain with the documented status', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  for (const [path, status] of [
    ['/cmu/v2/year?start=x', 400],
    ['/cmu/v2/nowhere', 404],
    ['/cmu/v2/year.pdf', 406],
    ['/cmu/v2/year?format=yaml', 406],
  ] as const) {
    const reply = await report(sandbox, path, { token });
    assert.equal(reply.status, status, path);
    assert.match(reply.headers.get('content-type') ?? '', /^text\/plain/);
    assert.ok(reply.text.length > 10);
  }
  const headers = { accept: 'application/pdf' };
  assert.equal((await report(sandbox, '/cmu/v2/year', { token, headers })).status, 406);
});

test('both prefixes serve the same reports, and the alias links to the path that it stands for', async (t) => {
  const sandbox = await sandboxFor(t, { now: () => Date.UTC(2026, 10, 24) });
  const token = await sandbox.accessToken();
  const path = '/year/month/day/tenant';
  const original = await report(sandbox, `/cmu/v2${path}`, { token });
  assert.equal((await report(sandbox, `/v2${path}`, { token })).text, original.text);
  assert.match(original.text, /"self":\{"href":"\/cmu\/v2\/year\/month\/day\/tenant\?start=/);
  const billed = await report(sandbox, `${path.replace('/', '/cmu/v2/')}?metrics=bstreams-30`, { token });
  for (const alias of ['/v2/billing/daily', '/cmu/v2/billing/daily']) {
    assert.equal((await report(sandbox, alias, { token })).text, billed.text, alias);
  }
  const csv = await report(sandbox, '/v2/billing/daily.csv', { token });
  assert.match(csv.text, /^year,month,day,tenant,bstreams-30\n/);
  assert.match((await report(sandbox, '/cmu/v2.csv', { token })).text, /^active-users,/);
});

test('Last-Modified is the time of the answer, which says nothing about the report', async (t) => {
  const sandbox = await sandboxFor(t, { now: () => Date.UTC(2026, 10, 24) });
  const { headers } = await report(sandbox, '/cmu/v2/year', { token: await sandbox.accessToken() });
  assert.equal(headers.get('last-modified'), 'Tue, 24 Nov 2026 00:00:00 GMT');
});
