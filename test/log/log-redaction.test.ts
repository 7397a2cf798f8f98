import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactFields, redactTokens, scrub } from '../../src/log/log-redaction.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';

test('a message loses whatever looks like a token, a secret or a statement, and nothing else', () => {
  const cases: [string, string][] = [
    [`bad token ${JWT}.`, 'bad token [redacted]'],
    ['eyJhbGciOiJSUzI1NiJ9 alone', '[redacted] alone'],
    ['sent Authorization: Bearer abc.def~x', 'sent Authorization: Bearer [redacted]'],
    ['basic dXNlcjpwdw==', 'basic [redacted]'],
    [
      'grant_type=x&client_id=a&client_secret=b',
      'grant_type=x&client_id=[redacted]&client_secret=[redacted]',
    ],
    ['{"access_token":"short","n":1}', '{"access_token":"[redacted]","n":1}'],
    ['secret 73e5ebf0-1111-2222-3333-444455556666 refused', 'secret [redacted] refused'],
    ['2YotnFZFEjr1zCsicMWpAA2YotnF', '[redacted]'],
    ['unapproved_software_statement', 'unapproved_software_statement'],
    ['connect ECONNREFUSED 127.0.0.1:8090', 'connect ECONNREFUSED 127.0.0.1:8090'],
    ['getaddrinfo ENOTFOUND api.auth-staging.adobe.com', 'getaddrinfo ENOTFOUND api.auth-staging.adobe.com'],
    ['', ''],
  ];
  for (const [message, expected] of cases) assert.equal(scrub(message), expected);
});

test('a line loses the texts of fields that are named like secrets', () => {
  assert.equal(
    redactFields('{"a":1,"Cookie":"x=1; \\"y","b":{"secret":"","token":{"expiresAt":5}}}'),
    '{"a":1,"Cookie":"[redacted]","b":{"secret":"[redacted]","token":{"expiresAt":5}}}',
  );
  for (const name of [
    'authorization',
    'cookie',
    'access_token',
    'client_secret',
    'software_statement',
    'token',
    'secret',
  ]) {
    assert.equal(redactFields(`{"${name}":"canary"}`), `{"${name}":"[redacted]"}`);
  }
});

test('a megabyte of anything is dealt with in linear time (quadratic would take hours)', () => {
  for (const unit of ['eyJ', 'a', 'a1-', '-', '.', 'bearer ', '"secret":"', 'client_id=', '"secret":"\\']) {
    const text = unit.repeat(1_000_000 / unit.length);
    scrub(text);
    redactFields(text);
    redactTokens(text);
  }
});

test('a line of harmless fields loses the tokens in its values, and is otherwise the same', () => {
  const line = '{"event":"request","target":"/year?mvpd=A","id":"a-1"}\n';
  assert.equal(redactTokens(line), line);
  assert.equal(
    redactTokens(`{"target":"/year?x=${JWT}","id":"${JWT}"}\n`),
    '{"target":"/year?x=[redacted]","id":"[redacted]"}\n',
  );
});
