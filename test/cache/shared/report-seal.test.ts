import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, test } from 'node:test';
import { reportSeals, SEAL_BYTES } from '../../../src/cache/shared/report-seal.ts';

const keyOf = (byte: number) => createSecretKey(Buffer.alloc(32, byte));
const sealsOf = (byte: number) => {
  const seals = reportSeals(keyOf(byte));
  return ({ generation, key }: typeof id) => seals(generation, key);
};
const id = { generation: 'g', key: 'GET json 3:cmu' };
const seals = sealsOf(7);
const plain = Buffer.from('active-users');

test('what is sealed opens again, with the same key in another process', () => {
  const sealed = seals(id).seal(plain);
  assert.equal(sealed.length, plain.length + SEAL_BYTES);
  assert.deepEqual(sealsOf(7)(id).open(sealed), plain);
  assert.equal(sealed.includes('active'), false);
});

test('no two seals are alike', () => {
  assert.notDeepEqual(seals(id).seal(plain), seals(id).seal(plain));
});

describe('nothing opens but what was sealed for this report:', () => {
  const sealed = seals(id).seal(plain);
  const at = (index: number) => {
    const copy = Buffer.from(sealed);
    copy[index] = (copy[index] ?? 0) ^ 1;
    return copy;
  };
  for (const [what, opening, text] of [
    ['another key', sealsOf(8)(id), sealed],
    ['another report', seals({ ...id, key: 'GET csv 3:cmu' }), sealed],
    ['another generation', seals({ ...id, generation: 'h' }), sealed],
    ['a nonce with a wrong bit', seals(id), at(0)],
    ['a tag with a wrong bit', seals(id), at(15)],
    ['a body with a wrong bit', seals(id), at(sealed.length - 1)],
    ['a part', seals(id), sealed.subarray(0, -1)],
    ['less than a seal', seals(id), sealed.subarray(0, SEAL_BYTES - 1)],
    ['nothing', seals(id), Buffer.alloc(0)],
  ] as const) {
    test(what, () => assert.equal(opening.open(text), undefined));
  }
});

test('names differ with every part, and parts cannot run into each other', () => {
  const names = [
    id,
    { ...id, key: 'k' },
    { generation: '', key: `g${id.key}` },
    { generation: 'g","', key: id.key },
  ].map((it) => seals(it).name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[\w-]{22}$/);
});
