import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineBatch } from '../src/line-batch.ts';
import { turn } from './support/proxy-world.ts';

test('the lines of one turn are passed on together, those of the next apart', async () => {
  const written: string[] = [];
  const batch = new LineBatch((lines) => written.push(lines));
  batch.add('a\n');
  batch.add('b\n');
  assert.deepEqual(written, []);
  await turn();
  batch.add('c\n');
  await turn();
  assert.deepEqual(written, ['a\nb\n', 'c\n']);
});

test('a flush passes on what there is, and nothing twice', async () => {
  const written: string[] = [];
  const batch = new LineBatch((lines) => written.push(lines));
  batch.add('a\n');
  batch.flush();
  batch.flush();
  batch.add('b\n');
  await turn();
  await turn();
  assert.deepEqual(written, ['a\n', 'b\n']);
});
