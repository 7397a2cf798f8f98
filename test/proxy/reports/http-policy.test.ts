import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { epochMs } from '../../../src/base/units.ts';
import { httpDate } from '../../support/header-builder.ts';
import { type ProxyWorld, withProxy } from '../../support/proxy-world.ts';
import { answerReport, answerWith, counting, type Script } from '../../support/scripted-upstream.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const START = new VirtualTime().now();
const HTTP = { settings: { CACHE_POLICY: 'http', CACHE_STALE_WHILE_REVALIDATE_MS: '0' } };
const HOUR = 3_600_000;
const TEN_YEARS = 10 * 365 * 24 * HOUR;

/** Fields of an answer that was made now and changed `ago` milliseconds before. */
const changed = (ago: number): string[] => [
  ...['Date', httpDate(START), 'Last-Modified', httpDate(epochMs(START - ago))],
];

const statusOf = async (proxy: ProxyWorld, path = '/year'): Promise<string> =>
  String((await proxy.get(path)).header('cache-status'));

describe('A route whose answers are taken at their word', () => {
  test('keeps one for a tenth of the time since it changed, and validates it with that date', () =>
    withProxy(
      answerReport(undefined, changed(HOUR)),
      async (proxy, upstream) => {
        assert.match(await statusOf(proxy), /fwd=uri-miss; stored/);
        proxy.pass(HOUR / 10 - 1_000);
        assert.match(await statusOf(proxy), /hit; ttl=1$/);
        proxy.pass(1_000);
        upstream.script = answerWith(304, changed(HOUR));
        assert.match(await statusOf(proxy), /fwd=stale; fwd-status=304/);
        assert.deepEqual(upstream.requests[1]?.lines('if-modified-since'), [httpDate(epochMs(START - HOUR))]);
      },
      HTTP,
    ));

  test('keeps one that changed years ago for an hour at most', () =>
    withProxy(
      answerReport(undefined, changed(TEN_YEARS)),
      async (proxy) => {
        await statusOf(proxy);
        proxy.pass(HOUR - 1_000);
        assert.match(await statusOf(proxy), /hit; ttl=1$/);
        proxy.pass(1_000);
        assert.match(await statusOf(proxy), /fwd=stale/);
      },
      HTTP,
    ));

  test('stores nothing that says nothing: real-time data has no Last-Modified', () =>
    withProxy(
      counting(),
      async (proxy, upstream) => {
        for (let i = 0; i < 2; i++) assert.equal(await statusOf(proxy), 'cmu-proxy; fwd=uri-miss');
        assert.equal(upstream.requests.length, 2);
      },
      HTTP,
    ));

  test('stores what is no report where the answer allows it', () =>
    withProxy(
      answerWith(404, ['Cache-Control', 'max-age=60']),
      async (proxy) => {
        assert.match(await statusOf(proxy), /stored/);
        assert.match(await statusOf(proxy), /hit/);
      },
      HTTP,
    ));
});

const condition = ['If-Modified-Since', httpDate(epochMs(START - HOUR))];
for (const [policy, status] of [
  ['http', 304],
  ['schedule', 200],
] as const) {
  test(`by ${policy}, a caller who has the copy of that date is answered ${status}`, () =>
    withProxy(
      answerReport(undefined, changed(HOUR)),
      async (proxy) => {
        await proxy.get('/year');
        assert.equal((await proxy.get('/year', condition)).status, status);
      },
      { settings: { CACHE_POLICY: policy } },
    ));
}

const byLanguage: Script = (response, request) =>
  answerReport(`{"report":["${request.lines('accept-language')}"]}`, ['Vary', 'Accept-Language'])(response);

test('a field that goes upstream selects the answer as well', () =>
  withProxy(
    byLanguage,
    async (proxy, upstream) => {
      for (const language of ['de', 'en', 'de', 'en', 'DE']) {
        const { text } = await proxy.get('/year', ['Accept-Language', language]);
        assert.equal(text.toLowerCase(), `{"report":["${language}"]}`.toLowerCase());
      }
      assert.equal(upstream.requests.length, 2);
    },
    { settings: { UPSTREAM_REQUEST_HEADERS: 'accept-language' } },
  ));
