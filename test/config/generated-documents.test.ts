import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import Schema from 'typebox/schema';
import { parse } from 'yaml';
import { generatedFiles } from '../../scripts/config-documents/generate.ts';
import { loadConfig } from '../../src/config/loading/load.ts';
import { ConfigSchema } from '../../src/config/settings/schema.ts';
import { settingsOf } from '../../src/config/settings/settings.ts';

const root = new URL('../../', import.meta.url);

const files = generatedFiles();

function generated(path: string): string {
  const text = files.get(path);
  assert.ok(text, path);
  return text;
}

test('the generated files are current (else: npm run docs)', async () => {
  for (const [path, text] of files) {
    assert.equal(await readFile(new URL(path, root), 'utf8'), text, path);
  }
});

test('config/default.yaml says what holds without a file', async () => {
  const file = new URL('config/default.yaml', root).pathname;
  assert.deepEqual(await loadConfig({ file, env: {} }), await loadConfig({ env: {} }));
});

test('every setting is in config/default.yaml and docs/configuration.md, with its variable', () => {
  for (const { key, variable } of settingsOf(ConfigSchema)) {
    const yaml = generated('config/default.yaml');
    assert.match(yaml, new RegExp(`Environment: ${variable}\n *${key.replace(/.*\./, '')}:`), key);
    assert.ok(generated('docs/configuration.md').includes(`\`${key}\`<br>\`${variable}\``), key);
  }
});

test('config/schema.json takes what the program takes, and refuses what it refuses', async () => {
  const schema: unknown = JSON.parse(generated('config/schema.json'));
  assert.ok(typeof schema === 'object' && schema !== null);
  const taken = [
    generated('config/default.yaml'),
    '{}',
    'listen:\n',
    'listen: { port: 0 }',
    'dcr: { url: "http://127.0.0.1:1/base", deviceInfo: { a: b } }',
    'log: { level: warn }',
    'cache: { maxBytes: 0 }',
    'listen: { prefix: /esm/v3 }',
    'clients: [{ name: a, statementFile: a.txt, dcr: { timeoutMs: 100 } }]\nroutes: [{ name: r, upstream: }]',
  ];
  const refused = [
    'listen: { port: -1 }',
    'listen: { port: "8080" }',
    'listen: { prot: 1 }',
    'listen: { host: "" }',
    'listen: { prefix: /cmu/../v2 }',
    'listen: { prefix: /cmu/ }',
    'dcr: { url: ftp://x }',
    'dcr: { url: "https://x?a" }',
    'dcr: { deviceInfo: { a: 1 } }',
    'upstream: { url: "https://x/path" }',
    'log: { level: loud }',
    'surprise: 1',
    'routes: [{ prefix: /x }]',
    'routes: [{ name: r, prefix: /x/ }]',
    'routes: [{ name: r, cache: { maxBytes: 1 } }]',
    'clients: [{ name: a b, statementFile: a.txt }]',
  ];
  for (const [expected, documents] of [
    [true, taken],
    [false, refused],
  ] as const) {
    for (const yaml of documents) {
      const loaded = await loadConfig({ file: 'f', env: {}, readFile: async () => yaml });
      assert.equal('config' in loaded, expected, `program: ${yaml}`);
      assert.equal(Schema.Check(schema, parse(yaml)), expected, `schema.json: ${yaml}`);
    }
  }
});
