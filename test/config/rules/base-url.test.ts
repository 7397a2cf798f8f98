import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBaseUrl, isOrigin } from '../../../src/config/rules/base-url.ts';

test('a base URL is absolute http(s), without user, query and fragment; an origin has no path either', () => {
  const cases: [text: string, base: boolean, origin: boolean][] = [
    ['https://api.auth.adobe.com', true, true],
    ['https://api.auth.adobe.com/', true, true],
    ['http://127.0.0.1:8090', true, true],
    ['http://[::1]:8090', true, true],
    ['https://gateway.test/adobe', true, false],
    ['https://gateway.test/adobe/', true, false],
    ['https://me@x.test', false, false],
    ['https://:pw@x.test', false, false],
    ['https://x.test?a=b', false, false],
    ['https://x.test/?', false, false],
    ['https://x.test/#', false, false],
    ['ftp://x.test', false, false],
    ['file:///etc/passwd', false, false],
    ['x.test', false, false],
    ['//x.test', false, false],
    ['', false, false],
  ];
  for (const [text, base, origin] of cases) {
    assert.equal(isBaseUrl(text), base, text);
    assert.equal(isOrigin(text), origin, text);
  }
});
