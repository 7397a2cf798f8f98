import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import Schema from 'typebox/schema';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/loading/load.ts';
import { routesOf } from '../../src/config/settings/topology.ts';

const root = new URL('../../config/', import.meta.url);
const names = await readdir(new URL('examples/', root));

test('there are examples', () => assert.ok(names.includes('brands.yaml') && names.includes('esm.yaml')));

for (const name of names) {
  test(`config/examples/${name} is taken by the program without a warning, and by schema.json`, async () => {
    const file = new URL(`examples/${name}`, root).pathname;
    const loaded = await loadConfig({ file, env: {} });
    assert.ok('config' in loaded, JSON.stringify(loaded));
    assert.deepEqual(loaded.warnings, []);
    assert.ok(routesOf(loaded.config).length > 1);
    const schema: unknown = JSON.parse(await readFile(new URL('schema.json', root), 'utf8'));
    assert.ok(typeof schema === 'object' && schema !== null);
    assert.ok(Schema.Check(schema, parse(await readFile(file, 'utf8'))));
  });
}
