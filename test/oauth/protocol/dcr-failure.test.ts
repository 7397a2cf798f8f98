import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { errors } from 'undici';
import { Secret } from '../../../src/base/secret.ts';
import { epochMs } from '../../../src/base/units.ts';
import type { DcrErrorCode } from '../../../src/oauth/protocol/dcr-error.ts';
import { refusal, transportFailure } from '../../../src/oauth/protocol/dcr-failure.ts';
import { answer, oauthError, throttled } from '../../support/dcr-world.ts';
import { jws } from '../../support/jws.ts';

const NOW = epochMs(1_700_726_648_000);

const table: readonly [string, ReturnType<typeof answer>, DcrErrorCode, boolean][] = [
  [
    'invalid_software_statement',
    oauthError('invalid_software_statement'),
    'invalid_software_statement',
    false,
  ],
  [
    'unapproved_software_statement',
    oauthError('unapproved_software_statement'),
    'unapproved_software_statement',
    false,
  ],
  ['invalid_redirect_uri', oauthError('invalid_redirect_uri'), 'invalid_redirect_uri', false],
  ['invalid_request', oauthError('invalid_request'), 'invalid_request', false],
  ['invalid_client', oauthError('invalid_client'), 'invalid_client', true],
  ['invalid_client with 401 (RFC 6749 §5.2)', oauthError('invalid_client', 401), 'invalid_client', true],
  ['unauthorized_client', oauthError('unauthorized_client'), 'unauthorized_client', false],
  ['unsupported_grant_type', oauthError('unsupported_grant_type'), 'unsupported_grant_type', false],
  ['temporarily_unavailable', oauthError('temporarily_unavailable'), 'server_error', true],
  ['an error that no RFC knows', oauthError('out_of_cheese'), 'refused', false],
  ['the name of an Object member', oauthError('constructor'), 'refused', false],
  ['a 400 without JSON', answer(400, 'Bad Request'), 'unexpected_status', true],
  ['a 400 whose error is no text', answer(400, { error: { a: 1 } }), 'unexpected_status', true],
  ['a 403 of a firewall', answer(403, '<html>'), 'unexpected_status', true],
  ['a 404', answer(404, ''), 'unexpected_status', true],
  [
    'a 404 with an OAuth error: not of this endpoint',
    oauthError('invalid_client', 404),
    'unexpected_status',
    true,
  ],
  ['a 204', answer(204, ''), 'unexpected_status', true],
  ['a redirect', answer(302, '', { location: 'https://elsewhere.test' }), 'redirected', true],
  ['a 500', answer(500, 'oops'), 'server_error', true],
  ['a 503 with an OAuth error', oauthError('invalid_client', 503), 'server_error', true],
  ['the HTML 429 of the edge', throttled(), 'throttled', true],
];

describe('An answer that is none', () => {
  for (const [what, given, code, retryable] of table) {
    test(`${what} is ${code}`, () => {
      const error = refusal(given, NOW, []);
      assert.equal(error.code, code);
      assert.equal(error.retryable, retryable);
      assert.equal(error.status, given.status);
      assert.ok(error.advice.length > 10);
    });
  }
});

describe('The pause after a refusal', () => {
  test('is at least a second after a 429', () => {
    assert.equal(refusal(throttled(), NOW, []).retryAfter, 1000);
    assert.equal(refusal(throttled({ 'retry-after': '0' }), NOW, []).retryAfter, 1000);
    assert.equal(refusal(throttled({ 'retry-after': 'x' }), NOW, []).retryAfter, 1000);
    assert.equal(refusal(throttled({ 'retry-after': '9' }), NOW, []).retryAfter, 9000);
  });

  test('is what CM says in Expires', () => {
    const expires = new Date(NOW + 60_000).toUTCString();
    assert.equal(refusal(answer(429, '', { expires }), NOW, []).retryAfter, 60_000);
  });

  test('is told for any other status only when the server asks', () => {
    assert.equal(refusal(answer(503, '', { 'retry-after': '7' }), NOW, []).retryAfter, 7000);
    assert.equal(refusal(answer(503, ''), NOW, []).retryAfter, undefined);
  });
});

describe('The message of a refusal', () => {
  const STATEMENT = jws({ sub: 'canary' });
  const shown = (body: unknown, secrets = ['s3cr3t', STATEMENT]) =>
    inspect(
      refusal(
        answer(400, body),
        NOW,
        secrets.map((it) => new Secret(it)),
      ),
    );

  test('shows what the server says', () => {
    assert.match(
      refusal(answer(400, { error: 'invalid_request', error_description: 'no device info' }), NOW, [])
        .message,
      /refuses \(400\): invalid_request: no device info/,
    );
  });

  test('shows nothing of what we sent, encoded, reversed or cut', () => {
    const secret = '2f6b1d0c-8a53-4a7e-9d1f-0c2b7e5a4d91';
    const reversed = [...secret].reverse().join('');
    for (const told of [
      secret.slice(0, 20),
      secret.slice(9),
      reversed,
      reversed.slice(0, 18),
      Buffer.from(`id:${secret}`).toString('base64').slice(8, 40),
      Buffer.from(secret).toString('hex').slice(0, 30),
    ]) {
      const { message } = refusal(
        answer(400, { error: 'invalid_request', error_description: `it was ${told}.` }),
        NOW,
        [new Secret(secret)],
      );
      assert.match(message, /: invalid_request: it was \S{0,3}\[redacted\]\S{0,3}\.$/);
    }
  });

  test('shows nothing of what we sent, whole or cut', () => {
    const text = shown({
      error: 's3cr3t',
      error_description: `bad: ${STATEMENT} or ${STATEMENT.slice(3)} s3cr3t`,
    });
    assert.doesNotMatch(text, /s3cr3t/);
    for (const part of STATEMENT.split('.')) assert.ok(!text.includes(part));
  });

  test('is bounded and has no control characters', () => {
    const { message } = refusal(
      answer(400, { error: 'x\r\n\u001b[31m', error_description: 'so sorry '.repeat(9_000) }),
      NOW,
      [],
    );
    assert.ok(message.length < 500);
    assert.match(message, /^[\x20-\x7e]*$/);
  });
});

const URL_WITH_SECRET = new URL('https://dcr.test/o/client/token?client_secret=canary');

const errorWith = (code: string, more: object = {}) =>
  Object.assign(new Error(`it failed`), { code, ...more });

for (const [what, thrown, code] of [
  ['a refused connection', errorWith('ECONNREFUSED'), 'unreachable'],
  ['an unknown name', errorWith('ENOTFOUND'), 'unreachable'],
  ['a reset', errorWith('ECONNRESET'), 'unreachable'],
  ['an unknown authority', errorWith('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls_failed'],
  ['a self-signed certificate', errorWith('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls_failed'],
  ['an expired certificate', errorWith('CERT_HAS_EXPIRED'), 'tls_failed'],
  ['a wrong name', errorWith('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls_failed'],
  ['plain HTTP in place of TLS', errorWith('ERR_SSL_WRONG_VERSION_NUMBER'), 'tls_failed'],
  ['an endless header', errorWith('UND_ERR_HEADERS_OVERFLOW'), 'malformed_answer'],
  ['what is not HTTP', new errors.HTTPParserError('it failed'), 'malformed_answer'],
  ['nobody who accepts in time', errorWith('UND_ERR_CONNECT_TIMEOUT'), 'timeout'],
  ['failures of all addresses', new AggregateError([errorWith('ECONNREFUSED')]), 'unreachable'],
  ['something that is no error', 'a text with canary', 'unreachable'],
] as const) {
  test(`${what} is ${code}, is retryable, and tells neither query nor data`, () => {
    if (thrown instanceof Error)
      Object.assign(thrown, { data: 'canary', rawPacket: Buffer.from('canary'), socket: { canary: 1 } });
    const error = transportFailure(thrown, URL_WITH_SECRET);
    assert.equal(error.code, code);
    assert.equal(error.retryable, true);
    assert.doesNotMatch(inspect(error, { depth: 9 }), /canary/);
    assert.match(error.message, /https:\/\/dcr\.test/);
  });
}

test('The cause keeps the code of the system, by which people search', () => {
  const { cause } = transportFailure(errorWith('ECONNREFUSED'), URL_WITH_SECRET);
  assert.ok(cause instanceof Error);
  assert.equal(Reflect.get(cause, 'code'), 'ECONNREFUSED');
});
