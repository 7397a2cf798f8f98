import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHeuristicallyCacheable, isUnderstood } from '../../src/http/status-codes.ts';

const allStatuses = Array.from({ length: 500 }, (_, i) => i + 100);

test('the statuses cacheable without explicit freshness are those of RFC 9110 §15.1, without partial content', () => {
  const listed = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];
  assert.deepEqual(allStatuses.filter(isHeuristicallyCacheable), listed);
});

test('interim, partial, not-modified and unregistered statuses are not understood', () => {
  for (const status of [100, 103, 206, 226, 299, 304, 305, 306, 402, 418, 499, 506, 599]) {
    assert.equal(isUnderstood(status), false, String(status));
  }
});

test('whatever is cacheable by default is understood', () => {
  for (const status of allStatuses.filter(isHeuristicallyCacheable)) assert.equal(isUnderstood(status), true);
});
