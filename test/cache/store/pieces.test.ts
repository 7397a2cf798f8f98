import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pieces } from '../../../src/cache/store/pieces.ts';

const LENGTHS: readonly (readonly number[])[] = [
  [],
  [1],
  [5, 0, 7],
  [16_384, 1, 16_383, 3],
  [8_191, 8_192, 8_193, 1],
  [100_000, 1, 100_000],
  Array.from({ length: 40_000 }, () => 1),
  Array.from({ length: 300 }, (_, i) => (i * 7919) % 20_000),
];

test('bytes come out as they came in, from wherever one has read to', () => {
  for (const lengths of LENGTHS) {
    const pieces = new Pieces();
    let value = 0;
    const added = lengths.map((length) => Buffer.from(Array.from({ length }, () => value++ % 251)));
    for (const piece of added) pieces.add(piece);
    const whole = Buffer.concat(added);
    assert.equal(pieces.length, whole.length);
    assert.ok(pieces.joined().equals(whole));
    for (const start of [0, 1, 8_192, 16_384, whole.length - 1, whole.length]) {
      if (start < 0 || start > whole.length) continue;
      assert.ok(Buffer.concat([...pieces.from(start)]).equals(whole.subarray(start)), `${start}`);
    }
  }
});

test('small pieces share blocks; what is added later does not change what was given before', () => {
  const pieces = new Pieces();
  for (let i = 0; i < 100_000; i++) pieces.add(Buffer.from('x'));
  assert.equal(pieces.blocks().length, 7);
  const [last] = pieces.from(99_999);
  pieces.add(Buffer.from('y'));
  assert.equal(last?.toString(), 'x');
});
