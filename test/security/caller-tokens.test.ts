import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { call } from '../support/http-client.ts';
import { withProxy } from '../support/proxy-world.ts';
import { answerReport } from '../support/scripted-upstream.ts';

const TOKEN = 'canary-0b7f3ad2';
const sha256 = createHash('sha256').update(TOKEN).digest('hex');
const NEEDED = { settings: { LISTEN_CALLER_TOKENS: JSON.stringify([{ name: 'dashboards', sha256 }]) } };
const MINE = ['Authorization', `Bearer ${TOKEN}`];

test('without a token, or with a wrong one, nothing is answered, stored reports included, and nothing is forwarded', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      assert.equal((await proxy.get('/year', MINE)).status, 200);
      for (const headers of [[], ['Authorization', `Bearer ${TOKEN}x`], ['X-Cmu-Proxy-Token', sha256]]) {
        const refused = await proxy.get('/year', headers);
        assert.equal(refused.status, 401);
        assert.match(refused.header('www-authenticate') ?? '', /^Bearer realm="cmu-proxy"/);
        assert.match(refused.text, /"type":"urn:cmu-proxy:problem:caller-not-authenticated"/);
        assert.equal((await call(`${proxy.url}/year`, { method: 'HEAD', headers })).status, 401);
        assert.equal((await call(`${proxy.url}/year`, { method: 'DELETE', headers })).status, 401);
      }
      assert.equal(upstream.requests.length, 1);
    },
    NEEDED,
  ));

test('a caller’s token is neither forwarded nor logged; the log has the caller’s name', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      const adobes = ['Authorization', 'Bearer of-adobe', 'X-Cmu-Proxy-Token', TOKEN];
      assert.equal((await proxy.get('/year', MINE)).status, 200);
      assert.equal((await proxy.get('/year/month', adobes)).status, 200);
      for (const request of upstream.requests) {
        assert.deepEqual(request.lines('authorization'), ['Bearer token-1']);
        assert.doesNotMatch(request.rawHeaders.join('\n'), /canary|of-adobe|cmu-proxy-token/i);
      }
      assert.deepEqual(
        proxy.answered.map(({ caller }) => caller),
        ['dashboards', 'dashboards'],
      );
      assert.doesNotMatch(JSON.stringify(proxy.answered), /canary/);
    },
    NEEDED,
  ));

test('not even a route that forwards these fields forwards a caller’s token', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      assert.equal((await proxy.get('/year', [...MINE, 'X-Tenant', 'a'])).status, 200);
      assert.equal((await proxy.get('/year/month', ['X-Cmu-Proxy-Token', TOKEN])).status, 200);
      assert.deepEqual(upstream.requests[0]?.lines('x-tenant'), ['a']);
      for (const request of upstream.requests) assert.doesNotMatch(request.rawHeaders.join('\n'), /canary/);
    },
    {
      ...NEEDED,
      route: (route) => ({ ...route, forwardHeaders: ['authorization', 'x-cmu-proxy-token', 'x-tenant'] }),
    },
  ));

test('by default no token is asked for', () =>
  withProxy(answerReport(), async (proxy) => {
    assert.equal((await proxy.get('/year')).status, 200);
    assert.deepEqual(
      proxy.answered.map(({ caller }) => caller),
      [undefined],
    );
  }));

test('what a token was shown for is not kept by caches in between for those who show none', () =>
  withProxy(
    answerReport(undefined, ['Vary', 'Accept', 'Cache-Control', 'public, max-age=60']),
    async (proxy) => {
      const { header } = await proxy.get('/year', MINE);
      for (const answer of [
        { header },
        await proxy.get('/year', MINE),
        await proxy.get('/year', [...MINE, 'If-None-Match', header('etag') ?? '']),
        await proxy.get('/year', [...MINE, 'Range', 'bytes=0-1']),
      ]) {
        assert.equal(answer.header('vary'), 'Accept, Accept-Encoding, X-Cmu-Proxy-Token, Authorization');
        assert.equal(answer.header('cache-control'), 'private, public, max-age=60');
      }
    },
    NEEDED,
  ));

test('where the schedule decides, it is told to the caller alone', () =>
  withProxy(
    answerReport(),
    async (proxy) => {
      for (let i = 0; i < 2; i++) {
        const { header } = await proxy.get('/year/month/day', MINE);
        assert.equal(header('cache-control'), 'private, max-age=10800');
        assert.equal(header('vary'), 'Accept, Accept-Encoding, X-Cmu-Proxy-Token, Authorization');
      }
    },
    NEEDED,
  ));
