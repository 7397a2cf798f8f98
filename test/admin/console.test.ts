import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openConsole } from '../../src/admin/console.ts';
import { type E2eWorld, startE2eWorld } from '../support/e2e-world.ts';
import { call, type FlatHeaders } from '../support/http-client.ts';

const get = (world: E2eWorld, path: string, headers: FlatHeaders = []) =>
  call(world.proxy.adminUrl + path, { headers });

describe('The console over HTTP', () => {
  test('is a page under a policy that allows its own origin and nothing inline', async () => {
    await using world = await startE2eWorld();
    const page = await get(world, '/console/');
    assert.equal(page.status, 200);
    assert.equal(page.header('content-type'), 'text/html; charset=utf-8');
    const policy = page.header('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(page.text, /(?:src|href)="(?:https?:)?\/\//);
    assert.doesNotMatch(page.text, /<style|style=|onclick=/);
  });

  test('is found from the root, with or without its slash', async () => {
    await using world = await startE2eWorld();
    for (const path of ['/', '/console']) {
      const answer = await get(world, path);
      assert.equal(answer.status, 302);
      assert.equal(answer.header('location'), '/console/');
    }
  });

  test('sends modules without types, compressed for those who take it', async () => {
    await using world = await startE2eWorld();
    const plain = await get(world, '/console/report/report-view.js');
    assert.equal(plain.header('content-type'), 'text/javascript; charset=utf-8');
    assert.doesNotMatch(plain.text, /import type|interface |\.ts'/);
    const packed = await get(world, '/console/report/report-view.js', ['Accept-Encoding', 'br, gzip;q=0.5']);
    assert.equal(packed.header('content-encoding'), 'gzip');
    assert.deepEqual(gunzipSync(packed.body), plain.body);
    const refused = await get(world, '/console/report/report-view.js', ['Accept-Encoding', 'gzip;q=0']);
    assert.equal(refused.header('content-encoding'), undefined);
  });

  test('is not sent again while it has not changed', async () => {
    await using world = await startE2eWorld();
    const first = await get(world, '/console/app.js');
    const etag = first.header('etag') ?? '';
    const second = await get(world, '/console/app.js', ['If-None-Match', etag]);
    assert.equal(second.status, 304);
    assert.equal(second.body.length, 0);
    assert.equal(first.header('cache-control'), 'no-cache');
  });

  for (const path of [
    '/console/../package.json',
    '/console/%2e%2e/status.ts',
    '/console/tsconfig.json',
    '/console/app.ts',
    '/console/__proto__',
    '/console/lib/',
  ]) {
    test(`serves nothing at ${path}`, async () => {
      await using world = await startE2eWorld();
      const answer = await get(world, path);
      assert.ok([400, 404].includes(answer.status), `${answer.status}`);
      assert.equal(answer.header('content-type'), 'application/problem+json');
    });
  }
});

test('The whole console is less than 150 kB compressed', () => {
  const sizes = Array.from(openConsole().values(), (read) => gzipSync(read()).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(sizes.length > 25, `${sizes.length}`);
  assert.ok(total < 150_000, `${total}`);
  assert.ok(total > 50_000, `${total}`);
});
