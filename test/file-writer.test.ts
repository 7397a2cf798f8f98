import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FileWriter } from '../src/file-writer.ts';

const MANY = 1_000_000;
const nothing = (): void => {};

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cmu-proxy-file-writer-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
};

const file = (t: TestContext): { fd: number; text: () => string } => {
  const path = join(folderOf(t), 'file');
  const fd = openSync(path, 'w');
  t.after(() => closeSync(fd));
  return { fd, text: () => readFileSync(path, 'utf8') };
};

/** A pipe that takes what it can, and says so when it is full. */
const pipe = (t: TestContext) => {
  const path = join(folderOf(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(fd));
  /** What is there now. */
  const read = (): string => {
    const bytes = Buffer.alloc(MANY);
    try {
      return bytes.toString('utf8', 0, readSync(reader, bytes));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
      return '';
    }
  };
  return { fd, read, leave: () => closeSync(reader) };
};

test('pieces arrive whole and in their order, and each is said to be done with', async (t) => {
  const { fd, text } = file(t);
  const writer = new FileWriter(fd, MANY);
  const done: number[] = [];
  for (let i = 0; i < 100; i++) writer.write(Buffer.from(`${i}\n`), () => done.push(i));
  await writer.idle();
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  assert.equal(text(), numbers.map((i) => `${i}\n`).join(''));
  assert.deepEqual(done, numbers);
});

test('what is to be written at once is there when the call returns, behind what waited', async (t) => {
  const { fd, text } = file(t);
  const writer = new FileWriter(fd, MANY);
  writer.writeSync(Buffer.from('a'), nothing);
  assert.equal(text(), 'a');
  writer.write(Buffer.from('b'), nothing);
  writer.write(Buffer.from('c'), nothing);
  writer.writeSync(Buffer.from('d'), nothing);
  await writer.idle();
  assert.match(text().replace('b', ''), /^acd$/);
  assert.equal(text().length, 4);
});

test('a full pipe is tried again later, and loses nothing', async (t) => {
  const { fd, read } = pipe(t);
  const retries: (() => void)[] = [];
  const { promise: full, resolve: onFull } = Promise.withResolvers<void>();
  const writer = new FileWriter(fd, MANY, (retry) => {
    retries.push(retry);
    onFull();
  });
  const sent = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(50_000));
  for (const piece of sent) writer.write(Buffer.from(piece), nothing);
  await full;
  let received = '';
  let idle = false;
  const over = writer.idle().then(() => {
    idle = true;
  });
  while (!idle) {
    received += read();
    retries.shift()?.();
    await new Promise(setImmediate);
  }
  await over;
  received += read();
  assert.equal(received, sent.join(''));
});

test('what waits for room in a pipe is written with all the rest when nothing can be put off', async (t) => {
  const { fd, read } = pipe(t);
  const retries: (() => void)[] = [];
  const { promise: full, resolve: onFull } = Promise.withResolvers<void>();
  const writer = new FileWriter(fd, MANY, (retry) => {
    retries.push(retry);
    onFull();
  });
  writer.write(Buffer.from('a'.repeat(100_000)), nothing);
  writer.write(Buffer.from('b'), nothing);
  await full;
  const before = read();
  writer.writeSync(Buffer.from('c'), nothing);
  const received = before + read();
  for (const retry of retries) retry();
  await writer.idle();
  assert.equal(received, `${'a'.repeat(100_000)}bc`);
  assert.equal(read(), '');
});

test('more than may wait is dropped, and its memory is free', async (t) => {
  const { fd, text } = file(t);
  const writer = new FileWriter(fd, 10);
  const done: string[] = [];
  for (const piece of ['123456', '7890', 'x', 'yy']) writer.write(Buffer.from(piece), () => done.push(piece));
  assert.deepEqual(done, ['x', 'yy']);
  await writer.idle();
  writer.write(Buffer.from('after'), nothing);
  await writer.idle();
  assert.equal(text(), '1234567890after');
});

test('when the reader has left, pieces are dropped, and nobody waits for them', async (t) => {
  const { fd, leave } = pipe(t);
  leave();
  const writer = new FileWriter(fd, MANY);
  const done: string[] = [];
  writer.write(Buffer.from('a'), () => done.push('a'));
  writer.write(Buffer.from('b'), () => done.push('b'));
  await writer.idle();
  writer.writeSync(Buffer.from('c'), () => done.push('c'));
  assert.deepEqual(done, ['a', 'b', 'c']);
});
