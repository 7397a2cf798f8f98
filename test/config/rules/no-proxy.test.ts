import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isExempt } from '../../../src/config/rules/no-proxy.ts';

const CASES: readonly (readonly [noProxy: string, url: string, exempt: boolean])[] = [
  ['', 'https://mgmt.auth.adobe.com', false],
  ['*', 'https://mgmt.auth.adobe.com', true],
  ['other.test, *', 'https://mgmt.auth.adobe.com', true],
  ['mgmt.auth.adobe.com', 'https://mgmt.auth.adobe.com', true],
  ['MGMT.Auth.Adobe.COM', 'https://mgmt.auth.adobe.com', true],
  ['mgmt.auth.adobe.com.', 'https://mgmt.auth.adobe.com', true],
  ['mgmt.auth.adobe.com', 'https://mgmt.auth.adobe.com.', true],
  ['adobe.com', 'https://mgmt.auth.adobe.com', true],
  ['.adobe.com', 'https://mgmt.auth.adobe.com', true],
  ['*.adobe.com', 'https://mgmt.auth.adobe.com', true],
  ['.adobe.com', 'https://adobe.com', true],
  ['dobe.com', 'https://adobe.com', false],
  ['adobe.com', 'https://adobe.com.evil.test', false],
  ['auth.adobe.com.evil.test', 'https://auth.adobe.com', false],
  ['one.test two.test,three.test', 'https://two.test', true],
  [' , ,', 'https://two.test', false],
  ['.', 'https://two.test', false],
  ['two.test:443', 'https://two.test', true],
  ['two.test:443', 'https://two.test:8443', false],
  ['two.test:80', 'http://two.test', true],
  ['two.test:8443', 'https://a.two.test:8443', true],
  ['10.1.2.3', 'http://10.1.2.3', true],
  ['10.1.2.3:80', 'http://10.1.2.3', true],
  ['10.1.2.3:81', 'http://10.1.2.3', false],
  ['10.0.0.0/8', 'http://10.1.2.3', true],
  ['10.0.0.0/8', 'http://11.1.2.3', false],
  ['10.0.0.0/33', 'http://10.1.2.3', false],
  ['10.0.0.0/x', 'http://10.1.2.3', false],
  ['10.0.0.0/8', 'http://ten.test', false],
  ['1.2.3', 'http://10.1.2.3', false],
  ['fd00::1', 'http://[fd00::1]', true],
  ['[fd00::1]', 'http://[fd00::1]:8080', true],
  ['[fd00::1]:8080', 'http://[fd00::1]:8080', true],
  ['[fd00::1]:8081', 'http://[fd00::1]:8080', false],
  ['fd00::/8', 'http://[fd12::1]', true],
  ['fd00::/8', 'http://[fe80::1]', false],
  // This machine needs no word.
  ['', 'http://localhost:8090', true],
  ['', 'http://127.0.0.1:8090', true],
  ['', 'http://[::1]:8090', true],
];

for (const [noProxy, url, exempt] of CASES) {
  test(`NO_PROXY="${noProxy}" ${exempt ? 'exempts' : 'does not exempt'} ${url}`, () => {
    assert.equal(isExempt(new URL(url), noProxy), exempt);
  });
}
