import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trimHeap } from '../../src/service/heap.ts';

/** Two generations of garbage, some 30 MB; how much room V8 has taken by then. */
function litter(): number {
  Array.from({ length: 1_000_000 }, (_, index) => ({ index }));
  return process.memoryUsage().heapTotal;
}

test('the room that garbage took goes back to the system', () => {
  const before = litter();
  trimHeap();
  const after = process.memoryUsage().heapTotal;
  assert.ok(after < before - 10 * 2 ** 20, `${before} → ${after}`);
});

test('nothing of it is left in reach of anybody', () => {
  trimHeap();
  assert.equal(Reflect.get(globalThis, 'gc'), undefined);
});
