import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readPlainRequest } from '../../src/accelerator/plain-request.ts';

const read = (text: string) => readPlainRequest(Buffer.from(text, 'latin1'), undefined);

const HEAD = 'GET /cmu/v2/year?mvpd!=A HTTP/1.1\r\nHost: localhost\r\n';

test('a plain request is its target, its fields as they came, and whether the connection goes on', () => {
  const request = read(`${HEAD}Accept:text/csv\r\nX-Odd: \t a b \t\r\nEmpty:\r\n\r\n`);
  assert.equal(request?.target, '/cmu/v2/year?mvpd!=A');
  assert.deepEqual(request.fields.raw, [
    ...['Host', 'localhost', 'Accept', 'text/csv', 'X-Odd', 'a b', 'Empty', ''],
  ]);
  assert.equal(request.fields.head.accept, 'text/csv');
  assert.equal(request.fields.keepAlive, true);
});

test('`Connection` may say what is so anyway, or that this is the last request', () => {
  assert.equal(read(`${HEAD}Connection: Keep-Alive\r\n\r\n`)?.fields.keepAlive, true);
  assert.equal(read(`${HEAD}connection: close\r\n\r\n`)?.fields.keepAlive, false);
  assert.equal(read(`${HEAD}Connection: close\r\nConnection: keep-alive\r\n\r\n`)?.fields.keepAlive, false);
});

test('fields that are those of the last request are not read anew', () => {
  const first = read(`${HEAD}Accept: text/csv\r\n\r\n`);
  const bytes = Buffer.from('GET /other HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n');
  const second = readPlainRequest(bytes, first?.fields);
  assert.equal(second?.target, '/other');
  assert.equal(second.fields, first?.fields);
  const third = readPlainRequest(Buffer.from(`${HEAD}Accept: text/cs\r\n\r\n`), first?.fields);
  assert.equal(third?.fields.head.accept, 'text/cs');
});

const NOT_PLAIN: Readonly<Record<string, string>> = {
  nothing: '',
  'an empty line before the request': `\r\n${HEAD}\r\n`,
  'another method': `${HEAD.replace('GET', 'HEAD')}\r\n`,
  'a method in small letters': `${HEAD.replace('GET', 'get')}\r\n`,
  'HTTP/1.0': `${HEAD.replace('HTTP/1.1', 'HTTP/1.0')}\r\n`,
  'HTTP/1.10': `${HEAD.replace('HTTP/1.1', 'HTTP/1.10')}\r\n`,
  'no version': 'GET /a\r\nHost: localhost\r\n\r\n',
  'an absolute target': `${HEAD.replace('/cmu', 'http://localhost/cmu')}\r\n`,
  'a target with a space': `${HEAD.replace('year', 'ye ar')}\r\n`,
  'two spaces before the target': `${HEAD.replace('GET ', 'GET  ')}\r\n`,
  'two spaces before the version': `${HEAD.replace(' HTTP', '  HTTP')}\r\n`,
  'a tab before the version': `${HEAD.replace(' HTTP', '\tHTTP')}\r\n`,
  'a target beyond ASCII': `${HEAD.replace('year', 'y\xe9ar')}\r\n`,
  'a control byte in the target': `${HEAD.replace('year', 'y\x00ar')}\r\n`,
  'a head without an end': HEAD,
  'a head that is cut within its end': `${HEAD}\r`,
  'a beginning of a head': 'GET /cmu',
  'something behind the head': `${HEAD}\r\nG`,
  'another request behind it': `${HEAD}\r\n${HEAD}\r\n`,
  'a line end behind it': `${HEAD}\r\n\r\n`,
  'no Host': 'GET /a HTTP/1.1\r\nAccept: text/csv\r\n\r\n',
  'no field at all': 'GET /a HTTP/1.1\r\n\r\n',
  'a bare line feed': 'GET /a HTTP/1.1\nHost: localhost\r\n\r\n',
  'a bare line feed between fields': `${HEAD}A: b\nC: d\r\n\r\n`,
  'a bare carriage return in a value': `${HEAD}A: b\rC: d\r\n\r\n`,
  'a NUL in a value': `${HEAD}A: b\0\r\n\r\n`,
  'a delete character in a value': `${HEAD}A: b\x7f\r\n\r\n`,
  'a value beyond ASCII': `${HEAD}A: \xe9\r\n\r\n`,
  'a folded line': `${HEAD}A: b\r\n c\r\n\r\n`,
  'a folded first line': 'GET /a HTTP/1.1\r\n Host: localhost\r\n\r\n',
  'a space before the colon': `${HEAD}A : b\r\n\r\n`,
  'a name that is no token': `${HEAD}A(b): c\r\n\r\n`,
  'a line without a colon': `${HEAD}A\r\n\r\n`,
  'a line without a name': `${HEAD}: a\r\n\r\n`,
  'more fields than anybody sends': `${HEAD}${'A: b\r\n'.repeat(64)}\r\n`,
  'more bytes than anybody sends': `${HEAD}A: ${'b'.repeat(8192)}\r\n\r\n`,
  'another word in Connection': `${HEAD}Connection: upgrade\r\n\r\n`,
  'several words in Connection': `${HEAD}Connection: close, host\r\n\r\n`,
  'an empty Connection': `${HEAD}Connection:\r\n\r\n`,
};
const NOT_PLAIN_FIELDS = [
  ...['Content-Length', 'Transfer-Encoding', 'TE', 'Trailer', 'Expect', 'Upgrade', 'HTTP2-Settings'],
  ...['Keep-Alive', 'Proxy-Connection'],
];

suite('no plain request is', () => {
  for (const [name, text] of Object.entries(NOT_PLAIN)) {
    test(name, () => assert.equal(read(text), undefined));
  }
  for (const name of NOT_PLAIN_FIELDS) {
    test(`one with ${name}`, () => {
      assert.equal(read(`${HEAD}${name}: 0\r\n\r\n`), undefined);
      assert.equal(read(`${HEAD}${name.toLowerCase()}: 0\r\n\r\n`), undefined);
    });
  }
});

test('the most fields that are read are 64', () => {
  assert.equal(read(`${HEAD}${'A: b\r\n'.repeat(63)}\r\n`)?.fields.raw.length, 128);
});
