import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcrHistory } from '../../src/admin/dcr-history.ts';
import { epochMs, milliseconds } from '../../src/base/units.ts';
import { DcrError } from '../../src/oauth/index.ts';

const NOW = epochMs(1_700_000_000_000);

test('Failures are told with what to do about them', () => {
  const history = new DcrHistory();
  const error = new DcrError('unapproved_software_statement', 'Adobe refuses the statement.');
  history.record('brand', { event: 'attempt-failed', error, nextAttemptAt: NOW, serving: false }, NOW);
  const [entry] = history.entries();
  assert.equal(entry?.kind, 'problem');
  assert.equal(entry?.client, 'brand');
  assert.equal(entry?.at, '2023-11-14T22:13:20.000Z');
  assert.match(entry?.text ?? '', /^Adobe refuses the statement\. Download a new software statement/);
});

test('Single calls are not told, and the oldest entries make room', () => {
  const history = new DcrHistory();
  history.record(
    'x',
    { event: 'dcr-call', operation: 'token', outcome: 'ok', durationMs: milliseconds(1) },
    NOW,
  );
  assert.equal(history.entries().length, 0);
  for (let i = 0; i < 60; i++) {
    history.record('x', { event: 'token-received', expiresAt: epochMs(NOW + i * 1000), refreshAt: NOW }, NOW);
  }
  const entries = history.entries();
  assert.equal(entries.length, 50);
  assert.match(entries[0]?.text ?? '', /22:13:30 UTC/);
});
