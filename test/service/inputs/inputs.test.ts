import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { epochMs } from '../../../src/base/units.ts';
import { parseSealingKeys } from '../../../src/oauth/index.ts';
import { readInputs } from '../../../src/service/inputs/inputs.ts';
import { jws } from '../../support/jws.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { configOf } from '../../support/test-config.ts';

const newKey = (): string => randomBytes(32).toString('base64');
const idsOf = (...keys: string[]) => parseSealingKeys(keys.join('\n')).map(({ id }) => id);

const NOW = epochMs(1);

const inputsFrom = async (settings: Readonly<Record<string, string>>) =>
  readInputs(await configOf({ SOFTWARE_STATEMENT: jws({ sub: 'a' }), ...settings }), NOW);

const keysFrom = async (settings: Readonly<Record<string, string>>) => {
  const inputs = await inputsFrom(settings);
  assert.ok('sealing' in inputs);
  return inputs.sealing?.map(({ id }) => id);
};

test('without a key state is not sealed', async () => {
  assert.equal(await keysFrom({}), undefined);
});

test('the configured key seals; those of previous files open, in the order of the list', async () => {
  await using folder = await temporaryFolder();
  const [now, before, older, oldest] = [newKey(), newKey(), newKey(), newKey()];
  await writeFile(folder.file('now'), `${now}\n`);
  await writeFile(folder.file('before'), before);
  await writeFile(folder.file('older'), `${older}\n${oldest}\n`);
  const previous = `${folder.file('before')},${folder.file('older')}`;
  assert.deepEqual(
    await keysFrom({ STATE_KEY_FILE: folder.file('now'), STATE_PREVIOUS_KEY_FILES: previous }),
    idsOf(now, before, older, oldest),
  );
  assert.deepEqual(await keysFrom({ STATE_KEY: now }), idsOf(now));
});

test('a key that is none is told with its setting, and never shown', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('bad'), 'canary-key');
  const cases = [
    [{ STATE_KEY: 'canary-key' }, 'state.key'],
    [{ STATE_KEY_FILE: folder.file('bad') }, 'state.keyFile'],
    [{ STATE_KEY: newKey(), STATE_PREVIOUS_KEY_FILES: folder.file('bad') }, 'state.previousKeyFiles[0]'],
    [{ STATE_KEY: newKey(), STATE_PREVIOUS_KEY_FILES: folder.file('none') }, 'state.previousKeyFiles[0]'],
  ] as const;
  for (const [settings, key] of cases) {
    const inputs = await inputsFrom(settings);
    assert.ok('mistakes' in inputs);
    assert.deepEqual(
      inputs.mistakes.map((it) => it.key),
      [key],
    );
    assert.doesNotMatch(inspect(inputs), /canary-key/);
  }
});

test('all that is wrong is told at once, each with its setting and what to do', async () => {
  const inputs = await inputsFrom({
    SOFTWARE_STATEMENT: '<html>',
    DCR_CA_FILE: '/none/dcr.pem',
    UPSTREAM_CA_FILE: '/none/upstream.pem',
    LISTEN_TLS_CERT_FILE: '/none/cert.pem',
    LISTEN_TLS_KEY_FILE: '/none/key.pem',
    STATE_KEY: 'short',
  });
  assert.ok('mistakes' in inputs);
  assert.deepEqual(inputs.mistakes.map(({ key }) => key).sort(), [
    'dcr.caFile',
    'listen.tls',
    'softwareStatement',
    'state.key',
    'upstream.caFile',
  ]);
});

test('without a statement the mistake says how to give one, and how to try without', async () => {
  const inputs = await readInputs(await configOf({}), NOW);
  assert.ok('mistakes' in inputs);
  assert.match(inputs.mistakes[0]?.advice ?? '', /CMU_PROXY_SOFTWARE_STATEMENT_FILE.*cmu-proxy demo/);
});
