import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldLines } from '../../../src/upstream/origin/field-lines.ts';
import { parseHead } from '../../../src/upstream/origin/head-parser.ts';

const head = (...lines: string[]) => parseHead(['HTTP/1.1 200 OK', ...lines].join('\r\n'), new FieldLines());

test('a head is its status and its fields, as spelt and in order', () => {
  assert.deepEqual(head('Content-Length: 5', 'X-a:b', 'x-A: \t c d \t'), {
    status: 200,
    headers: ['Content-Length', '5', 'X-a', 'b', 'x-A', 'c d'],
    lowerNames: ['content-length', 'x-a', 'x-a'],
    framed: true,
    framing: { kind: 'length', length: 5 },
    persistent: true,
  });
});

test('where the body ends follows RFC 9112 §6.3', () => {
  const cases: readonly (readonly [text: string, kind: string, framed: boolean])[] = [
    ['HTTP/1.1 200 OK\r\ncontent-length: 5', 'length', true],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0', 'none', true],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked', 'chunked', true],
    ['HTTP/1.1 200 OK', 'until-close', false],
    ['HTTP/1.1 204 No Content\r\ncontent-length: 5', 'none', true],
    ['HTTP/1.1 304 Not Modified\r\ncontent-length: 5', 'none', true],
    ['HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked', 'none', true],
    ['HTTP/1.1 103 Early Hints', 'none', true],
    ['HTTP/1.0 200 OK\r\ncontent-length: 5', 'length', true],
  ];
  for (const [text, kind, framed] of cases) {
    const parsed = parseHead(text, new FieldLines());
    assert.deepEqual([parsed.framing.kind, parsed.framed], [kind, framed], text);
  }
});

test('a connection serves on as RFC 9112 §9.3 has it, and never after a body that ends with it', () => {
  const cases: readonly (readonly [text: string, persistent: boolean])[] = [
    ['HTTP/1.1 200 OK\r\ncontent-length: 0', true],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close', false],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: x, Close', false],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive', true],
    ['HTTP/1.0 200 OK\r\ncontent-length: 0', false],
    ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive', true],
    ['HTTP/1.1 200 OK', false],
  ];
  for (const [text, persistent] of cases)
    assert.equal(parseHead(text, new FieldLines()).persistent, persistent, text);
});

test('what two parsers could read in two ways is refused', () => {
  const heads = [
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5',
    'HTTP/1.1 200 OK\r\ncontent-length: 5, 5',
    'HTTP/1.1 200 OK\r\ncontent-length: +5',
    'HTTP/1.1 200 OK\r\ncontent-length: 0x5',
    'HTTP/1.1 200 OK\r\ncontent-length:',
    'HTTP/1.1 200 OK\r\ncontent-length: 9999999999999999',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked',
    'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked',
    'HTTP/1.1 200 OK\r\ncontent-length : 5',
    'HTTP/1.1 200 OK\r\n content-length: 5',
    'HTTP/1.1 200 OK\r\nx: a\r\n folded: b',
    'HTTP/1.1 200 OK\r\nx',
    'HTTP/1.1 200 OK\r\n: x',
    'HTTP/1.1 200 OK\r\nx: a\nb: c',
    'HTTP/1.1 200 OK\r\nx:\ntransfer-encoding: chunked',
    'HTTP/1.1 200 OK\r\nx: a\rb',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r',
    'HTTP/1.1 200 OK\r\nx: a\0b',
    'HTTP/1.1 200 O\nK',
    'HTTP/2 200 OK',
    'HTTP/1.2 200 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 600 OK',
    'HTTP/1.1  200 OK',
    'ICY 200 OK',
    '',
    `HTTP/1.1 200 OK${'\r\nx: y'.repeat(300)}`,
  ];
  for (const text of heads)
    assert.throws(() => parseHead(text, new FieldLines()), { code: 'INVALID_ANSWER' }, JSON.stringify(text));
});

test('a reason phrase may be missing, or hold anything printable', () => {
  for (const line of ['HTTP/1.1 200', 'HTTP/1.1 200 ', 'HTTP/1.1 200 Très bien']) {
    assert.equal(parseHead(line, new FieldLines()).status, 200, line);
  }
});
