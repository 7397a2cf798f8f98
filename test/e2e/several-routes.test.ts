import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { answerReport, answerWith, startUpstream } from '../support/scripted-upstream.ts';
import { startServiceWorld } from '../support/service-world.ts';

const problemOf = (text: string): string => Object(JSON.parse(text)).type;

describe('Routes by host', () => {
  const yaml = `
clients:
  - { name: a, statementFile: DIR/a.txt }
  - { name: b, statementFile: DIR/b.txt }
routes:
  - { name: anybody, client: a }
  - { name: brand-b, client: b, hosts: [Brand-B.internal] }
`;

  test('are chosen by the name that the caller uses, which is allowed by that', async () => {
    await using world = await startServiceWorld({
      statements: ['a', 'b'],
      yaml,
      before: ({ control }) => void control.setApplication('b', { state: 'revoked' }),
    });
    const path = '/cmu/v2/year/month';
    assert.equal((await world.get(path)).status, 200);
    assert.equal((await world.get(path, ['Host', 'localhost:8080'])).status, 200);
    const other = await world.get(path, ['Host', 'brand-b.internal:8080']);
    assert.equal(other.status, 503);
    assert.equal(problemOf(other.text), 'urn:cmu-proxy:problem:no-token');
    const foreign = await world.get(path, ['Host', 'brand-c.internal']);
    assert.equal(foreign.status, 421);
    assert.equal(problemOf(foreign.text), 'urn:cmu-proxy:problem:misdirected-host');
  });

  test('are allowed no longer than they are there', async () => {
    await using world = await startServiceWorld({ statements: ['a', 'b'], yaml });
    const headers = ['Host', 'brand-b.internal'];
    assert.equal((await world.get('/cmu/v2/year', headers)).status, 200);
    await world.reload(yaml.replace('Brand-B.internal', 'brand-z.internal'));
    assert.equal((await world.get('/cmu/v2/year', headers)).status, 421);
    assert.equal((await world.get('/cmu/v2/year', ['Host', 'brand-z.internal'])).status, 200);
  });
});

describe('Prefixes', () => {
  test('of several routes are mapped each to its own, in links and Location, JSON and XML', async () => {
    const json = (link: string) => `{"_links":{"self":{"href":"${link}"}},"report":[]}`;
    await using cmu = await startUpstream((response, { target }) => {
      if (target.includes('moved')) answerWith(302, ['Location', '/cmu/v2/year?x=1'])(response);
      else if (target.includes('.xml'))
        answerWith(
          200,
          ['Content-Type', 'application/xml'],
          '<resource href="/cmu/v2/year"><report/></resource>',
        )(response);
      else answerReport(json('/cmu/v2/year?limit=1'))(response);
    });
    await using esm = await startUpstream(answerReport(json('/esm/v3/day')));
    await using world = await startServiceWorld({
      statements: ['a'],
      yaml: `
softwareStatementFile: DIR/a.txt
routes:
  - { name: same, upstream: { url: '${cmu.url.origin}' } }
  - { name: brand, prefix: /brand/reports, upstream: { url: '${cmu.url.origin}', prefix: /v2 } }
  - { name: esm, prefix: /esm/v3, upstream: { url: '${esm.url.origin}', prefix: /esm/v3 } }
  - { name: renamed, prefix: /events, upstream: { url: '${esm.url.origin}', prefix: /v3 } }
`,
    });
    const selfOf = async (path: string) => Object((await world.get(path)).json())._links.self.href;
    assert.equal(await selfOf('/cmu/v2/year'), '/cmu/v2/year?limit=1');
    assert.equal(await selfOf('/brand/reports/year'), '/brand/reports/year?limit=1');
    assert.equal(await selfOf('/esm/v3/day'), '/esm/v3/day');
    assert.equal(await selfOf('/events/day'), '/events/day');
    assert.match((await world.get('/brand/reports/year.xml')).text, /href="\/brand\/reports\/year"/);
    assert.equal((await world.get('/brand/reports/moved')).header('location'), '/brand/reports/year?x=1');
    assert.deepEqual(
      cmu.requests.map(({ target }) => target),
      ['/cmu/v2/year', '/v2/year', '/v2/year.xml', '/v2/moved'],
    );
    assert.deepEqual(
      esm.requests.map(({ target }) => target),
      ['/esm/v3/day', '/v3/day'],
    );
  });

  test('of which none is meant are told in the problem', async () => {
    await using world = await startServiceWorld({
      statements: ['a'],
      yaml: 'softwareStatementFile: DIR/a.txt\nroutes: [{ name: r, prefix: /r }, { name: s, prefix: /s }]',
    });
    const answer = await world.get('/t');
    assert.equal(answer.status, 404);
    assert.match(answer.text, /below \/r, \/s\./);
    assert.deepEqual(Object((await world.get('/')).json()).reports, ['/r', '/s']);
  });
});

describe('A route', () => {
  test('may have the cache switched off, or a schedule of its own', async () => {
    await using world = await startServiceWorld({
      statements: ['a'],
      yaml: `
softwareStatementFile: DIR/a.txt
routes:
  - { name: off, prefix: /off, cache: { enabled: false } }
  - { name: short, prefix: /short, cache: { schedule: { yearMs: 5000 } } }
  - { name: usual, prefix: /usual }
`,
    });
    const cacheStatus = async (path: string) => (await world.get(path)).header('cache-status') ?? '';
    for (const route of ['off', 'short', 'usual']) await world.get(`/${route}/year`);
    assert.match(await cacheStatus('/off/year'), /fwd=bypass/);
    assert.match(await cacheStatus('/short/year'), /hit; ttl=[1-5]\b/);
    assert.match(await cacheStatus('/usual/year'), /hit; ttl=1[67]\d{4}\b/);
  });

  test('shares with others to the same origin what concerns the address: nobody calls while it is throttled', async () => {
    await using world = await startServiceWorld({
      statements: ['a', 'b'],
      yaml: `
clients:
  - { name: a, statementFile: DIR/a.txt }
  - { name: b, statementFile: DIR/b.txt }
routes:
  - { name: a, prefix: /a, client: a }
  - { name: b, prefix: /b, client: b }
`,
    });
    const undo = world.sandbox.control.answerStatus(429, { on: 'report' });
    assert.equal((await world.get('/a/year')).status, 429);
    undo();
    const paused = await world.get('/b/year');
    assert.equal(problemOf(paused.text), 'urn:cmu-proxy:problem:upstream-throttled');
    assert.equal(world.sandbox.counts.report, 1);
  });
});

describe('config/examples/esm.yaml', () => {
  test('serves an ESM report beside CMU ones, with the freshness that it says', async () => {
    const example = await readFile(new URL('../../config/examples/esm.yaml', import.meta.url), 'utf8');
    const yaml = example.replace('/run/secrets/software-statement.txt', 'DIR/a.txt');
    assert.notEqual(yaml, example);
    await using world = await startServiceWorld({ statements: ['a'], yaml });
    const first = await world.get('/esm/v3/media-company/year/month/day');
    assert.equal(first.status, 200);
    assert.match(Object(first.json())._links.self.href, /^\/esm\/v3\//);
    // By the answer's own Last-Modified: an hour at most, where CMU's schedule would say three.
    const again = (await world.get('/esm/v3/media-company/year/month/day')).header('cache-status') ?? '';
    assert.match(again, /hit; ttl=-?[12]?\d{1,3}$|hit; ttl=3[0-5]\d\d$|fwd=stale/);
    const cmu = await world.get('/cmu/v2/year/month/day');
    assert.equal(cmu.status, 200);
    assert.match(Object(cmu.json())._links.self.href, /^\/cmu\/v2\//);
    assert.match(
      (await world.get('/cmu/v2/year/month/day')).header('cache-status') ?? '',
      /hit; ttl=10[78]\d\d\b/,
    );
    assert.equal(world.sandbox.counts.register, 1);
  });
});
