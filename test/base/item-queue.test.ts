import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ItemQueue } from '../../src/base/item-queue.ts';

const queued = () => {
  const dealt: (readonly number[])[] = [];
  const waiting: (() => void)[] = [];
  const queue = new ItemQueue<number>(
    (items) => dealt.push(items),
    (flush) => waiting.push(flush),
    256,
  );
  return { queue, dealt, waiting, pass: () => waiting.shift()?.() };
};

test('items wait for each other, in order, and are dealt with when their time is over', () => {
  const { queue, dealt, waiting, pass } = queued();
  queue.add(1);
  queue.add(2);
  assert.deepEqual([dealt, waiting.length], [[], 1]);
  pass();
  queue.add(3);
  pass();
  assert.deepEqual(dealt, [[1, 2], [3]]);
});

test('a flush deals with what there is, and nothing is dealt with twice', () => {
  const { queue, dealt, pass } = queued();
  queue.add(1);
  queue.flush();
  queue.flush();
  pass();
  assert.deepEqual(dealt, [[1]]);
});

test('many wait no longer than the turn', async () => {
  const { queue, dealt } = queued();
  for (let i = 0; i < 1000; i++) queue.add(i);
  assert.deepEqual(dealt, []);
  await new Promise(setImmediate);
  assert.deepEqual(
    dealt.map(({ length }) => length),
    [1000],
  );
});
