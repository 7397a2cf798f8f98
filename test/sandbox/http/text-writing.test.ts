import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { writeText } from '../../../src/sandbox/http/text-writing.ts';

/** A sink that looks at what it was given only when it is done with it, as a socket does. */
function slowSink(limit = Number.POSITIVE_INFINITY) {
  const parts: Buffer[] = [];
  const memories = new Set<ArrayBufferLike>();
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      setImmediate(() => {
        parts.push(Buffer.from(chunk));
        memories.add(chunk.buffer);
        if (parts.length < limit) done();
        else sink.destroy();
      });
    },
  });
  return { sink, memories, parts, text: () => Buffer.concat(parts).toString('utf8') };
}

test('a text of any length arrives whole, wherever its characters fall in the buffer', async () => {
  for (const shift of [0, 1, 2, 3]) {
    const pieces = [
      'x'.repeat(shift),
      ...Array.from({ length: 500 }, (_, i) => `${i};Zoë;€;😀;`.repeat(40)),
      '',
    ];
    const { sink, text } = slowSink();
    await writeText(sink, pieces);
    assert.equal(text(), pieces.join(''));
    assert.ok(sink.writableEnded);
  }
});

test('a piece longer than the buffer arrives whole', async () => {
  const piece = 'aé€😀'.repeat(50_000);
  const { sink, text } = slowSink();
  await writeText(sink, [piece]);
  assert.equal(text(), piece);
});

test('one buffer serves the whole text', async () => {
  const { sink, memories, parts } = slowSink();
  await writeText(sink, Array<string>(1000).fill('x'.repeat(1000)));
  assert.ok(parts.length > 10);
  assert.equal(memories.size, 1);
});

test('no text is an empty body', async () => {
  const { sink, parts } = slowSink();
  await writeText(sink, []);
  assert.deepEqual(parts, []);
  assert.ok(sink.writableEnded);
});

test('pieces are not asked for once the sink is closed, whose write never calls back', async () => {
  let asked = 0;
  function* endless() {
    for (;;) {
      asked++;
      yield 'x'.repeat(1000);
    }
  }
  const { sink } = slowSink(2);
  await writeText(sink, endless());
  assert.ok(asked < 100, `${asked} pieces`);
  assert.equal(sink.writableEnded, false);
});

test('what goes wrong in the making of the text is told, and the sink stays open for its owner to break off', async () => {
  function* broken() {
    yield 'x';
    throw new Error('no such row');
  }
  const { sink } = slowSink();
  await assert.rejects(writeText(sink, broken()), /no such row/);
  assert.equal(sink.writableEnded, false);
});
