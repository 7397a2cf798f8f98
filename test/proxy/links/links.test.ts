import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changesPaths,
  type LinkMapping,
  type LinkSyntax,
  linkSyntaxOf,
  mapLink,
  mapLinksIn,
} from '../../../src/proxy/links/links.ts';

const mapping = (prefix: string, linkPrefixes = ['/cmu/v2', '/v2']): LinkMapping => ({
  origin: 'https://mgmt.auth.adobe.com',
  linkPrefixes,
  prefix,
});

test('a link to the report API gets our prefix; every other one stays as it is', () => {
  const cases: readonly (readonly [link: string, mapped: string])[] = [
    ['/cmu/v2', '/reports'],
    ['/cmu/v2/year/month', '/reports/year/month'],
    ['/cmu/v2?start=2024', '/reports?start=2024'],
    ['/v2/year', '/reports/year'],
    ['https://mgmt.auth.adobe.com/cmu/v2/year?a!=b', '/reports/year?a!=b'],
    ['HTTPS://MGMT.auth.adobe.com/v2', '/reports'],
    ['//mgmt.auth.adobe.com/cmu/v2/x', '/reports/x'],
    // Not below a prefix, although the text begins alike.
    ['/cmu/v2x/year', '/cmu/v2x/year'],
    ['/cmu', '/cmu'],
    ['/esm/v3/year', '/esm/v3/year'],
    // Elsewhere.
    ['https://mgmt.auth.adobe.com.evil.test/cmu/v2/x', 'https://mgmt.auth.adobe.com.evil.test/cmu/v2/x'],
    ['https://mgmt.auth.adobe.com:8443/cmu/v2/x', 'https://mgmt.auth.adobe.com:8443/cmu/v2/x'],
    ['http://mgmt.auth.adobe.com/cmu/v2/x', 'http://mgmt.auth.adobe.com/cmu/v2/x'],
    ['//evil.test/cmu/v2/x', '//evil.test/cmu/v2/x'],
    ['https://docs.adobe.com/', 'https://docs.adobe.com/'],
    ['year/month', 'year/month'],
    ['?start=2024', '?start=2024'],
    ['', ''],
    ['https://mgmt.auth.adobe.com', 'https://mgmt.auth.adobe.com'],
  ];
  for (const [link, mapped] of cases) assert.equal(mapLink(link, mapping('/reports')), mapped, link);
});

test('of two prefixes the longer one counts, so that an alias keeps its own path', () => {
  assert.equal(mapLink('/cmu/v2/year', mapping('/cmu/v2')), '/cmu/v2/year');
  assert.equal(mapLink('/v2/billing/daily', mapping('/cmu/v2')), '/cmu/v2/billing/daily');
});

test('paths need no change where every prefix is our own already', () => {
  assert.equal(changesPaths(mapping('/cmu/v2', ['/cmu/v2'])), false);
  assert.equal(changesPaths(mapping('/cmu/v2')), true);
  assert.equal(changesPaths(mapping('/reports', ['/cmu/v2'])), true);
});

test('links are looked for in JSON and XML of any kind, and in nothing else', () => {
  const cases: readonly (readonly [contentType: string | undefined, syntax: 'json' | 'xml' | undefined])[] = [
    ['application/json', 'json'],
    ['application/json;charset=utf-8', 'json'],
    ['Application/HAL+JSON ; charset=utf-8', 'json'],
    ['application/xml', 'xml'],
    ['text/xml', 'xml'],
    ['application/hal+xml', 'xml'],
    ['text/csv', undefined],
    ['text/html', undefined],
    ['application/jsonp', undefined],
    [undefined, undefined],
  ];
  for (const [contentType, syntax] of cases) assert.equal(linkSyntaxOf(contentType), syntax, contentType);
});

const whole = (text: string, syntax: LinkSyntax, links: LinkMapping): string => {
  const { mapped, held } = mapLinksIn(text, syntax, links);
  return mapped + held;
};

test('every href of a document is mapped, and nothing but hrefs', () => {
  assert.equal(
    whole(
      '{"_links":{"self":{"href":"/cmu/v2/year"},"roll-up":{"href" : "\\/cmu\\/v2"}},"report":[{"tenant":"/cmu/v2/year","xhref":"/cmu/v2"}]}',
      'json',
      mapping('/reports'),
    ),
    '{"_links":{"self":{"href":"/reports/year"},"roll-up":{"href" : "/reports"}},"report":[{"tenant":"/cmu/v2/year","xhref":"/cmu/v2"}]}',
  );
  assert.equal(
    whole(
      `<resource href="/cmu/v2/year"><links><link rel='up' href='/cmu/v2'/></links><record x="/cmu/v2"/></resource>`,
      'xml',
      mapping('/reports'),
    ),
    `<resource href="/reports/year"><links><link rel='up' href='/reports'/></links><record x="/cmu/v2"/></resource>`,
  );
});

test('what needs no mapping keeps its bytes, escaped slashes included', () => {
  const text = '{"href":"\\/esm\\/v3","other":{"href":"https:\\/\\/docs.adobe.com\\/"}}';
  assert.equal(whole(text, 'json', mapping('/reports')), text);
});

test('a link of any length of nonsense costs linear time', () => {
  const text = `{"href":"${'"href":"/'.repeat(20_000)}`;
  const started = performance.now();
  whole(text, 'json', mapping('/reports'));
  assert.ok(performance.now() - started < 2_000);
});
