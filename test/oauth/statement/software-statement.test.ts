import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { InputError } from '../../../src/base/error-code.ts';
import { epochMs } from '../../../src/base/units.ts';
import {
  parseSoftwareStatement,
  type StatementErrorCode,
} from '../../../src/oauth/statement/software-statement.ts';
import { jws } from '../../support/jws.ts';

const NOW = epochMs(1_700_725_000_000);
const NOW_IN_SECONDS = NOW / 1000;
const CLAIMS = { sub: '0f9b', nbf: 1700724327, iss: 'auth.adobe.com', iat: 1700724327 };
const GOOD = jws(CLAIMS);

const errorOf = (text: string, now = NOW): InputError => {
  try {
    parseSoftwareStatement(text, now);
  } catch (error) {
    assert.ok(error instanceof InputError, inspect(error));
    return error;
  }
  return assert.fail('it was taken for a statement');
};

describe('A software statement', () => {
  test('gives its claims, and a fingerprint that tells nothing', () => {
    const statement = parseSoftwareStatement(GOOD, NOW);
    assert.equal(statement.secret.reveal(), GOOD);
    assert.equal(statement.subject, '0f9b');
    assert.equal(statement.issuedAt, 1700724327000);
    assert.match(statement.fingerprint, /^[0-9a-f]{64}$/);
  });

  const wrapped = GOOD.replace(/.{20}/g, '$&\r\n');
  for (const [how, text] of [
    ['a byte order mark', `\uFEFF${GOOD}`],
    ['a final line end', `${GOOD}\n`],
    ['wrapped lines', wrapped],
    ['tabs and blanks inside', GOOD.replace('.', ' .\t')],
    ['no-break and zero-width spaces', GOOD.replace('.', '\u00a0.\u200b')],
    ['double quotes', `"${GOOD}"`],
    ['single quotes and blanks around', ` '${GOOD}' \n`],
    ['typographic quotes', `“${GOOD}”`],
    ['escaped line ends of an .env file', `"${GOOD.replace('.', '\\n.\\r\\n')}\\n"`],
    ['mark, quotes and wrapping together', `\uFEFF"${wrapped}"\r\n`],
  ] as const) {
    test(`is read through ${how}`, () => {
      assert.equal(parseSoftwareStatement(text, NOW).secret.reveal(), GOOD);
    });
  }

  test('keeps its fingerprint however it is written', () => {
    assert.equal(
      parseSoftwareStatement(wrapped, NOW).fingerprint,
      parseSoftwareStatement(GOOD, NOW).fingerprint,
    );
  });

  test('needs neither subject nor issuer: Adobe decides', () => {
    const statement = parseSoftwareStatement(jws({ sub: 7 }), NOW);
    assert.equal(statement.subject, undefined);
  });
});

describe('What is not a software statement is called by its name:', () => {
  const table: readonly [string, string, StatementErrorCode, RegExp][] = [
    ['nothing', '', 'empty', /empty/],
    ['white space and quotes', ' \n"" \uFEFF', 'empty', /empty/],
    ['a web page', '<!DOCTYPE html><html>', 'html', /HTML/],
    ['a web page after a mark', '\uFEFF\n <html>', 'html', /HTML/],
    ['JSON that holds it', `{"software_statement":"${GOOD}"}`, 'json', /member `software_statement`/],
    ['JSON that holds it deeper', `{"a":[{"jwt":"${GOOD}\\n"}]}`, 'json', /member `a\.0\.jwt`/],
    ['JSON that holds it under a strange name', `{"a\\u0007":"${GOOD}"}`, 'json', /one of its members/],
    ['JSON that does not hold it', '{"error":"x"}', 'json', /no member/],
    ['broken JSON', '{"software_statement":', 'json', /looks like JSON/],
    ['deep JSON', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'json', /no member/],
    ['Base64 of it', Buffer.from(GOOD).toString('base64'), 'base64', /Base64/],
    ['an encrypted JWT', 'eyJhbGciOiJkaXIifQ.a.b.c.d', 'encrypted', /five parts/],
    ['a word', 'changeme', 'not_a_jws', /1 part, not 3/],
    ['two parts', 'eyJhIjoxfQ.eyJhIjoxfQ', 'not_a_jws', /2 parts, not 3/],
    ['strange characters', `${GOOD}!`, 'not_a_jws', /characters/],
    ['a header that is not JSON', 'abc.def.ghi', 'not_a_jws', /header/],
    ['claims that are not JSON', `${GOOD.split('.')[0]}.abc.ghi`, 'not_a_jws', /claims/],
    ['claims that are a list', `${GOOD.split('.')[0]}.W10.ghi`, 'not_a_jws', /claims/],
    ['alg none', jws(CLAIMS, { alg: 'none' }), 'unsigned', /not signed/],
    ['alg None', jws(CLAIMS, { alg: 'None' }), 'unsigned', /not signed/],
    ['no alg', jws(CLAIMS, { typ: 'JWT' }), 'unsigned', /not signed/],
    ['no signature', GOOD.slice(0, GOOD.lastIndexOf('.') + 1), 'unsigned', /not signed/],
    ['a date that is none', jws({ exp: 'tomorrow' }), 'invalid_claim', /`exp`/],
    ['a date beyond all dates', jws({ nbf: 1e300 }), 'invalid_claim', /`nbf`/],
    ['a book', 'x'.repeat(70_000), 'too_large', /characters/],
  ];
  for (const [what, text, code, message] of table) {
    test(what, () => {
      const error = errorOf(text);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.advice.length > 20);
    });
  }

  test('and no error shows any part of it', () => {
    for (const [, text] of table) {
      const shown = inspect(errorOf(text), { depth: 9 }) + JSON.stringify(errorOf(text));
      for (const part of GOOD.split('.')) assert.ok(!shown.includes(part));
    }
  });
});

describe('The validity period', () => {
  const SKEW = 300;
  for (const [what, claims, code] of [
    ['an end in the future', { exp: NOW_IN_SECONDS + 1 }, undefined],
    ['an end that clocks may dispute', { exp: NOW_IN_SECONDS - SKEW + 1 }, undefined],
    ['an end just beyond dispute', { exp: NOW_IN_SECONDS - SKEW }, 'expired'],
    ['a beginning now', { nbf: NOW_IN_SECONDS }, undefined],
    ['a beginning that clocks may dispute', { nbf: NOW_IN_SECONDS + SKEW }, undefined],
    ['a beginning just beyond dispute', { nbf: NOW_IN_SECONDS + SKEW + 1 }, 'not_yet_valid'],
  ] as const) {
    test(`with ${what} is ${code ?? 'fine'}`, () => {
      if (code === undefined) parseSoftwareStatement(jws(claims), NOW);
      else assert.equal(errorOf(jws(claims)).code, code);
    });
  }

  test('is told in the error together with our clock, which may be what is wrong', () => {
    assert.match(
      errorOf(jws({ nbf: 1700811400 })).message,
      /2023-11-24T07:36:40\.000Z .*clock: 2023-11-23T07:36:40\.000Z/,
    );
  });
});
