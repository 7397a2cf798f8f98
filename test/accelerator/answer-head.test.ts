import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHead, interimHead } from '../../src/accelerator/answer-head.ts';
import { epochMs } from '../../src/base/units.ts';

const NOW = epochMs(Date.UTC(2026, 10, 24, 9));
const TERMS = { keepAliveTimeoutMs: 72_000, now: () => NOW };
const DATE = 'Date: Tue, 24 Nov 2026 09:00:00 GMT';

test('a head is the status, the fields as they are, and that the connection goes on', () => {
  assert.deepEqual(answerHead(200, ['ETag', '"a"', 'date', 'x'], true, TERMS), {
    text: 'HTTP/1.1 200 OK\r\nETag: "a"\r\ndate: x\r\nConnection: keep-alive\r\nKeep-Alive: timeout=72\r\n\r\n',
    closes: false,
  });
});

test('without a Date it gets one', () => {
  const { text } = answerHead(404, ['Data', 'x'], true, TERMS);
  assert.ok(
    text.startsWith(`HTTP/1.1 404 Not Found\r\nData: x\r\n${DATE}\r\nConnection: keep-alive\r\n`),
    text,
  );
});

test('a connection that is to end is told so once, whoever wants it', () => {
  const expected = { text: `HTTP/1.1 299 unknown\r\n${DATE}\r\nConnection: close\r\n\r\n`, closes: true };
  assert.deepEqual(answerHead(299, [], false, TERMS), expected);
  assert.deepEqual(answerHead(299, ['Connection', 'close'], true, TERMS), expected);
  assert.deepEqual(answerHead(299, ['connection', 'close'], false, TERMS), expected);
});

test('a value that would end its line or cannot be one byte a character is refused', () => {
  for (const value of ['a\r\nX: y', 'a\nb', 'a\0', 'a\x7f', 'ā']) {
    assert.throws(() => answerHead(200, ['A', value], true, TERMS), TypeError, JSON.stringify(value));
    assert.throws(() => interimHead(103, ['A', value]), TypeError, JSON.stringify(value));
  }
  assert.ok(answerHead(200, ['A', 'é\t~'], true, TERMS).text.includes('A: é\t~\r\n'));
});

test('where connections stay for as long as callers like, none is told how long', () => {
  const { text } = answerHead(200, [], true, { ...TERMS, keepAliveTimeoutMs: 0 });
  assert.ok(text.endsWith('\r\nConnection: keep-alive\r\n\r\n') && !text.includes('timeout'), text);
});

test('an interim answer says nothing of the connection', () => {
  assert.equal(interimHead(103, ['Link', '</a>']), 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
});
