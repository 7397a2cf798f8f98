import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigMistake } from '../../../src/config/loading/mistake.ts';
import { type LoadedSetup, loadPatiently } from '../../../src/service/inputs/config-source.ts';
import { readInputs } from '../../../src/service/inputs/inputs.ts';
import { jws } from '../../support/jws.ts';
import { configOf } from '../../support/test-config.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const missing = { key: 'softwareStatementFile', expected: 'not there', mayCome: true } as const;
const broken = { key: 'softwareStatementFile', expected: 'half of it' } as const;

const goodSetup = async (time: VirtualTime): Promise<LoadedSetup> => {
  const config = await configOf({ SOFTWARE_STATEMENT: jws() });
  const inputs = await readInputs(config, time.now());
  if ('mistakes' in inputs) throw new Error(JSON.stringify(inputs.mistakes));
  return { config, inputs, warnings: [] };
};

/** Loads what `found` says at the time; `after` is when that was over, in ms, or `undefined` if it is not. */
const loading = (found: (elapsed: number) => LoadedSetup) => {
  const time = new VirtualTime();
  const startedAt = time.now();
  const elapsed = () => time.now() - startedAt;
  const stop = new AbortController();
  const told: string[] = [];
  const outcome: { after?: number; loaded?: LoadedSetup } = {};
  const onWaiting = async (mistakes: readonly ConfigMistake[]) =>
    void told.push(...mistakes.map(({ expected }) => expected));
  void loadPatiently({ load: async () => found(elapsed()) }, time, stop.signal, onWaiting).then((loaded) =>
    Object.assign(outcome, { loaded, after: elapsed() }),
  );
  return { time, stop, told, outcome };
};

test('a statement file that comes a little late is waited for, half written or whole, and that is told once', async () => {
  const good = await goodSetup(new VirtualTime());
  const { time, told, outcome } = loading((elapsed) =>
    elapsed < 4_000 ? { mistakes: [missing] } : elapsed < 5_000 ? { mistakes: [broken] } : good,
  );
  await time.pass(4_999);
  assert.equal(outcome.after, undefined);
  await time.pass(1_000);
  assert.equal(outcome.loaded, good);
  assert.deepEqual(told, ['not there']);
});

test('one that never comes is a mistake after half a minute', async () => {
  const { time, outcome } = loading(() => ({ mistakes: [missing, missing] }));
  await time.pass(29_999);
  assert.equal(outcome.after, undefined);
  await time.pass(1);
  assert.deepEqual(outcome, { loaded: { mistakes: [missing, missing] }, after: 30_000 });
});

test('whatever else is wrong is told at once', async () => {
  for (const mistakes of [[broken], [missing, broken]]) {
    const { time, told, outcome } = loading(() => ({ mistakes }));
    await time.pass(0);
    assert.deepEqual([outcome, told], [{ loaded: { mistakes }, after: 0 }, []]);
  }
});

test('who is stopped meanwhile waits no longer', async () => {
  const { time, stop, outcome } = loading(() => ({ mistakes: [missing] }));
  await time.pass(1_000);
  stop.abort();
  await time.pass(500);
  assert.equal(outcome.after, 1_500);
});
