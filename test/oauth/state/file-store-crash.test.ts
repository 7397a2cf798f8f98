import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FileStore } from '../../../src/oauth/state/file-store.ts';
import type { StateFs } from '../../../src/oauth/state/state-fs.ts';
import { bindingOf, stateOf, tokenOf } from '../../support/credential-store-contract.ts';
import { Crashed, SimulatedDisk } from '../../support/simulated-disk.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const FOLDER = '/state';
const BINDING = bindingOf('a');
const storeOn = (fs: StateFs) =>
  new FileStore({ folder: FOLDER, name: 'default', fs, effects: new VirtualTime() });

/** Every disk that may be found after a crash of the process or of the machine. */
const aftermaths = (disk: SimulatedDisk): SimulatedDisk[] => [
  disk.afterKill(),
  ...[true, false].flatMap((names) => [0, 0.4, 1].map((content) => disk.afterPowerCut({ names, content }))),
];

/** What the next process finds: the state's client, or the outcome if there is none. */
async function found(disk: SimulatedDisk): Promise<string> {
  const loaded = await storeOn(disk).load(BINDING);
  return loaded.outcome === 'found' ? loaded.state.credentials.clientId : loaded.outcome;
}

/** The disk with an old state on it. */
async function diskWithOldState(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  await storeOn(disk).save(BINDING, stateOf('old', { token: tokenOf('old') }));
  return disk.afterPowerCut({ names: false, content: 0 });
}

/** Crashes a save before each of its steps in turn; gives what was found that must not be. */
async function violations(seeded: (disk: SimulatedDisk) => StateFs = (disk) => disk): Promise<string[]> {
  const wrong: string[] = [];
  for (let step = 1; ; step += 1) {
    const disk = await diskWithOldState();
    disk.crashBefore = step;
    let acknowledged = true;
    try {
      await storeOn(seeded(disk)).save(BINDING, stateOf('new'));
    } catch (error) {
      assert.ok(error instanceof Crashed, String(error));
      acknowledged = false;
    }
    const allowed = acknowledged ? ['client-new'] : ['client-old', 'client-new'];
    for (const aftermath of aftermaths(disk)) {
      const state = await found(aftermath);
      if (!allowed.includes(state)) wrong.push(`crash before step ${step} (${disk.steps.at(-1)}): ${state}`);
    }
    if (acknowledged) return wrong;
  }
}

describe('A crash between any two steps of a save', () => {
  test('leaves the old state or the new one, and the new one once the save was acknowledged', async () => {
    assert.deepEqual(await violations(), []);
  });

  test('of the first save leaves nothing or the new state', async () => {
    for (let step = 1, acknowledged = false; !acknowledged; step += 1) {
      const disk = new SimulatedDisk();
      disk.crashBefore = step;
      await storeOn(disk)
        .save(BINDING, stateOf('new'))
        .then(
          () => {
            acknowledged = true;
          },
          () => {},
        );
      for (const aftermath of aftermaths(disk)) {
        const state = await found(aftermath);
        assert.ok(state === 'client-new' || (state === 'absent' && !acknowledged), `step ${step}: ${state}`);
      }
    }
  });

  test('does not keep the next process from saving', async () => {
    for (let step = 1; step <= 8; step += 1) {
      const disk = await diskWithOldState();
      disk.crashBefore = step;
      await storeOn(disk)
        .save(BINDING, stateOf('new'))
        .catch(() => {});
      const next = disk.afterKill();
      const dice = new VirtualTime();
      dice.dice = [0.25];
      await new FileStore({ folder: FOLDER, name: 'default', fs: next, effects: dice }).save(
        BINDING,
        stateOf('next'),
      );
      assert.equal(await found(next), 'client-next');
    }
  });
});

describe('The simulated disk finds bugs that were put in on purpose:', () => {
  const without =
    (step: 'sync' | 'syncFolder') =>
    (disk: SimulatedDisk): StateFs => ({
      makeFolder: (path) => disk.makeFolder(path),
      create: async (path) => {
        const file = await disk.create(path);
        return step === 'sync' ? { ...file, sync: async () => {} } : file;
      },
      read: (path, max) => disk.read(path, max),
      rename: (from, to) => disk.rename(from, to),
      remove: (path) => disk.remove(path),
      syncFolder: step === 'syncFolder' ? async () => {} : (path) => disk.syncFolder(path),
      list: (path) => disk.list(path),
      modifiedAt: (path) => disk.modifiedAt(path),
    });

  test('a rename without fsync of the file', async () => {
    assert.notDeepEqual(await violations(without('sync')), []);
  });

  test('a rename without fsync of the folder', async () => {
    assert.notDeepEqual(await violations(without('syncFolder')), []);
  });
});

describe('A disk that refuses', () => {
  for (const code of ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT']) {
    test(`any step of a save with ${code} leaves the old state or the new one, and tells`, async () => {
      for (let step = 1; ; step += 1) {
        const disk = await diskWithOldState();
        disk.fail = { step, code };
        const failed = await storeOn(disk)
          .save(BINDING, stateOf('new'))
          .then(
            () => false,
            (error) => error.code === code || assert.fail(error),
          );
        disk.fail = undefined;
        const state = await found(disk.afterKill());
        assert.ok(['client-old', 'client-new'].includes(state), `step ${step}: ${state}`);
        if (!failed) {
          assert.equal(state, 'client-new');
          return;
        }
        assert.deepEqual(
          Object.keys(disk.files()).filter((name) => name.endsWith('.tmp')),
          [],
          `step ${step} leaves nothing over`,
        );
      }
    });
  }
});

test('A crash while state is set aside loses neither it nor the next save', async () => {
  for (let step = 1; step <= 4; step += 1) {
    const disk = new SimulatedDisk();
    disk.put(FOLDER, 'default.json', 'rubbish');
    disk.crashBefore = step;
    await storeOn(disk)
      .load(BINDING)
      .catch(() => {});
    for (const aftermath of aftermaths(disk)) {
      assert.ok(Object.values(aftermath.files()).includes('rubbish'));
    }
  }
});
