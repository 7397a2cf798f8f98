import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemEffects } from '../../../src/base/effects.ts';
import { FileStore, nodeStateFs } from '../../../src/oauth/index.ts';
import { bindingOf } from '../../support/credential-store-contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SAVER = fileURLToPath(new URL('../../support/endless-saver.ts', import.meta.url));
const KILLS = Number(process.env['KILLS'] ?? 3);

/** Starts a process that saves without end, kills it after some saves, and gives the last one that it was told of. */
async function lastAcknowledged(folder: string, first: number): Promise<number> {
  const saver = spawn(process.execPath, [SAVER, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const enough = 1 + Math.floor(Math.random() * 40);
  let told = '';
  saver.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (told.split('\n').length > enough) saver.kill('SIGKILL');
  });
  await once(saver, 'close');
  return Number(told.trim().split('\n').at(-1));
}

test('A process that is killed while it saves leaves the last acknowledged state or the one after it', async () => {
  await using folder = await temporaryFolder();
  const store = new FileStore({
    folder: folder.path,
    name: 'default',
    fs: nodeStateFs,
    effects: systemEffects,
  });
  let last = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    last = await lastAcknowledged(folder.path, last + 1);
    const loaded = await store.load(bindingOf('a'));
    assert.ok(loaded.outcome === 'found', loaded.outcome);
    const found = Number(loaded.state.credentials.clientId.replace('client-', ''));
    assert.ok(found === last || found === last + 1, `${found} found, ${last} acknowledged`);
    last = found;
  }
});
