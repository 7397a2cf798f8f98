import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { InputError } from '../../../src/base/error-code.ts';
import { Secret } from '../../../src/base/secret.ts';
import { epochMs } from '../../../src/base/units.ts';
import { pauseAskedFor } from '../../../src/http/retry-after.ts';
import type { DcrAnswer } from '../../../src/oauth/protocol/dcr-answers.ts';
import { parseRegistration, parseToken } from '../../../src/oauth/protocol/dcr-answers.ts';
import { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';
import { refusal } from '../../../src/oauth/protocol/dcr-failure.ts';
import { parseSealingKeys } from '../../../src/oauth/state/sealing-key.ts';
import { readStoredForm, writeStoredForm } from '../../../src/oauth/state/stored-form.ts';
import { parseSoftwareStatement } from '../../../src/oauth/statement/software-statement.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { bindingOf, stateOf, tokenOf, told } from '../../support/credential-store-contract.ts';
import { jws } from '../../support/jws.ts';

const NOW = epochMs(1_700_726_648_000);
const RUNS = { numRuns: 500 };

/** Texts of every kind, those that nearly fit among them. */
const anyText = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 200 }),
  fc.json(),
  fc.constantFrom('', '0', '-1', 'null', '[]', '{}', 'NaN', '\0', '\r\n', '<html>', 'eyJ.eyJ.x', '__proto__'),
);
const anyValue = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.constantFrom(0, -1, 1e12, 1e308, '21600', '1e5', null, Number.NaN, Number.NEGATIVE_INFINITY),
);
const headers = fc.dictionary(
  fc.constantFrom('retry-after', 'expires', 'date', 'content-type'),
  fc.oneof(
    anyText,
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.nat().map(String),
  ),
);
const answers: fc.Arbitrary<DcrAnswer> = fc.record({
  status: fc.integer({ min: 100, max: 999 }),
  headers,
  body: fc.oneof(
    anyText,
    fc
      .dictionary(
        fc.constantFrom(
          'access_token',
          'token_type',
          'expires_in',
          'created_at',
          'client_id',
          'client_secret',
          'client_id_issued_at',
          'client_secret_expires_at',
          'error',
          'error_description',
          '__proto__',
        ),
        anyValue,
      )
      .map((members) => JSON.stringify(members)),
  ),
});

/** Calls `parse`, and lets through only the error that is promised. */
const parsed = <T>(parse: () => T, promised: new (...args: never[]) => Error): T | undefined => {
  try {
    return parse();
  } catch (error) {
    assert.ok(error instanceof promised, inspect(error));
    assert.ok(error.message.length < 600, 'bounded');
    return undefined;
  }
};

describe('Whatever comes in,', () => {
  test('a text is a statement or an InputError', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        parsed(() => parseSoftwareStatement(text, NOW), InputError);
      }),
      RUNS,
    );
  });

  test('a statement is found through any wrapping, and is the same', () => {
    const good = jws({ sub: 'x', iat: 1 });
    const filler = fc.array(fc.constantFrom(' ', '\n', '\r\n', '\t', '\uFEFF', '\u00a0', '\\n'), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length), filler), { maxLength: 20 }), (insertions) => {
        const text = [...insertions]
          .sort(([a], [b]) => b - a)
          .reduce((wrapped, [at, fill]) => wrapped.slice(0, at) + fill.join('') + wrapped.slice(at), good);
        assert.equal(parseSoftwareStatement(text, NOW).secret.reveal(), good);
      }),
      RUNS,
    );
  });

  test('claims of any kind are a statement or an InputError', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('exp', 'nbf', 'iat', 'sub', 'iss'), anyValue), (claims) => {
        parsed(() => parseSoftwareStatement(jws(claims), NOW), InputError);
      }),
      RUNS,
    );
  });

  test('an answer is a token that fits into a header and ends within a week, or a DcrError', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const received = parsed(() => parseToken(answer, NOW), DcrError);
        if (received === undefined) return;
        const { authorization, expiresAt } = received.token;
        assert.match(authorization.reveal(), /^Bearer [A-Za-z0-9\-._~+/]+=*$/);
        assert.ok(expiresAt > NOW && expiresAt <= NOW + 7 * 86_400_000, String(expiresAt));
      }),
      { numRuns: 2_000 },
    );
  });

  test('a plausible token answer has a plausible end, whatever its dates say', () => {
    const date = fc.oneof(
      anyValue,
      fc.integer({ min: -1e6, max: 1e6 }).map((by) => NOW / 1000 + by),
    );
    fc.assert(
      fc.property(date, date, date, anyValue, headers, (exp, iat, created_at, expires_in, given) => {
        const body = JSON.stringify({ access_token: jws({ exp, iat }), created_at, expires_in });
        const received = parsed(() => parseToken({ status: 201, headers: given, body }, NOW), DcrError);
        if (received === undefined) return;
        const { expiresAt } = received.token;
        assert.ok(expiresAt > NOW && expiresAt <= NOW + 7 * 86_400_000, String(expiresAt));
      }),
      { numRuns: 2_000 },
    );
  });

  test('an answer is credentials or a DcrError', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const credentials = parsed(() => parseRegistration(answer, NOW), DcrError);
        if (credentials === undefined) return;
        assert.ok(Number.isFinite(credentials.issuedAt));
        assert.ok(credentials.expiresAt === undefined || credentials.expiresAt > NOW);
      }),
      RUNS,
    );
  });

  test('a refusal is bounded, printable, and never asks for a pause beyond an hour', () => {
    fc.assert(
      fc.property(answers, fc.string({ minLength: 8, maxLength: 40 }), (answer, secret) => {
        const body = answer.body.replaceAll('"x"', JSON.stringify(secret));
        const error = refusal({ ...answer, body }, NOW, [new Secret(secret)]);
        assert.match(error.message, /^[\x20-\x7e]{1,600}$/);
        assert.ok((error.retryAfter ?? 0) >= 0 && (error.retryAfter ?? 0) <= 3_600_000);
      }),
      RUNS,
    );
  });

  test('an echo of what was sent does not come through', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9-]{8,60}$/);
    const around = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(secret, around, around, (text, before, behind) => {
        const body = JSON.stringify({ error: before + text, error_description: text + behind + text });
        const { message } = refusal({ status: 400, headers: {}, body }, NOW, [new Secret(text)]);
        assert.ok(!message.includes(text));
      }),
      RUNS,
    );
  });

  test('headers ask for a pause between nothing and an hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), headers, (status, given) => {
        const pause = pauseAskedFor(status, (name) => given[name], NOW);
        assert.ok(pause === undefined || (pause >= 0 && pause <= 3_600_000));
      }),
      RUNS,
    );
  });

  test('a file holds state or it does not', () => {
    const good = JSON.parse(writeStoredForm(bindingOf('a'), stateOf('1', { token: tokenOf('1') })));
    const path = fc.constantFrom('version', 'statement_sha256', 'dcr_url', 'client', 'token');
    fc.assert(
      fc.property(anyText, (text) => assert.equal(readStoredForm(text), undefined)),
      RUNS,
    );
    fc.assert(
      fc.property(path, anyValue, (member, value) => {
        const stored = readStoredForm(JSON.stringify({ ...good, [member]: value }));
        if (stored !== undefined) assert.ok(told(stored.state));
      }),
      RUNS,
    );
  });

  test('a text is sealing keys or an InputError', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        parsed(() => parseSealingKeys(text), InputError);
      }),
      RUNS,
    );
  });
});
