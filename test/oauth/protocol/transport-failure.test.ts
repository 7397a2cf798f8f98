import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { errors } from 'undici';
import { transportFailure } from '../../../src/oauth/protocol/transport-failure.ts';

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
