import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreHealth } from '../../../src/oauth/fleet/store-health.ts';
import { SharedStoreError } from '../../../src/redis/redis-link.ts';

test('a loss is told once, and its end once', () => {
  const told: string[] = [];
  const health = new StoreHealth(({ event }) => void told.push(event));
  health.answers();
  health.failed(new SharedStoreError('away'));
  health.expect(new SharedStoreError('still away'));
  health.answers();
  health.answers();
  health.failed(new SharedStoreError('away again'));
  assert.deepEqual(told, ['shared-store-lost', 'shared-store-recovered', 'shared-store-lost']);
});

test('an error that is none of the store’s goes on', () => {
  const bug = new TypeError('x is not a function');
  assert.throws(() => new StoreHealth(() => {}).expect(bug), bug);
});
