import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMistakes, printable } from '../../../src/config/loading/mistake.ts';

test('a value is shown as JSON has it, so that a text can be told from a number', () => {
  assert.equal(printable('8080'), '"8080"');
  assert.equal(printable(8080), '8080');
  assert.equal(printable(null), 'nothing');
  assert.equal(printable({ a: [1] }), '{"a":[1]}');
});

test('secrets, JWTs, user parts and queries of URLs are not shown', () => {
  assert.equal(printable('x', { secret: true }), '(not shown)');
  assert.equal(printable('eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln'), '(not shown)');
  assert.equal(printable('https://a:b@x.test/p?token=t'), '"https://***@x.test/p?***"');
});

test('a long value is cut', () => {
  assert.equal(printable('x'.repeat(1000)).length, 81);
});

test('the report says how many, and each mistake on a line of its own', () => {
  assert.equal(
    formatMistakes([
      { key: 'listen.port', source: 'CMU_PROXY_LISTEN_PORT', given: '"x"', expected: 'expected an integer' },
      { key: '', source: 'a.yaml', expected: 'not valid YAML: oh' },
      { key: 'CMU_PROXY_X', expected: 'no setting has this variable' },
    ]),
    [
      'cmu-proxy: the configuration has 3 mistakes:',
      '  listen.port (CMU_PROXY_LISTEN_PORT): given "x", expected an integer',
      '  a.yaml: not valid YAML: oh',
      '  CMU_PROXY_X: no setting has this variable',
      '',
    ].join('\n'),
  );
  assert.match(formatMistakes([{ key: 'a', expected: 'b' }]), /has a mistake:\n {2}a: b\n$/);
});
