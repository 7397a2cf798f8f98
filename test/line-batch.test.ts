import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineBatch } from '../src/line-batch.ts';

/** A batch, what it wrote, and the time that it waits for. */
const batched = () => {
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const batch = new LineBatch(
    (lines) => written.push(lines.toString()),
    (flush) => waiting.push(flush),
  );
  return { batch, written, waiting, pass: () => waiting.shift()?.() };
};

test('lines wait for each other, and are passed on together when their time is over', () => {
  const { batch, written, waiting, pass } = batched();
  batch.add('a\n');
  batch.add('b\n');
  assert.deepEqual(written, []);
  assert.equal(waiting.length, 1);
  pass();
  batch.add('c\n');
  pass();
  assert.deepEqual(written, ['a\nb\n', 'c\n']);
});

test('a flush passes on what there is, and nothing twice', () => {
  const { batch, written, pass } = batched();
  batch.add('a\n');
  batch.flush();
  batch.flush();
  batch.add('b\n');
  pass();
  pass();
  assert.deepEqual(written, ['a\n', 'b\n']);
});

test('many lines do not wait, and start no second wait', () => {
  const { batch, written, waiting } = batched();
  const line = `${'x'.repeat(999)}\n`;
  for (let i = 0; i < 140; i++) batch.add(line);
  assert.deepEqual(
    written.map(({ length }) => length),
    [63_000, 63_000],
  );
  assert.equal(waiting.length, 1);
});

test('no line is cut, however long, and none loses a character', () => {
  const { batch, written, pass } = batched();
  const long = `${'ß€😀'.repeat(6000)}\n`;
  for (const line of ['a\n', long, 'é\n']) batch.add(line);
  pass();
  assert.deepEqual(written, ['a\n', long, 'é\n']);
});
