import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { epochMs } from '../../../src/base/units.ts';
import {
  lenientNumber,
  lenientTimestamp,
  parseRegistration,
  parseToken,
} from '../../../src/oauth/protocol/dcr-answers.ts';
import type { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';
import { answer } from '../../support/dcr-world.ts';
import { jws } from '../../support/jws.ts';

const NOW = epochMs(1_700_726_648_000);
const SECRET = 'canary-5f1c';

const errorOf = (parse: () => unknown): DcrError => {
  try {
    parse();
  } catch (error) {
    return error as DcrError;
  }
  return assert.fail('it was accepted');
};

describe('A registration answer', () => {
  const GOOD = { client_id: 'a76e8ae2', client_secret: SECRET, client_id_issued_at: 1700725699585 };
  const parse = (body: unknown) => parseRegistration(answer(201, body), NOW);

  test('gives the credentials', () => {
    const credentials = parse({ ...GOOD, scopes: ['config:client'], redirect_uris: [] });
    assert.equal(credentials.clientId, 'a76e8ae2');
    assert.equal(credentials.clientSecret.reveal(), SECRET);
    assert.equal(credentials.issuedAt, 1700725699585);
    assert.equal('expiresAt' in credentials, false);
  });

  test('may begin with a byte order mark', () => {
    assert.equal(parse(`\uFEFF${JSON.stringify(GOOD)}`).clientId, 'a76e8ae2');
  });

  for (const [value, expected] of [
    [1723227212, 1723227212000],
    [1700725699585, 1700725699585],
    ['1723227212', 1723227212000],
    [undefined, NOW],
    ['long ago', NOW],
  ] as const) {
    test(`with client_id_issued_at ${JSON.stringify(value)} was issued at ${expected}`, () => {
      assert.equal(parse({ ...GOOD, client_id_issued_at: value }).issuedAt, expected);
    });
  }

  for (const [value, expected] of [
    [0, undefined],
    [undefined, undefined],
    [NOW / 1000 + 5, NOW + 5000],
    [NOW + 5000, NOW + 5000],
    [NOW / 1000 - 5, undefined],
    ['never', undefined],
    [null, undefined],
  ] as const) {
    test(`with client_secret_expires_at ${JSON.stringify(value)} ends at ${expected}`, () => {
      assert.equal(parse({ ...GOOD, client_secret_expires_at: value }).expiresAt, expected);
    });
  }

  for (const [what, body, message] of [
    ['nothing', '', /empty/],
    ['white space', ' \n', /empty/],
    ['a page', '<html>', /HTML/],
    ['a list', '[]', /not a JSON object/],
    ['null', 'null', /not a JSON object/],
    ['half an object', '{"client_id":"a","client_secret":"canary-5f1c"', /not a JSON object/],
    ['no client_id', { client_secret: SECRET }, /`client_id`/],
    ['no client_secret', { client_id: 'a' }, /`client_secret`/],
    ['an empty client_secret', { client_id: 'a', client_secret: '' }, /`client_secret`/],
    ['a number as client_id', { client_id: 7, client_secret: SECRET }, /`client_id`/],
    [
      'a line end in client_secret',
      { client_id: 'a', client_secret: `${SECRET}\r\nX: y` },
      /`client_secret`/,
    ],
    ['an endless client_secret', { client_id: 'a', client_secret: SECRET.repeat(500) }, /`client_secret`/],
  ] as const) {
    test(`of ${what} is a retryable error that names what is wrong, never the secret`, () => {
      const error = errorOf(() => parse(body));
      assert.equal(error.code, 'malformed_answer');
      assert.equal(error.retryable, true);
      assert.match(error.message, message);
      assert.ok(!inspect(error).includes(SECRET));
    });
  }
});

describe('A token answer', () => {
  const parse = (body: unknown, headers = {}) => parseToken(answer(201, body, headers), NOW);

  test('gives an opaque token', () => {
    const { token } = parse({
      access_token: '2YotnFZFEjr1zCsicMWpAA',
      expires_in: 21600,
      token_type: 'bearer',
    });
    assert.equal(token.authorization.reveal(), 'Bearer 2YotnFZFEjr1zCsicMWpAA');
    assert.equal(token.receivedAt, NOW);
    assert.equal(token.expiresAt, NOW + 21_600_000);
  });

  test('gives a JWT, whose exp counts when it is earlier', () => {
    const jwt = jws({ exp: NOW / 1000 + 100, iat: NOW / 1000 });
    assert.equal(parse({ access_token: jwt, expires_in: 21600 }).token.expiresAt, NOW + 100_000);
  });

  for (const createdAt of [NOW - 600_000, (NOW - 600_000) / 1000, String(NOW - 600_000)]) {
    test(`counts created_at ${JSON.stringify(createdAt)} in its own unit`, () => {
      const body = { access_token: 'a', expires_in: 21600, created_at: createdAt };
      assert.equal(parse(body).token.expiresAt, NOW + 21_000_000);
    });
  }

  test('may begin with a byte order mark', () => {
    const { token } = parse(`\uFEFF${JSON.stringify({ access_token: 'a', expires_in: 3 })}`);
    assert.equal(token.expiresAt, NOW + 3_000);
  });

  test('takes expires_in as a string, too', () => {
    assert.equal(parse({ access_token: 'a', expires_in: '21600' }).token.expiresAt, NOW + 21_600_000);
  });

  test('reads its dates by the clock of the server', () => {
    const body = { access_token: 'a', expires_in: 21600, created_at: NOW - 86_400_000 };
    const { token, disbelieved } = parse(body, { date: new Date(NOW - 86_400_000).toUTCString() });
    assert.equal(token.expiresAt, NOW + 21_599_000);
    assert.deepEqual(disbelieved, []);
    assert.deepEqual(parse(body).disbelieved, ['created_at']);
  });

  test('may omit token_type, or write it as it likes', () => {
    for (const type of [undefined, 'Bearer', 'BEARER']) {
      assert.ok(parse({ access_token: 'a', expires_in: 3, token_type: type }).token);
    }
  });

  for (const [what, body, message] of [
    ['nothing', '', /empty/],
    ['no token', { expires_in: 3 }, /`access_token` is missing/],
    ['an object as token', { access_token: { a: SECRET } }, /`access_token` is missing or not/],
    ['an empty token', { access_token: '' }, /characters/],
    ['a header injection', { access_token: `${SECRET}\r\nX: y` }, /characters/],
    ['a token with a blank', { access_token: `${SECRET} x` }, /characters/],
    ['a token with a letter beyond ASCII', { access_token: `${SECRET}ü` }, /characters/],
    ['a token too long for a header', { access_token: SECRET.repeat(1000) }, /too long/],
    ['another token type', { access_token: SECRET, token_type: 'mac' }, /`token_type`/],
    ['expires_in 0', { access_token: SECRET, expires_in: 0 }, /`expires_in`/],
    ['expires_in -1', { access_token: SECRET, expires_in: -1 }, /`expires_in`/],
  ] as const) {
    test(`of ${what} is a retryable error that names what is wrong, never the token`, () => {
      const error = errorOf(() => parse(body));
      assert.equal(error.code, 'malformed_answer');
      assert.equal(error.retryable, true);
      assert.match(error.message, message);
      assert.ok(!inspect(error).includes(SECRET));
    });
  }

  test('cannot reach a prototype', () => {
    parse('{"__proto__":{"polluted":1},"access_token":"a","expires_in":3}');
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });
});

for (const [value, expected] of [
  [1700726648017, 1700726648017],
  [1723227212, 1723227212000],
  ['1723227212', 1723227212000],
  ['1700726648017', 1700726648017],
  [1e11, 1e14],
  [1e11 + 1, 1e11 + 1],
  [0, undefined],
  [-5, undefined],
  [1e16, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  ['', undefined],
  ['yesterday', undefined],
  [null, undefined],
  [undefined, undefined],
  [true, undefined],
  [{}, undefined],
] as const) {
  test(`The timestamp ${JSON.stringify(value)} is ${expected}`, () => {
    assert.equal(lenientTimestamp(value), expected);
  });
}

for (const [value, expected] of [
  [21600, 21600],
  ['21600', 21600],
  [' 3 ', 3],
  ['1.5', 1.5],
  ['-1', -1],
  ['0x10', undefined],
  ['1e3', undefined],
  ['1'.repeat(5000), undefined],
  [[3], undefined],
] as const) {
  test(`The number ${JSON.stringify(value).slice(0, 20)} is ${expected}`, () => {
    assert.equal(lenientNumber(value), expected);
  });
}
