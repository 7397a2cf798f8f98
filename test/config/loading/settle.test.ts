import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { GivenConfig } from '../../../src/config/loading/given.ts';
import { settle } from '../../../src/config/loading/settle.ts';

const client = Type.Object(
  { name: Type.String(), statement: Type.String({ kind: 'secret' }), port: Type.Integer() },
  { additionalProperties: false },
);
const schema = Type.Object({
  level: Type.Enum(['info', 'warn'], { default: 'info' }),
  info: Type.Record(Type.String(), Type.String(), { default: {} }),
  clients: Type.Array(client, { default: [] }),
});

const judge = (key: string, value: unknown) => {
  const given = new GivenConfig({ [key]: value }, new Map([[key, 's']]));
  settle(schema, given);
  return given.mistakes;
};

test('what fits is no mistake', () => {
  assert.deepEqual(judge('level', 'warn'), []);
  assert.deepEqual(judge('clients', [{ name: 'a', statement: 'x', port: 1 }]), []);
});

test('a choice is one mistake, not one for each thing that it could have been', () => {
  assert.deepEqual(judge('level', 'loud'), [
    { key: 'level', source: 's', given: '"loud"', expected: 'expected one of info, warn' },
  ]);
});

test('a mistake within a record or a list is told with its place', () => {
  assert.deepEqual(
    judge('info', { a: 'x', 'b/c': 2 }).map(({ key }) => key),
    ['info.b/c'],
  );
  assert.deepEqual(
    judge('clients', [
      { name: 'a', statement: 'x', port: 'y' },
      { name: 2, statement: 'x', port: 1, extra: 1 },
    ]).map(({ key }) => key),
    ['clients[0].port', 'clients[1].extra', 'clients[1].name'],
  );
});

test('a list that may hold secrets is never shown', () => {
  for (const value of [
    [{ statement: 'hunter2' }],
    'hunter2',
    [{ name: 'a', statement: 'hunter2', port: 'z' }],
  ]) {
    assert.ok(!JSON.stringify(judge('clients', value)).includes('hunter2'));
  }
});
