import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ConfigSource, exposure } from '../../src/service/inputs/config-source.ts';
import { jws } from '../support/jws.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('what every user may read or change is told by its mode', () => {
  for (const [mode, expected] of [
    [0o100600, undefined],
    [0o100640, undefined],
    [0o100660, undefined],
    [0o100644, 'read'],
    [0o100666, 'change'],
    [0o100602, 'change'],
    [0o040700, undefined],
    [0o042770, undefined],
    [0o040755, 'read'],
    [0o041777, 'change'],
  ] as const) {
    assert.equal(exposure(mode), expected, mode.toString(8));
  }
});

test('secret files and a state folder that every user may read or change are warned of, with their keys', async () => {
  await using folder = await temporaryFolder();
  const [statement, key, state] = ['statement', 'key', 'state'].map((name) => folder.file(name));
  assert.ok(statement && key && state);
  await writeFile(statement, jws({ sub: 'a' }));
  await writeFile(key, Buffer.alloc(32, 7).toString('base64'));
  await mkdir(state);
  const warned = async (mode: number) => {
    for (const path of [statement, key, state]) await chmod(path, mode);
    const loaded = await new ConfigSource(undefined, {
      CMU_PROXY_SOFTWARE_STATEMENT_FILE: statement,
      CMU_PROXY_STATE_KEY_FILE: key,
      CMU_PROXY_STATE_DIR: state,
    }).load();
    assert.ok('warnings' in loaded, JSON.stringify(loaded));
    return loaded.warnings.map((it) => `${it.key}: ${it.message}`);
  };
  assert.deepEqual(await warned(0o700), []);
  const told = await warned(0o707);
  assert.deepEqual(
    told.map((it) => it.split(':')[0]),
    ['softwareStatementFile', 'state.dir', 'state.keyFile'],
  );
  for (const it of told) assert.match(it, /Every user of this machine can change .*chmod/);
});
