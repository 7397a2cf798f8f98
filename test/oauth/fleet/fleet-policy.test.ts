import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, seconds } from '../../../src/base/units.ts';
import { pauseAfter, spreadOut } from '../../../src/oauth/fleet/fleet-policy.ts';
import { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';

test('a failure that a person must heal is spared the fleet for a minute', () => {
  const refused = new DcrError('unapproved_software_statement', 'no');
  assert.equal(pauseAfter(refused, 9, 0.5), seconds(60));
});

test('one that heals by itself for a back-off that grows, on top of what the server asks for', () => {
  const away = new DcrError('server_error', 'no');
  const throttled = new DcrError('throttled', 'no', { retryAfter: seconds(5) });
  const pauses = [1, 2, 3].map((failures) => pauseAfter(away, failures, 0.5));
  assert.deepEqual(
    [...pauses].sort((a, b) => a - b),
    pauses,
  );
  assert.equal(pauseAfter(throttled, 1, 0.5), seconds(5) + pauseAfter(away, 1, 0.5));
});

test('a wait is spread out by up to a half', () => {
  assert.deepEqual(
    [0, 0.5, 0.999].map((random) => spreadOut(milliseconds(1000), random)),
    [1000, 1250, 1500],
  );
});
