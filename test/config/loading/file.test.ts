import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { readDocument } from '../../../src/config/loading/file.ts';
import { settle } from '../../../src/config/loading/settle.ts';

const schema = Type.Object({
  listen: Type.Object({ port: Type.Integer({ default: 1 }), host: Type.String({ default: '' }) }),
  cache: Type.Object({ deep: Type.Object({ size: Type.Integer({ default: 1 }) }) }),
  info: Type.Record(Type.String(), Type.String(), { default: {} }),
});

const read = (text: string) => {
  const given = readDocument('f.yaml', text);
  settle(schema, given);
  return { given, mistakes: given.mistakes };
};

test('what the file gives is known by key, with its line', () => {
  const { given, mistakes } = read(
    '# head\nlisten:\n  port: 5\n\n  host: "x"\ncache: { deep: { size: 7 } }\n',
  );
  assert.deepEqual(mistakes, []);
  assert.deepEqual(
    ['listen.port', 'listen.host', 'cache.deep.size'].map((key) => [given.valueAt(key), given.sourceOf(key)]),
    [
      [5, 'f.yaml:3'],
      ['x', 'f.yaml:5'],
      [7, 'f.yaml:6'],
    ],
  );
});

test('an empty file, and a section with nothing but comments, give nothing', () => {
  for (const text of ['', '# only a remark\n', 'listen:\n  # port: 1\n', '---\n...\n', '{}']) {
    const { given, mistakes } = read(text);
    assert.deepEqual([given.valueAt('listen.port'), mistakes], [undefined, []], text);
  }
});

test('JSON is read as well', () => {
  assert.deepEqual(read('{"listen":{"port":5}}').given.valueAt('listen.port'), 5);
});

test('a setting without a value is a mistake', () => {
  const [mistake] = read('listen:\n  port:\n').mistakes;
  assert.deepEqual(mistake, {
    key: 'listen.port',
    source: 'f.yaml:2',
    given: 'nothing',
    expected: 'expected an integer',
  });
});

test('unknown keys are mistakes with their line and the nearest key, at every depth', () => {
  const { mistakes } = read('listn:\n  port: 1\nlisten:\n  prot: 1\ncache:\n  deep:\n    sise: 2\n');
  assert.deepEqual(mistakes, [
    { key: 'listn', source: 'f.yaml:1', expected: 'unknown; did you mean listen?' },
    { key: 'listen.prot', source: 'f.yaml:4', expected: 'unknown; did you mean listen.port?' },
    { key: 'cache.deep.sise', source: 'f.yaml:7', expected: 'unknown; did you mean cache.deep.size?' },
  ]);
});

test('wrong syntax is told with the line, and nothing of the file is used', () => {
  const { given, mistakes } = read('listen:\n  port: 1\n  bad: [1, 2\nother: }\n');
  assert.equal(given.valueAt('listen.port'), undefined);
  assert.ok(mistakes.length >= 1);
  for (const { source, expected } of mistakes) {
    assert.match(source ?? '', /^f\.yaml:\d$/);
    assert.match(expected, /^not valid YAML: /);
  }
});

test('what the parser stumbled over is not repeated', () => {
  for (const text of [
    'a: [1]\n]canary',
    'a: |canary\n x',
    'a: {b: 1}} canary',
    'a: "canary" "canary"',
    'a: *canary',
  ]) {
    const { mistakes } = read(text);
    assert.ok(mistakes.length > 0, text);
    assert.ok(!JSON.stringify(mistakes).includes('canary'), JSON.stringify(mistakes));
  }
});

test('a key given twice is a mistake', () => {
  assert.equal(read('listen: { port: 1 }\nlisten: { port: 2 }\n').mistakes.length, 1);
});

test('a section that is no mapping is one mistake', () => {
  for (const text of ['listen: 5', 'listen: [1]', 'listen: text']) {
    const { mistakes } = read(text);
    assert.deepEqual(
      mistakes.map(({ key, expected }) => [key, expected]),
      [['listen', 'expected a mapping of settings']],
    );
  }
  assert.equal(read('- a\n- b').mistakes.length, 1);
});

test('anchors and aliases work for sections and values', () => {
  const { given, mistakes } = read('listen: { port: &p 3 }\ncache:\n  deep: &d { size: *p }\n');
  assert.deepEqual(mistakes, []);
  assert.equal(given.valueAt('cache.deep.size'), 3);
  // The section is looked into: what does not belong in it is found.
  const shared = read('listen: &l { port: 4 }\ncache:\n  deep: *l\n');
  assert.deepEqual(
    shared.mistakes.map(({ key }) => key),
    ['cache.deep.port'],
  );
});

test('aliases that multiply without end are refused rather than expanded', () => {
  const bomb = [
    'info:',
    '  a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...['b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
      (name, index) => `  ${name}: &${name} [${Array(10).fill(`*${'abcdefg'[index]}`).join(', ')}]`,
    ),
  ].join('\n');
  const { given, mistakes } = read(bomb);
  assert.equal(given.valueAt('info'), undefined);
  assert.match(mistakes[0]?.expected ?? '', /^not valid YAML: /);
});

test('keys that name parts of an object’s prototype are keys like others', () => {
  const { mistakes } = read('__proto__: { port: 1 }\nlisten: { constructor: 1, toString: 2 }\n');
  assert.deepEqual(
    mistakes.map(({ key }) => key),
    ['__proto__', 'listen.constructor', 'listen.toString'],
  );
});
