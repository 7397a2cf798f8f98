import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldLines } from '../../../src/upstream/origin/field-lines.ts';
import { parseHead } from '../../../src/upstream/origin/head-parser.ts';

const block = (...lines: readonly string[]): string => ['HTTP/1.1 200 OK', ...lines].join('\r\n');

/** What is made of the block, or why it is refused. */
const read = (text: string, lines: FieldLines): unknown => {
  try {
    return parseHead(text, lines);
  } catch (error) {
    return String(error);
  }
};

test('a line that begins like that of the head before is read for itself', () => {
  const cases: readonly (readonly [before: string, after: string])[] = [
    ['X: a', 'X: ab'],
    ['X: ab', 'X: a'],
    ['X: a', 'x: a'],
    ['X: a', 'X: a\rY: b'],
    ['X: a', 'X: a\nY: b'],
    ['X: a', 'X: a\r'],
    ['X:', 'X:a'],
    ['Content-Length: 1', 'Content-Length: 12'],
    ['Content-Length: 12', 'Content-Length: 1'],
  ];
  for (const [before, after] of cases) {
    for (const last of [[], ['Z: z']]) {
      const lines = new FieldLines();
      read(block(before, 'Z: z'), lines);
      const text = block(after, ...last);
      assert.deepEqual(read(text, lines), read(text, new FieldLines()), JSON.stringify(after));
    }
  }
});

test('whatever the heads before were, a head is read as if it were the first', () => {
  const line = fc.constantFrom(
    ...['A: 1', 'A: 12', 'A: 1\r', 'B:2', 'A : 1', 'Connection: close', 'Connection: close2', ''],
    ...['Content-Length: 5', 'Content-Length: 50', 'Transfer-Encoding: chunked', 'A: 1\rB: 2', 'A: é'],
  );
  const heads = fc.array(fc.array(line, { maxLength: 5 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(heads, (all) => {
      const lines = new FieldLines();
      for (const head of all) {
        const text = block(...head);
        assert.deepEqual(read(text, lines), read(text, new FieldLines()));
      }
    }),
    { numRuns: 500 },
  );
});
