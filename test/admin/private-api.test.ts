import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type E2eWorld, startE2eWorld } from '../support/e2e-world.ts';
import { begin, type CallOptions, call } from '../support/http-client.ts';

const DECLARED = ['X-Requested-With', 'test'];

const admin = (world: E2eWorld, path: string, options?: CallOptions) =>
  call(world.proxy.adminUrl + path, options);

describe('GET /api/cache', () => {
  test('tells hits, misses and what is held', async () => {
    await using world = await startE2eWorld();
    for (const below of ['/year', '/year', '/year/month']) await world.get(below);
    const answer = await admin(world, '/api/cache');
    const { bytes, ...figures } = Object(answer.json());
    assert.deepEqual(figures, {
      enabled: true,
      entries: 2,
      maxBytes: 67_108_864,
      evictions: 0,
      hits: 1,
      misses: 2,
      collapsed: 0,
      staleServed: 0,
      revalidated: 0,
    });
    assert.ok(bytes > 1000);
    assert.equal(answer.header('cache-control'), 'no-store');
  });

  test('says so when the cache is switched off', async () => {
    await using world = await startE2eWorld({ settings: { CACHE_MAX_BYTES: '0' } });
    assert.equal(Object((await admin(world, '/api/cache')).json()).enabled, false);
  });
});

describe('DELETE /api/cache', () => {
  test('forgets every report, and the next caller gets it from upstream', async () => {
    await using world = await startE2eWorld();
    await world.get('/year');
    await world.get('/year/month');
    const answer = await admin(world, '/api/cache', { method: 'DELETE', headers: DECLARED });
    assert.deepEqual(answer.json(), { purged: 2 });
    assert.match((await world.get('/year')).header('cache-status') ?? '', /fwd=uri-miss/);
  });

  test('with a path forgets what starts so, and nothing else', async () => {
    await using world = await startE2eWorld();
    for (const below of ['/year', '/year/month', '/tenant']) await world.get(below);
    const answer = await admin(world, '/api/cache?path=/cmu/v2/year/month', {
      method: 'DELETE',
      headers: DECLARED,
    });
    assert.deepEqual(answer.json(), { purged: 1 });
    assert.match((await world.get('/tenant')).header('cache-status') ?? '', /hit/);
  });

  for (const query of ['?path=year', '?path=/a&path=/b', '?prefix=/a']) {
    test(`refuses ${query} and forgets nothing`, async () => {
      await using world = await startE2eWorld();
      await world.get('/year');
      const answer = await admin(world, `/api/cache${query}`, { method: 'DELETE', headers: DECLARED });
      assert.equal(answer.status, 400);
      assert.equal(answer.header('content-type'), 'application/problem+json');
      assert.match((await world.get('/year')).header('cache-status') ?? '', /hit/);
    });
  }
});

test('reports on the private listener are asked for anew each time by who shows them: what was purged is gone', async () => {
  await using world = await startE2eWorld();
  for (let i = 0; i < 2; i++) {
    const { status, header } = await admin(world, '/cmu/v2/year');
    assert.equal(`${status} ${header('cache-control')}`, '200 no-cache');
  }
  assert.match((await admin(world, '/cmu/v2/nothing')).header('cache-control') ?? '', /^no-store$/);
});

describe('POST /api/token/refresh', () => {
  test('brings a new token and tells its times', async () => {
    await using world = await startE2eWorld();
    await world.get('/year');
    const answer = await admin(world, '/api/token/refresh', { method: 'POST', headers: DECLARED });
    assert.equal(answer.status, 200);
    assert.match(Object(answer.json()).token.expiresAt, /^\d{4}-\d\d-\d\dT/);
    assert.equal(world.sandbox.counts.token, 2);
  });

  test('tells why none came, as a problem', async () => {
    await using world = await startE2eWorld();
    await world.get('/year');
    world.sandbox.control.answerStatus(500, { on: 'token' });
    const answer = await admin(world, '/api/token/refresh', { method: 'POST', headers: DECLARED });
    assert.equal(answer.status, 503);
    const problem = Object(answer.json());
    assert.equal(problem.type, 'urn:cmu-proxy:problem:no-token');
    assert.equal(problem.code, 'server_error');
    assert.equal((await world.get('/year')).status, 200);
  });
});

describe('POST /api/registration/renew', () => {
  test('registers once more, and the callers notice nothing', async () => {
    await using world = await startE2eWorld();
    await world.get('/year');
    const before = Object(await world.status()).clients[0].token.registration.clientId;
    const answer = await admin(world, '/api/registration/renew', { method: 'POST', headers: DECLARED });
    assert.equal(answer.status, 200);
    const { registration, token } = Object(answer.json());
    assert.notEqual(registration.clientId, before);
    assert.match(token.expiresAt, /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual([world.sandbox.counts.register, world.sandbox.counts.token], [2, 2]);
    assert.equal((await world.get('/year/month')).status, 200);
    assert.match(world.log(), /dcr\.registration-asked/);
  });

  test('tells why it failed, and the old client serves on', async () => {
    await using world = await startE2eWorld();
    await world.get('/year');
    world.sandbox.control.answerStatus(500, { on: 'register' });
    const answer = await admin(world, '/api/registration/renew', { method: 'POST', headers: DECLARED });
    assert.deepEqual([answer.status, Object(answer.json()).code], [503, 'server_error']);
    assert.equal((await world.get('/year/month')).status, 200);
  });
});

describe('The private listener and web pages', () => {
  const ACTIONS = [
    ['DELETE', '/api/cache'],
    ['POST', '/api/token/refresh'],
    ['POST', '/api/registration/renew'],
  ] as const;

  for (const [method, path] of ACTIONS) {
    test(`${method} ${path} needs a header that no other site can send`, async () => {
      await using world = await startE2eWorld();
      await world.get('/year');
      for (const headers of [
        [],
        ['X-Requested-With', ''],
        [...DECLARED, 'Origin', 'http://evil.test'],
        [...DECLARED, 'Sec-Fetch-Site', 'cross-site'],
        [...DECLARED, 'Sec-Fetch-Site', 'same-site'],
      ]) {
        const answer = await admin(world, path, { method, headers });
        assert.equal(answer.status, 403, headers.join(' '));
        assert.equal(Object(answer.json()).type, 'urn:cmu-proxy:problem:cross-site');
      }
      assert.equal(world.sandbox.counts.token, 1);
      assert.match((await world.get('/year')).header('cache-status') ?? '', /hit/);
    });
  }

  test('a name bound to our address by DNS gets nothing but the probes', async () => {
    await using world = await startE2eWorld();
    await world.get('/year');
    const headers = ['Host', 'evil.test'];
    for (const path of [
      '/api/status',
      '/api/cache',
      '/api/events',
      '/metrics',
      '/console/',
      '/cmu/v2/year',
    ]) {
      const answer = await admin(world, path, { headers });
      assert.equal(answer.status, 421, path);
    }
    for (const path of ['/livez', '/readyz']) {
      assert.equal((await admin(world, path, { headers })).status, 200, path);
    }
  });
});

describe('Reports on the private listener', () => {
  test('come from the same cache as those of the public one', async () => {
    await using world = await startE2eWorld();
    const outside = await world.get('/year/month');
    const inside = await admin(world, '/cmu/v2/year/month');
    assert.match(inside.header('cache-status') ?? '', /hit/);
    assert.deepEqual(inside.body, outside.body);
  });

  test('are judged as strictly', async () => {
    await using world = await startE2eWorld();
    for (const target of ['/cmu/v2/%2e%2e/x', '/cmu/v2/a%2fb', '/cmu/v2/a;b']) {
      assert.equal((await admin(world, target)).status, 400, target);
    }
    assert.equal((await admin(world, '/cmu/v2/year', { method: 'POST', headers: DECLARED })).status, 405);
    assert.equal(world.sandbox.counts.report, 0);
  });

  test('end at the prefix: everything else is a problem 404', async () => {
    await using world = await startE2eWorld();
    const answer = await admin(world, '/cmu/v3/year');
    assert.equal(answer.status, 404);
    assert.equal(Object(answer.json()).type, 'urn:cmu-proxy:problem:not-found');
  });
});

describe('GET /api/events', () => {
  test('sends status and rates at once, again as time goes by, and ends with the listener', async () => {
    const world = await startE2eWorld();
    await world.get('/year');
    const { response } = await begin(`${world.proxy.adminUrl}/api/events`);
    assert.equal(response.headers['content-type'], 'text/event-stream');
    const events: Record<string, Record<string, unknown>>[] = [];
    response.setEncoding('utf8');
    const twoEvents = new Promise<void>((resolve) => {
      response.on('data', (text: string) => {
        for (const [, data = ''] of text.matchAll(/^data: (.*)$/gm)) events.push(JSON.parse(data));
        if (events.length === 1) void world.get('/year');
        if (events.length >= 2) resolve();
      });
    });
    const ended = new Promise((resolve) => response.on('close', resolve));
    await twoEvents;
    await world[Symbol.asyncDispose]();
    await ended;
    const [first, second] = events;
    assert.equal(first?.['status']?.['state'], 'ready');
    assert.equal(first?.['cache']?.['misses'], 1);
    assert.equal(second?.['cache']?.['hits'], 1);
    assert.ok(Number(second?.['rates']?.['requests']) > 0);
    assert.equal(second?.['rates']?.['fromCache'], 1);
  });
});

describe('GET /api/status', () => {
  test('tells what happened to credentials and token, in order', async () => {
    await using world = await startE2eWorld();
    await world.get('/year');
    const status = Object(await world.status());
    assert.deepEqual(
      status.history.map(({ event }: { event: string }) => event),
      ['registered', 'token-received'],
    );
    assert.equal(status.reports.publicUrl, world.url);
    assert.equal(status.upstream.lastAnswer.status, 200);
    assert.equal(status.upstream.lastFailure, null);
  });

  test('tells the last failure of the report API', async () => {
    await using world = await startE2eWorld();
    world.sandbox.control.answerStatus(503, { on: 'report' });
    await world.get('/year');
    assert.equal(Object(await world.status()).upstream.lastFailure.reason, 'status 503');
  });
});

test('each problem has an instance, by which it is found in the log', async () => {
  await using world = await startE2eWorld();
  const problems = [
    await admin(world, '/nothing?access_token=x'),
    await admin(world, '/api/cache?path=/a&path=/b', { method: 'DELETE', headers: DECLARED }),
    await admin(world, '/api/cache', { method: 'DELETE' }),
    await admin(world, '/%zz'),
    await admin(world, '/cmu/v2/%2e%2e'),
  ];
  for (const { text, status } of problems) {
    const id = String(JSON.parse(text).instance).split(':').at(-1);
    const line =
      world
        .log()
        .split('\n')
        .find((it) => it.includes(`"id":"${id}"`)) ?? '';
    assert.ok(line.includes(`"status":${status},`), text);
    assert.match(line, /"client":"127\.0\.0\.1"/);
    assert.doesNotMatch(line, /access_token/);
  }
});
