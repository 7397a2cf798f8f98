import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Registry } from 'prom-client';
import { DcrMetrics } from '../../src/admin/dcr-metrics.ts';
import { epochMs } from '../../src/base/units.ts';
import { defineMetrics } from '../../src/metrics/instruments.ts';
import { ReloadTally } from '../../src/metrics/reload-tally.ts';

const at = epochMs(1_000_000);
const error = new Error('no');

suite('what a person has to set right', () => {
  test('is told of a client for as long as it lasts', async () => {
    const tallies = new DcrMetrics();
    const gauge = async (name: string): Promise<number | undefined> =>
      (await tallies.registry.getSingleMetric(name)?.get())?.values.at(0)?.value;
    const told = () => Promise.all(['cmu_proxy_state_in_memory', 'cmu_proxy_shared_store_lost'].map(gauge));
    tallies.opened('a', 'file');
    assert.deepEqual(await told(), [0, 0]);
    tallies.opened('a', 'memory');
    tallies.record('a', { event: 'save-failed', error, nextAttemptAt: at });
    tallies.record('a', { event: 'shared-store-lost', error });
    assert.deepEqual(await told(), [1, 1]);
    tallies.opened('a', 'file');
    assert.deepEqual(await told(), [1, 1]);
    tallies.record('a', { event: 'save-recovered' });
    tallies.record('a', { event: 'shared-store-recovered' });
    assert.deepEqual(await told(), [0, 0]);
  });

  test('is told of a configuration until it is taken up or back, and not by one that is refused', async () => {
    const reloads = new ReloadTally(() => at);
    const registry = new Registry();
    defineMetrics(registry, reloads.metrics);
    const waiting = async () =>
      (await registry.getSingleMetric('cmu_proxy_config_waiting_settings')?.get())?.values.at(0)?.value;
    reloads.record('applied', 2);
    reloads.record('refused', 0);
    assert.equal(await waiting(), 2);
    reloads.record('applied', 0);
    assert.equal(await waiting(), 0);
  });
});
