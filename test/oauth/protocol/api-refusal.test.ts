import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRefusal } from '../../../src/oauth/protocol/api-refusal.ts';

const json = (members: object) => JSON.stringify(members);
const enhanced = (code: string) =>
  json({ action: 'application-registration', status: 401, code, trace: 't-1' });

// status, WWW-Authenticate, body, what it means
const table = [
  [401, undefined, '', { meaning: 'token' }],
  [401, 'Bearer', '', { meaning: 'token' }],
  [401, 'Bearer realm="cmu"', '<html>401</html>', { meaning: 'token' }],
  [
    401,
    'Bearer error="invalid_token", error_description="x"',
    '',
    { meaning: 'token', code: 'invalid_token' },
  ],
  [401, undefined, json({ error: 'invalid_token' }), { meaning: 'token', code: 'invalid_token' }],
  [
    401,
    undefined,
    enhanced('invalid_access_token'),
    { meaning: 'token', code: 'invalid_access_token', trace: 't-1' },
  ],
  [401, undefined, json({ error: 'invalid_client' }), { meaning: 'client', code: 'invalid_client' }],
  [403, undefined, json({ error: 'invalid_client' }), { meaning: 'client', code: 'invalid_client' }],
  [
    401,
    undefined,
    `\uFEFF${json({ error: 'invalid_client' })}`,
    { meaning: 'client', code: 'invalid_client' },
  ],
  [401, 'Bearer error=invalid_client', '', { meaning: 'client', code: 'invalid_client' }],
  [
    401,
    undefined,
    enhanced('invalid_access_token_client_application'),
    { meaning: 'client', code: 'invalid_access_token_client_application', trace: 't-1' },
  ],
  [
    401,
    undefined,
    enhanced('invalid_access_token_service_provider'),
    { meaning: 'client', code: 'invalid_access_token_service_provider', trace: 't-1' },
  ],
  [
    403,
    'Bearer error="insufficient_scope", scope="cmu:analytics:client"',
    '',
    { meaning: 'scope', code: 'insufficient_scope', scope: 'cmu:analytics:client' },
  ],
  [
    401,
    'Bearer scope="a b",error="insufficient_scope"',
    '',
    { meaning: 'scope', code: 'insufficient_scope', scope: 'a b' },
  ],
  [403, undefined, '', { meaning: 'forbidden' }],
  [403, 'Bearer', '{"message":"no"}', { meaning: 'forbidden' }],
] as const;

for (const [status, challenge, body, expected] of table) {
  test(`${status} ${challenge ?? ''} ${body.slice(0, 90)} is about the ${expected.meaning}`, () => {
    assert.deepEqual(readRefusal(status, challenge, body), { ...expected, status });
  });
}

test('what is told of it is short and printable, and no member that is none', () => {
  const body = json({
    code: `x\r\n${'y '.repeat(5000)}`,
    trace: { not: 'a text' },
    error: ['invalid_client'],
  });
  const { code, trace, meaning } = readRefusal(401, undefined, body);
  assert.match(code ?? '', /^x\?\?[y ]{1,200}$/);
  assert.deepEqual([trace, meaning], [undefined, 'token']);
});
