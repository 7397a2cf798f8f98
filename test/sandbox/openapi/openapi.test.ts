import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { openApiDocument } from '../../../src/sandbox/openapi/openapi.ts';
import { credentials, register, report, sandboxFor, tokenWith } from '../client.ts';
import { PUBLISHED } from '../report-reader.ts';

const document = openApiDocument();
const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
ajv.addSchema(document, 'openapi');

type Node = { readonly [key: string]: unknown };
const step = (node: unknown, name: string): unknown =>
  typeof node === 'object' && node !== null ? (node as Node)[name] : undefined;

/** The node at a place of the document, references followed. */
function at(names: readonly string[]): { node: unknown; place: readonly string[] } {
  let place: string[] = [];
  let node: unknown = document;
  for (const name of names) {
    node = step(node, name);
    place.push(name);
    const ref = step(node, '$ref');
    if (typeof ref === 'string')
      ({ node, place } = { ...at(ref.slice(2).split('/')), place: ref.slice(2).split('/') });
  }
  return { node, place };
}

/** The schema of a JSON answer. */
function schemaOf(path: string, method: 'get' | 'post', status: number): ValidateFunction {
  const { node, place } = at([
    'paths',
    path,
    method,
    'responses',
    String(status),
    'content',
    'application/json',
    'schema',
  ]);
  assert.ok(node, `${method} ${path} ${status} is described`);
  const pointer = place.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1')));
  return ajv.compile({ $ref: `openapi#/${pointer.join('/')}` });
}

function assertValid(validate: ValidateFunction, value: unknown, what: string) {
  assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}`);
}

test('the description is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document));
  assert.deepEqual([result.valid, result.errors ?? []], [true, []]);
  assert.equal(validator.version, '3.1');
});

test('docs/openapi.json is current (write it with `node scripts/write-openapi.ts`)', () => {
  const written = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
  assert.deepEqual(JSON.parse(written), document);
});

test('every published path is described, and its answers are as described', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  for (const { path } of PUBLISHED) {
    const { json } = await report(sandbox, `${path}?limit=2`, { token });
    assertValid(schemaOf(path, 'get', 200), json, path);
  }
  for (const query of ['metrics=bstreams-30&mvpd', 'mvpd=nobody', 'concurrency-level']) {
    const { json } = await report(sandbox, `/cmu/v2/year/month?${query}`, { token });
    assertValid(schemaOf('/cmu/v2/year/month', 'get', 200), json, query);
  }
});

test('a report schema does not accept just anything', () => {
  const validate = schemaOf('/cmu/v2/year/month/mvpd', 'get', 200);
  const _links = { self: { href: '/cmu/v2' } };
  assert.equal(validate({ _links, report: [{ year: '2026', month: '1', mvpd: 'A' }] }), true);
  assert.equal(validate({ report: [] }), false, 'no links');
  assert.equal(
    validate({ _links, report: [{ year: '2026', month: '01', mvpd: 'A' }] }),
    false,
    'a padded month',
  );
  assert.equal(validate({ _links, report: [{ year: '2026', month: '1', mvpd: 'A', profit: '1' }] }), false);
  assert.equal(
    validate({ _links, report: [{ year: '2026', month: '1', mvpd: 'A', 'active-users': 7 }] }),
    false,
  );
});

test('registration, token and their errors are as described', async (t) => {
  for (const options of [{}, { timeUnit: 'seconds', tokenFormat: 'opaque', clientLifetime: 60 } as const]) {
    const sandbox = await sandboxFor(t, options);
    const registration = await register(sandbox, { redirectUri: 'https://www.adobe.com' });
    assertValid(schemaOf('/o/client/register', 'post', 201), registration.json, 'registration');
    const refused = await register(sandbox, { statement: 'x' });
    assertValid(schemaOf('/o/client/register', 'post', 400), refused.json, 'a refused registration');
    const token = await tokenWith(sandbox, await credentials(sandbox));
    assertValid(schemaOf('/o/client/token', 'post', 201), token.json, 'token');
    assertValid(
      schemaOf('/o/client/token', 'post', 400),
      (await tokenWith(sandbox, {})).json,
      'a refused token',
    );
  }
});
