import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerParser } from '../../../src/upstream/origin/answer-parser.ts';
import { FieldLines } from '../../../src/upstream/origin/field-lines.ts';

interface Seen {
  readonly statuses: number[];
  body: string;
  complete: number;
}

const parsing = (): { readonly parser: AnswerParser; readonly seen: Seen } => {
  const seen: Seen = { statuses: [], body: '', complete: 0 };
  const parser = new AnswerParser(
    {
      onHead: ({ status }) => void seen.statuses.push(status),
      onBody: (piece) => {
        seen.body += piece.toString('latin1');
      },
      onComplete: () => {
        seen.complete++;
      },
    },
    new FieldLines(),
  );
  return { parser, seen };
};

const ANSWERS: Readonly<Record<string, string>> = {
  'with a length': 'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world',
  'in chunks':
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6;ext="a"\r\n world\r\n0\r\nx-trailer: y\r\n\r\n',
  'after interim answers':
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world',
};

for (const [name, text] of Object.entries(ANSWERS)) {
  test(`an answer ${name} is the same wherever it is cut in two, and byte by byte`, () => {
    const bytes = Buffer.from(text, 'latin1');
    const cuts = Array.from({ length: bytes.length + 1 }, (_, at) => [
      bytes.subarray(0, at),
      bytes.subarray(at),
    ]);
    for (const pieces of [...cuts, [...bytes].map((byte) => Buffer.of(byte))]) {
      const { parser, seen } = parsing();
      for (const piece of pieces) parser.execute(piece);
      assert.deepEqual(seen, { statuses: [200], body: 'hello world', complete: 1 });
    }
  });

  test(`an answer ${name} that ends early, wherever it does, is torn`, () => {
    const bytes = Buffer.from(text, 'latin1');
    for (let at = 0; at < bytes.length; at++) {
      const { parser, seen } = parsing();
      parser.execute(bytes.subarray(0, at));
      assert.throws(() => parser.finish(), { code: 'CONNECTION_LOST' }, `at ${at}`);
      assert.equal(seen.complete, 0);
    }
  });
}

test('an answer without framing is complete when the connection ends', () => {
  const { parser, seen } = parsing();
  parser.execute(Buffer.from('HTTP/1.1 200 OK\r\n\r\nhello'));
  parser.execute(Buffer.from(' world'));
  assert.equal(seen.complete, 0);
  parser.finish();
  assert.deepEqual(seen, { statuses: [200], body: 'hello world', complete: 1 });
});

test('bytes after the end are refused', () => {
  for (const text of [
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok!',
    'HTTP/1.1 304 Not Modified\r\n\r\n!',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n!',
  ]) {
    const { parser } = parsing();
    assert.throws(() => parser.execute(Buffer.from(text)), { code: 'INVALID_ANSWER' }, text);
  }
});

test('chunks that are not as RFC 9112 §7.1 has them are refused', () => {
  for (const chunks of [
    'g\r\n',
    '-1\r\n',
    '0x5\r\nhello\r\n',
    ' 5\r\nhello\r\n',
    '5\nhello\r\n',
    '5\r\nhello!\r\n',
    '5\r\nhello\n',
    '\r\n',
    '5;\x01\r\nhello\r\n',
    `5;${'x'.repeat(5_000)}\r\n`,
    `0\r\n${'x: y\r\n'.repeat(10_000)}`,
    '1234567890abc\r\n',
  ]) {
    const { parser } = parsing();
    const text = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`;
    assert.throws(
      () => parser.execute(Buffer.from(text, 'latin1')),
      { code: 'INVALID_ANSWER' },
      chunks.slice(0, 20),
    );
  }
});

test('a head without an end is refused at 32 KiB, however it comes', () => {
  const { parser } = parsing();
  const line = Buffer.from(`x: ${'y'.repeat(1000)}\r\n`);
  parser.execute(Buffer.from('HTTP/1.1 200 OK\r\n'));
  assert.throws(
    () => {
      for (let i = 0; i < 40; i++) parser.execute(line);
    },
    { code: 'HEAD_TOO_LARGE' },
  );
});

test('an upgrade that nobody asked for is refused', () => {
  const { parser } = parsing();
  assert.throws(() => parser.execute(Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n')), {
    code: 'INVALID_ANSWER',
  });
});

test('after a reset it is ready for the next answer', () => {
  const { parser, seen } = parsing();
  assert.equal(parser.isUntouched, true);
  for (let i = 0; i < 2; i++) {
    parser.execute(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no'));
    assert.equal(parser.isUntouched, false);
    parser.execute(Buffer.from('k'));
    parser.reset();
    assert.equal(parser.isUntouched, true);
  }
  assert.deepEqual(seen, { statuses: [200, 200], body: 'okok', complete: 2 });
});
