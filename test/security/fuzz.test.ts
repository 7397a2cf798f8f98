import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/base/error-code.ts';
import { epochMs } from '../../src/base/units.ts';
import { cacheKey } from '../../src/cache/policy/cache-key.ts';
import { parseSoftwareStatement } from '../../src/oauth/index.ts';
import { parseRegistration, parseToken } from '../../src/oauth/protocol/dcr-answers.ts';
import { DcrError } from '../../src/oauth/protocol/dcr-error.ts';
import { withoutCredentials } from '../../src/proxy/gate/query-credentials.ts';
import { RouteTable } from '../../src/proxy/gate/route-table.ts';
import { judgeTarget } from '../../src/proxy/gate/target.ts';
import { anyCharacter } from '../support/any-character.ts';
import { answer } from '../support/dcr-world.ts';
import { jws } from '../support/jws.ts';
import { withProxy } from '../support/proxy-world.ts';
import { HOST, type RawAnswer, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { READERS } from '../support/readers.ts';
import { answerReport } from '../support/scripted-upstream.ts';

const NOW = epochMs(Date.UTC(2024, 0, 1));
const RUNS = { numRuns: 150 };
const ROUTES = new RouteTable([{ prefix: '/cmu/v2', hosts: [] }]);

const NAUGHTY: readonly string[] = JSON.parse(
  readFileSync(new URL(import.meta.resolve('big-list-of-naughty-strings/blns.json')), 'utf8'),
);

/** Letters of the grammars that are read here, in any order: nearer to trouble than random text. */
const pieces = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          '/',
          '.',
          '..',
          '%',
          '%2e',
          '%2f',
          '%5c',
          '%00',
          '\\',
          ';',
          '#',
          '?',
          '&',
          '=',
          ',',
          '"',
          ' ',
          '\t',
          '\r',
          '\n',
          '\r\n',
          ':',
          '*',
          '-',
          '0',
          'q=',
          'gzip',
          'bytes=',
          'max-age=',
          'access_token',
          'W/',
          '__proto__',
          '\0',
          '\xff',
        ),
      },
      { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 8 }) },
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

suite('whatever a text holds, it is read or refused, by', () => {
  for (const [name, read] of Object.entries(READERS)) {
    test(name, () => {
      for (const text of NAUGHTY) {
        read(text);
        read(latin1(text));
      }
      fc.assert(fc.property(pieces, read), RUNS);
    });
  }
});

suite('of naughty strings', () => {
  test('none is a statement, a credential or a token that could not be sent in a header', () => {
    for (const text of NAUGHTY) {
      assert.throws(() => parseSoftwareStatement(text, NOW), InputError);
      for (const body of [
        text,
        JSON.stringify({
          access_token: text,
          client_id: text,
          client_secret: text,
          expires_in: text,
          token_type: 'bearer',
        }),
      ]) {
        try {
          const { token } = parseToken(answer(200, body), NOW);
          assert.match(token.authorization.reveal(), /^Bearer [\w.~+/-]+=*$/);
        } catch (error) {
          assert.ok(error instanceof DcrError);
        }
        try {
          assert.match(parseRegistration(answer(201, body), NOW).clientId, /^[\x20-\x7e]+$/);
        } catch (error) {
          assert.ok(error instanceof DcrError);
        }
      }
      try {
        parseSoftwareStatement(jws({ sub: text, iss: text, iat: text, exp: text }), NOW);
      } catch (error) {
        assert.ok(error instanceof InputError);
      }
    }
  });

  test('every one is answered when it stands in path, query, field or body; what goes upstream is what was asked, with one Authorization', () =>
    withProxy(answerReport(), async (proxy, upstream) => {
      const SENTINEL = rawGet('/cmu/v2/sentinel');
      const ask = async (bytes: string): Promise<RawAnswer[]> =>
        rawAnswers(proxy.port, Buffer.from(bytes, 'utf8'));
      for (const text of NAUGHTY) {
        const encoded = encodeURIComponent(text.toWellFormed());
        for (const bytes of [
          rawGet(`/cmu/v2/${text}`),
          rawGet(`/cmu/v2/${encoded}?mvpd=${encoded}`, `Accept: ${text}`),
          `GET /cmu/v2/year?${text} HTTP/1.1\r\n${HOST}Connection: close\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
        ]) {
          const answers = await ask(bytes);
          assert.equal(answers.length, 1, JSON.stringify(bytes));
          assert.ok(
            [200, 400, 414, 431].includes(answers[0]?.status ?? 0),
            `${answers[0]?.status} ${JSON.stringify(bytes)}`,
          );
        }
      }
      assert.equal((await ask(SENTINEL))[0]?.status, 200);
      for (const { target, method, lines } of upstream.requests) {
        assert.equal(method, 'GET');
        assert.ok(judgeTarget(target, ROUTES).kind === 'report', target);
        assert.deepEqual(lines('authorization'), ['Bearer token-1']);
      }
    }));
});

suite('properties', () => {
  const target = fc
    .tuple(fc.constantFrom('/cmu/v2', '/cmu/v2/', '/', '//', '/cmu/v2x', ''), pieces)
    .map(([a, b]) => a + b);

  test('a target that passes is forwarded byte for byte, and its path is read in one way only', () => {
    fc.assert(
      fc.property(target, (raw) => {
        const verdict = judgeTarget(raw, ROUTES);
        if (verdict.kind !== 'report') return;
        assert.equal(`/cmu/v2${verdict.below}${verdict.query}`, raw);
        const path = `/cmu/v2${verdict.below}`;
        assert.doesNotMatch(decodeURIComponent(path), /[\0-\x1f\x7f\\;]|\/\.{1,2}(?:\/|$)/);
        // A server that resolves, or that decodes first and resolves then, ends where we do.
        assert.equal(decodeURIComponent(new URL(path, 'http://x').pathname), decodeURIComponent(path));
        assert.doesNotMatch(path, /%(?:2f|5c|25|00)/i);
      }),
      { numRuns: 1000 },
    );
  });

  test('no access_token survives, and nothing else is touched', () => {
    const parameter = fc.oneof(
      fc.constantFrom(
        'access_token=x',
        'access%5Ftoken=x',
        '%61ccess_token',
        'a=1',
        'b',
        'a!=1',
        '',
        'access_tokens=1',
        'x=access_token',
      ),
      fc.stringMatching(/^[a-z=%0-9]{0,8}$/),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(parameter, fc.constantFrom('&', ';')), { minLength: 1, maxLength: 8 }),
        (parameters) => {
          const query = `?${parameters.map(([text, separator]) => text + separator).join('')}`;
          const kept = withoutCredentials(query);
          const names = kept
            .slice(1)
            .split(/[&;]/)
            .map((text) => text.split('=')[0] ?? '');
          for (const name of names) assert.notEqual(safelyDecoded(name), 'access_token');
          const expected = query
            .slice(1)
            .split(/[&;]/)
            .filter((text) => safelyDecoded(text.split('=')[0] ?? '') !== 'access_token');
          assert.deepEqual(kept.slice(1).split(/[&;]/).filter(Boolean), expected.filter(Boolean));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('two requests share a key only if path, format and the parameters of each name agree', () => {
    const query = fc
      .array(fc.stringMatching(/^[ab%6]{1,2}!?(?:=[12])?$/), { maxLength: 4 })
      .map((it) => it.join('&'));
    const request = fc.record({
      path: fc.constantFrom('/a', '/a/', '/a/b', '/A'),
      query,
      format: fc.constantFrom('json' as const, 'csv' as const),
    });
    fc.assert(
      fc.property(request, request, (one, other) => {
        const keyOf = (it: typeof one) => cacheKey('r', it.path, `?${it.query}`, it.format);
        if (keyOf(one) !== keyOf(other)) return;
        const meaning = (it: typeof one) => JSON.stringify([it.path, it.format, it.query.split('&').sort()]);
        assert.equal(meaning(one), meaning(other));
      }),
      { numRuns: 1000 },
    );
  });
});

const safelyDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
