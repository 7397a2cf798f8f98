import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { InputError } from '../../../src/base/error-code.ts';
import { parseSealingKeys } from '../../../src/oauth/state/sealing-key.ts';

const BYTES = randomBytes(32);
const BASE64 = BYTES.toString('base64');

describe('A sealing key', () => {
  for (const [what, text] of [
    ['Base64', BASE64],
    ['Base64 with a line end', `${BASE64}\r\n`],
    ['Base64url', BYTES.toString('base64url')],
    ['hex', BYTES.toString('hex')],
    ['HEX', BYTES.toString('hex').toUpperCase()],
    ['a file with a mark', `\uFEFF${BASE64}`],
  ] as const) {
    test(`is read from ${what}`, () => {
      const [{ id, key }] = parseSealingKeys(text);
      assert.deepEqual(key.export(), BYTES);
      assert.match(id, /^[0-9a-f]{16}$/);
    });
  }

  test('may be followed by older ones', () => {
    const older = randomBytes(32);
    for (const separator of ['\n', ',', ', ', '\n\n']) {
      const keys = parseSealingKeys(`${BASE64}${separator}${older.toString('hex')}`);
      assert.deepEqual(
        keys.map(({ key }) => key.export()),
        [BYTES, older],
      );
    }
  });

  for (const [what, text, message] of [
    ['nothing', '', /no sealing key/],
    ['white space', ' \n', /no sealing key/],
    ['a password', 'correct-horse', /key 1 is not 32 bytes/],
    ['half a key', randomBytes(16).toString('base64'), /key 1/],
    ['a key too long', randomBytes(33).toString('base64'), /key 1/],
    ['a second one that is none', `${BASE64}\nsecret-canary`, /key 2/],
  ] as const) {
    test(`is not ${what}, and the error does not show it`, () => {
      assert.throws(
        () => parseSealingKeys(text),
        (error) => {
          assert.ok(error instanceof InputError);
          assert.match(error.message, message);
          assert.ok(!inspect(error).includes('canary') && !inspect(error).includes(BASE64));
          return true;
        },
      );
    });
  }

  test('is not shown when it is printed', () => {
    const shown = inspect(parseSealingKeys(BASE64), { depth: 9 }) + JSON.stringify(parseSealingKeys(BASE64));
    assert.ok(!shown.includes(BASE64) && !shown.includes(BYTES.toString('hex')));
  });
});
