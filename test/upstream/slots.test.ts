import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Slots } from '../../src/upstream/turnstile.ts';

test('it holds what was added and not deleted since, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (steps) => {
      const items: { slot: number }[] = Array.from({ length: 10 }, () => ({ slot: -1 }));
      const slots = new Slots<{ slot: number }>();
      const expected = new Set<{ slot: number }>();
      for (const [adds, index] of steps) {
        const item = items[index];
        if (item === undefined) continue;
        if (adds && !expected.has(item)) {
          slots.add(item);
          expected.add(item);
        } else if (!adds) {
          slots.delete(item);
          expected.delete(item);
        }
      }
      assert.deepEqual(new Set(slots.all()), expected);
      assert.equal(slots.size, expected.size);
    }),
  );
});
