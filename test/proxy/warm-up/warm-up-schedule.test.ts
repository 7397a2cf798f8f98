import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs } from '../../../src/base/units.ts';
import {
  planAfterFailure,
  planAtStart,
  planWhileFresh,
  type WarmUpPlan,
} from '../../../src/proxy/warm-up/warm-up-schedule.ts';

const NOW = epochMs(1_700_000_000_000);
const at = (offset: number) => epochMs(NOW + offset);

test('at start a report is due at once', () => {
  assert.deepEqual(planAtStart(NOW), { dueAt: NOW, failures: 0 });
});

test('a fresh report is due when it expires, and looked at each minute till then', () => {
  for (const [freshFor, due] of [
    [1, 1],
    [59_999, 59_999],
    [60_000, 60_000],
    [60_001, 60_000],
    [86_400_000, 60_000],
  ] as const) {
    assert.deepEqual(planWhileFresh(at(freshFor), NOW), { dueAt: at(due), failures: 0 });
  }
});

test('after failures the pause doubles from 15 s to an hour; half of it is left to chance', () => {
  for (const [failures, random, pause] of [
    [0, 0, 7_500],
    [0, 0.5, 11_250],
    [0, 1, 15_000],
    [1, 1, 30_000],
    [7, 1, 1_920_000],
    [8, 1, 3_600_000],
    [8, 0, 1_800_000],
    [1_000, 1, 3_600_000],
  ] as const) {
    const before: WarmUpPlan = { dueAt: NOW, failures };
    const { dueAt, failures: after } = planAfterFailure(before, undefined, NOW, random);
    assert.equal(dueAt - NOW, pause, `${failures} failures, ${random}`);
    assert.equal(after, failures + 1);
  }
});

test('a pause that is known of is waited for, one that ends sooner changes nothing', () => {
  const plan = (notBefore: number) => planAfterFailure({ dueAt: NOW, failures: 0 }, at(notBefore), NOW, 1);
  assert.equal(plan(300_000).dueAt, at(300_000));
  assert.equal(plan(15_001).dueAt, at(15_001));
  assert.equal(plan(14_999).dueAt, at(15_000));
});
