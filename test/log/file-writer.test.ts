import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FileWriter } from '../../src/log/file-writer.ts';

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

/** Writes to a pipe that is full before long. */
const hurried = (fd: number) => {
  const retries: (() => void)[] = [];
  const { promise: full, resolve: onFull } = Promise.withResolvers<void>();
  const writer = new FileWriter(fd, MANY, (retry) => {
    retries.push(retry);
    onFull();
  });
  return { writer, retries, full };
};

test('pieces arrive whole and in their order, and their memory is free when it is said to be', async (t) => {
  const { fd, text } = file(t);
  const writer = new FileWriter(fd, MANY);
  const pieces = Array.from({ length: 100 }, (_, i) => `${i}\n`);
  let free = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    writer.write(bytes, () => {
      free++;
      bytes.fill('-');
    });
  }
  await writer.idle();
  assert.equal(text(), pieces.join(''));
  assert.equal(free, 100);
});

test('what is to be written at once is there when the call returns, behind what waited', async (t) => {
  const { fd, text } = file(t);
  const writer = new FileWriter(fd, MANY);
  writer.writeSync(Buffer.from('a'));
  assert.equal(text(), 'a');
  writer.write(Buffer.from('b'), nothing);
  writer.write(Buffer.from('c'), nothing);
  writer.writeSync(Buffer.from('d'));
  await writer.idle();
  // Where b stands is up to the kernel.
  assert.equal(text().length, 4);
  assert.equal(text().replace('b', ''), 'acd');
});

test('everybody who waits for the end is told', async (t) => {
  const { fd } = file(t);
  const writer = new FileWriter(fd, MANY);
  writer.write(Buffer.from('a'), nothing);
  await Promise.all([writer.idle(), writer.idle()]);
  await writer.idle();
});

test('a full pipe is tried again later, and loses nothing', async (t) => {
  const { fd, read } = pipe(t);
  const { writer, retries, full } = hurried(fd);
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

test('what waits for room in a pipe is written, with all the rest, when nothing can be put off, and not again', async (t) => {
  const { fd, read } = pipe(t);
  const { writer, retries, full } = hurried(fd);
  writer.write(Buffer.from('a'.repeat(100_000)), nothing);
  writer.write(Buffer.from('b'), nothing);
  await full;
  const before = read();
  writer.writeSync(Buffer.from('c'));
  writer.write(Buffer.from('d'), nothing);
  for (const retry of retries) retry();
  await writer.idle();
  assert.equal(before + read(), `${'a'.repeat(100_000)}bcd`);
});

test('what may wait is bounded, whatever memory it comes in', async (t) => {
  const { fd, text } = file(t);
  const writer = new FileWriter(fd, 10);
  let free = 0;
  for (const piece of ['first', '123456', '7890', 'x', 'yy']) writer.write(Buffer.from(piece), () => free++);
  assert.equal(free, 4, 'all but the one under way');
  await writer.idle();
  writer.write(Buffer.from(' after'), nothing);
  await writer.idle();
  assert.equal(text(), 'first1234567890 after');
});

test('when the reader has left, pieces are dropped, and nobody waits for them', async (t) => {
  const { fd, leave } = pipe(t);
  leave();
  const writer = new FileWriter(fd, MANY);
  let free = 0;
  for (const piece of ['a', 'b']) writer.write(Buffer.from(piece), () => free++);
  await writer.idle();
  writer.writeSync(Buffer.from('c'));
  assert.equal(free, 2);
});
