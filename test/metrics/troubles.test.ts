import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { epochMs } from '../../src/base/units.ts';
import { DcrTallies } from '../../src/metrics/dcr-tally.ts';
import { ReloadTally } from '../../src/metrics/reload-tally.ts';

const at = epochMs(1_000_000);
const error = new Error('no');

suite('what a person has to set right', () => {
  test('is told of a client for as long as it lasts', () => {
    const tallies = new DcrTallies();
    const told = () => Object.values(tallies.byClient.get('a')?.troubles ?? {});
    tallies.opened('a', 'file');
    assert.deepEqual(told(), [false, false, false]);
    tallies.opened('a', 'memory');
    tallies.record('a', { event: 'save-failed', error, nextAttemptAt: at });
    tallies.record('a', { event: 'shared-store-lost', error });
    assert.deepEqual(told(), [true, true, true]);
    tallies.opened('a', 'file');
    tallies.record('a', { event: 'save-recovered' });
    tallies.record('a', { event: 'shared-store-recovered' });
    assert.deepEqual(told(), [false, false, false]);
  });

  test('is told of a configuration until it is taken up or back, and not by one that is refused', () => {
    const reloads = new ReloadTally(at);
    reloads.record('applied', at, 2);
    reloads.record('refused', at, 0);
    assert.equal(reloads.waiting, 2);
    reloads.record('applied', at, 0);
    assert.equal(reloads.waiting, 0);
  });
});
