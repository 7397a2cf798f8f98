import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineBatch } from '../../src/log/line-batch.ts';

/** A batch, what it wrote, and the time that it waits for. */
const batched = () => {
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const batch = new LineBatch(
    (lines, done) => {
      written.push(lines.toString());
      done();
    },
    (flush) => waiting.push(flush),
    65_536,
  );
  return { batch, written, waiting, pass: () => waiting.shift()?.() };
};

const add = (batch: LineBatch, line: string): void => {
  batch.text(line);
  batch.end();
};

test('lines wait for each other, and are passed on together when their time is over', () => {
  const { batch, written, waiting, pass } = batched();
  add(batch, 'a\n');
  add(batch, 'b\n');
  assert.deepEqual(written, []);
  assert.equal(waiting.length, 1);
  pass();
  add(batch, 'c\n');
  pass();
  assert.deepEqual(written, ['a\nb\n', 'c\n']);
});

test('a flush passes on what there is, and nothing twice', () => {
  const { batch, written, pass } = batched();
  add(batch, 'a\n');
  batch.flush();
  batch.flush();
  add(batch, 'b\n');
  pass();
  pass();
  assert.deepEqual(written, ['a\n', 'b\n']);
});

test('many lines do not wait, and start no second wait', () => {
  const { batch, written, waiting } = batched();
  const line = `${'x'.repeat(999)}\n`;
  for (let i = 0; i < 140; i++) add(batch, line);
  assert.deepEqual(
    written.map(({ length }) => length),
    [65_000, 65_000],
  );
  assert.equal(waiting.length, 1);
});

test('no line is cut, however long, and none loses a character', () => {
  const { batch, written, pass } = batched();
  const long = `${'ß€😀'.repeat(6000)}\n`;
  for (const line of ['a\n', long, 'é\n']) add(batch, line);
  pass();
  assert.equal(written.join(''), `a\n${long}é\n`);
  for (const lines of written) assert.ok(lines.endsWith('\n'));
});

test('a line may be put together of pieces, and is not passed on before it is complete', () => {
  const { batch, written, pass } = batched();
  add(batch, 'a\n');
  batch.ascii('b');
  pass();
  batch.bytes(Buffer.from('c'));
  batch.text('ß');
  batch.ascii('\n');
  batch.end();
  batch.flush();
  assert.deepEqual(written, ['a\n', 'bcß\n']);
});

test('memory is used again when it is free, and not before', () => {
  const held: { readonly lines: Buffer; readonly done: () => void }[] = [];
  const batch = new LineBatch(
    (lines, done) => held.push({ lines, done }),
    () => {},
    64,
  );
  for (const line of ['a', 'b', 'c', 'd']) {
    add(batch, `${line.repeat(40)}\n`);
    batch.flush();
    if (line === 'c') held[1]?.done();
  }
  assert.deepEqual(
    held.map(({ lines }) => lines.toString('latin1', 0, 1)),
    ['a', 'b', 'c', 'd'],
  );
  assert.equal(new Set(held.map(({ lines }) => lines.buffer)).size, 4);
  add(batch, `${'e'.repeat(40)}\n`);
  batch.flush();
  assert.equal(held[4]?.lines.buffer, held[1]?.lines.buffer);
});

test('numbers are written in any base, and in thousandths', () => {
  const { batch, written } = batched();
  const numbers = [0, 7, 9, 10, 35, 36, 99, 100, 123_456_789, Number.MAX_SAFE_INTEGER];
  for (const number of numbers) {
    batch.number(number);
    batch.ascii(' ');
    batch.number(number, 36);
    batch.ascii(' ');
    batch.thousandths(number);
    batch.ascii('\n');
    batch.end();
  }
  batch.flush();
  const expected = numbers.map(
    (it) => `${it} ${it.toString(36)} ${Math.floor(it / 1000)}.${String(it % 1000).padStart(3, '0')}\n`,
  );
  assert.deepEqual(written, [expected.join('')]);
});
