import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateLockedError } from '../../src/oauth/index.ts';
import type { LoadedSetup } from '../../src/service/inputs/config-source.ts';
import type { Setup } from '../../src/service/inputs/inputs.ts';
import { ConfigReload } from '../../src/service/reload.ts';
import { configOf } from '../support/test-config.ts';

const INPUTS: Setup['inputs'] = {
  clients: [],
  routes: [],
  sealing: undefined,
  redisTls: { ca: undefined, identity: undefined },
  tls: undefined,
};
const silent = () => {};

const setup = async (graceMs: number): Promise<Setup> => ({
  config: await configOf({ SHUTDOWN_GRACE_MS: String(graceMs) }),
  inputs: INPUTS,
});

/** A reload whose steps the test holds in its hands. */
const reloading = async (apply: (setup: Setup) => Promise<void> = async () => {}) => {
  const loads: PromiseWithResolvers<LoadedSetup>[] = [];
  const outcomes: string[] = [];
  const reload = new ConfigReload({
    running: await setup(1),
    source: {
      digests: new Map(),
      load: () => {
        const load = Promise.withResolvers<LoadedSetup>();
        loads.push(load);
        return load.promise;
      },
    },
    apply,
    tally: { record: (outcome) => void outcomes.push(outcome) },
    log: { info: silent, warn: silent, error: silent },
  });
  return { reload, loads, outcomes };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is asked for during a reading is one more reading after it, however often', async () => {
  const { reload, loads, outcomes } = await reloading();
  const over = Promise.all([reload.request(), reload.request(), reload.request()]);
  assert.equal(loads.length, 1);
  loads[0]?.resolve({ ...(await setup(2)), warnings: [] });
  await turn();
  assert.equal(loads.length, 2);
  loads[1]?.resolve({ ...(await setup(3)), warnings: [] });
  await over;
  assert.deepEqual(outcomes, ['applied', 'applied']);
  assert.equal(reload.running.config.shutdown.graceMs, 3);
});

test('one that is refused leaves what runs, and the next is read anew', async () => {
  const { reload, loads, outcomes } = await reloading();
  const first = reload.request();
  loads[0]?.resolve({ mistakes: [{ key: 'x', expected: 'y' }] });
  await first;
  assert.equal(reload.running.config.shutdown.graceMs, 1);
  const second = reload.request();
  loads[1]?.resolve({ ...(await setup(2)), warnings: [] });
  await second;
  assert.deepEqual(outcomes, ['refused', 'applied']);
});

for (const error of [new StateLockedError('locked'), new Error('a bug')]) {
  test(`one that cannot be applied (${error.name}) is refused, and does not reject`, async () => {
    const { reload, loads, outcomes } = await reloading(async () => {
      throw error;
    });
    const over = reload.request();
    loads[0]?.resolve({ ...(await setup(2)), warnings: [] });
    await over;
    assert.deepEqual(outcomes, ['refused']);
    assert.equal(reload.running.config.shutdown.graceMs, 1);
  });
}
