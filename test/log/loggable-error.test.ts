import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggableError } from '../../src/log/loggable-error.ts';

test('name, code, message, advice and the codes of causes are told, and nothing else', () => {
  const refused = Object.assign(new Error('connect to canary'), { code: 'ECONNREFUSED', address: 'canary' });
  const cause = new TypeError('canary', { cause: refused });
  const error = Object.assign(new Error('no token', { cause }), {
    code: 'unreachable',
    advice: 'check dcr.url',
    response: 'canary',
  });
  assert.deepEqual(loggableError(error), {
    name: 'Error',
    code: 'unreachable',
    message: 'no token',
    advice: 'check dcr.url',
    causes: ['TypeError', 'ECONNREFUSED'],
  });
});

test('a message is scrubbed', () => {
  assert.equal(loggableError(new Error('client_secret=hunter2')).message, 'client_secret=[redacted]');
});

test('the text that a JSON parser quotes is not repeated', () => {
  try {
    JSON.parse('canary');
    assert.fail();
  } catch (error) {
    assert.ok(!JSON.stringify(loggableError(error, { frames: true })).includes('canary'));
  }
});

test('frames are told on demand, without the message before them', () => {
  const error = new Error('first line\nsecond line of canary');
  assert.equal(loggableError(error).frames, undefined);
  const frames = loggableError(error, { frames: true }).frames ?? [];
  assert.ok(frames.some((frame) => frame.includes('loggable-error.test.ts')));
  assert.ok(!frames.join().includes('canary'));
});

test('causes that go round in a circle end', () => {
  const error = new Error('a');
  error.cause = error;
  assert.equal(loggableError(error).causes?.length, 5);
});

test('what is thrown and no error is named by its type only', () => {
  for (const thrown of ['canary', undefined, { toString: () => 'canary' }, 5]) {
    assert.deepEqual(loggableError(thrown), { name: 'NonError', message: `a ${typeof thrown} was thrown` });
  }
});
