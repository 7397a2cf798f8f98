import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../src/base/units.ts';
import { asDcrError, codeOfOAuthError, DcrError } from '../../../src/oauth/protocol/dcr-error.ts';

test('An error tells in JSON what a person needs, and not its cause', () => {
  const error = new DcrError('throttled', 'The DCR server throttles (429)', {
    cause: new Error('canary'),
    retryAfter: milliseconds(1000),
    status: 429,
  });
  const json = JSON.stringify(error);
  assert.deepEqual(Object.keys(JSON.parse(json)).sort(), [
    'advice',
    'code',
    'message',
    'retryAfter',
    'retryable',
    'status',
  ]);
  assert.doesNotMatch(json, /canary/);
});

test('The same error with another pause keeps all the rest', () => {
  const cause = new Error('x');
  const error = new DcrError('unreachable', 'm', { cause, status: 502 }).withRetryAfter(milliseconds(7));
  assert.equal(error.code, 'unreachable');
  assert.equal(error.message, 'm');
  assert.equal(error.cause, cause);
  assert.equal(error.status, 502);
  assert.equal(error.retryAfter, 7);
});

test('An error without cause has none, rather than an undefined one', () => {
  assert.equal('cause' in new DcrError('timeout', 'm'), false);
});

test('What is thrown by mistake becomes an internal error, which is retryable', () => {
  const bug = new TypeError('x is not a function');
  const error = asDcrError(bug);
  assert.equal(error.code, 'internal');
  assert.equal(error.retryable, true);
  assert.equal(error.cause, bug);
  assert.match(error.message, /TypeError/);
  assert.equal(asDcrError('text').message, 'Unexpected failure: string');
  assert.equal(asDcrError(error), error);
});

test('An OAuth error is known by its name, and what no RFC knows is refused', () => {
  assert.equal(codeOfOAuthError('invalid_client'), 'invalid_client');
  assert.equal(codeOfOAuthError('temporarily_unavailable'), 'server_error');
  // Our own codes are not the server's to use.
  for (const other of ['throttled', 'closed', 'toString', ''])
    assert.equal(codeOfOAuthError(other), 'refused');
});
