import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { parseSealingKeys } from '../../../src/oauth/index.ts';
import { readSealingKeys } from '../../../src/service/inputs/sealing.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { configOf } from '../../support/test-config.ts';

const newKey = (): string => randomBytes(32).toString('base64');
const idsOf = (...keys: string[]) => parseSealingKeys(keys.join('\n')).map(({ id }) => id);

const keysFrom = async (settings: Readonly<Record<string, string>>) =>
  (await readSealingKeys((await configOf(settings)).state))?.map(({ id }) => id);

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
    await assert.rejects(keysFrom(settings), (error) => {
      assert.ok(error instanceof Error && 'key' in error && 'advice' in error);
      assert.equal(error.key, key);
      assert.doesNotMatch(inspect(error), /canary-key/);
      return true;
    });
  }
});
