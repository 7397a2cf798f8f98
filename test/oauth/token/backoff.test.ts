import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { milliseconds } from '../../../src/base/units.ts';
import { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';
import { backoff, delayAfterFailure, delayAfterRejection } from '../../../src/oauth/token/backoff.ts';

const retryable = (retryAfter?: number) =>
  new DcrError('server_error', 'x', retryAfter === undefined ? {} : { retryAfter: milliseconds(retryAfter) });
const terminal = (retryAfter?: number) =>
  new DcrError(
    'invalid_request',
    'x',
    retryAfter === undefined ? {} : { retryAfter: milliseconds(retryAfter) },
  );

describe('Back-off', () => {
  for (const [attempt, random, expected] of [
    [0, 0.5, 500],
    [0, 0, 100],
    [0, 0.999, 999],
    [1, 0.5, 1000],
    [5, 0.5, 16_000],
    [6, 0.5, 30_000],
    [6, 0, 100],
    [1000, 0.5, 30_000],
  ] as const) {
    test(`number ${attempt} with ${random} on the dice is ${expected} ms`, () => {
      assert.equal(backoff(attempt, random), expected);
    });
  }

  test('adds its jitter to a pause that the server asked for', () => {
    assert.equal(delayAfterFailure(retryable(60_000), 1, 0), 60_100);
    assert.equal(delayAfterFailure(retryable(60_000), 1, 0.5), 60_500);
    assert.equal(delayAfterFailure(retryable(), 3, 0.5), 2000);
  });

  test('after a failure that only a person can heal is a quarter of an hour, spread by a quarter', () => {
    const minutes = (random: number) => delayAfterFailure(terminal(), 1, random) / 60_000;
    assert.equal(minutes(0), 11.25);
    assert.equal(minutes(0.5), 15);
    assert.equal(minutes(1), 18.75);
    assert.equal(delayAfterFailure(terminal(3_600_000), 1, 0.5), 3_600_000);
  });

  test('after a statement that is perhaps only new is short for two minutes', () => {
    const unknown = new DcrError('unapproved_software_statement', 'x');
    const waits = [1, 2, 3, 4, 5].map((failures) => delayAfterFailure(unknown, failures, 0.5));
    assert.deepEqual(waits, [15_000, 30_000, 45_000, 60_000, 900_000]);
  });

  test('after a refused token begins with the second in a row', () => {
    const delays = [1, 2, 3, 4].map((count) => delayAfterRejection(count, 0.5));
    assert.deepEqual(delays, [0, 500, 1000, 2000]);
  });
});
