import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limitReplies } from '../../src/redis/reply-limits.ts';

const MOST = 1000;
const long = 'x'.repeat(900);
const nested = (depth: number) => `${'*1\r\n'.repeat(depth)}:1\r\n`;

/** Whether all of it passes, in one piece and byte by byte. */
const passes = (text: string): boolean => {
  const whole = limitReplies(MOST)(Buffer.from(text));
  const limited = limitReplies(MOST);
  const bytewise = Buffer.from(text).every((byte) => limited(Buffer.from([byte])));
  assert.equal(whole, bytewise, 'pieces make no difference');
  return whole;
};

describe('Replies of Redis', () => {
  for (const [what, text] of [
    ['strings, numbers and errors', '+OK\r\n:42\r\n-ERR 99999999 no\r\n$5\r\n*99\r\n\r\n'],
    ['nothing', '$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n_\r\n'],
    [
      'what RESP 3 has',
      '%1\r\n+a\r\n:1\r\n~1\r\n#t\r\n>2\r\n+a\r\n+b\r\n|1\r\n+a\r\n+b\r\n:1\r\n=5\r\ntxt:x\r\n,1.5\r\n',
    ],
    ['bounds are of one reply, not of all', `$900\r\n${long}\r\n`.repeat(5)],
    ['arrays in arrays', `*2\r\n${nested(3)}$900\r\n${long}\r\n`],
  ] as const) {
    test(`may be ${what}`, () => assert.equal(passes(text), true));
  }

  for (const [what, text] of [
    ['a string that says it is too long', '$1001\r\n'],
    ['a length beyond all numbers', `$${'9'.repeat(400)}\r\n`],
    ['a string in an array that is too long with it', `*2\r\n$900\r\n${long}\r\n$900\r\n`],
    ['a line without an end', `+${long}${long}`],
    ['an array that says it is too long', '*100001\r\n'],
    ['a map that says it is too long', '%50001\r\n'],
    ['arrays in arrays that are too many together', '*50000\r\n*50001\r\n'],
    ['arrays in arrays without end', nested(20)],
    ['attributes without end', '|1\r\n+a\r\n+b\r\n'.repeat(100)],
  ] as const) {
    test(`may not be ${what}`, () => assert.equal(passes(text), false));
  }

  test('are blotted out from where they break a bound', () => {
    const piece = Buffer.from('+OK\r\n*100001\r\n+OK\r\n');
    assert.equal(limitReplies(MOST)(piece), false);
    assert.equal(piece.toString().replaceAll('\0', ''), '+OK\r\n');
  });
});
