import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '../../src/base/resources.ts';

test('what was opened last is closed first, each waited for, and once', async () => {
  const closed: string[] = [];
  const resources = new Resources();
  resources.defer(async () => {
    await Promise.resolve();
    closed.push('a');
  });
  resources.defer(() => closed.push('b'));
  await resources[Symbol.asyncDispose]();
  await resources[Symbol.asyncDispose]();
  assert.deepEqual(closed, ['b', 'a']);
});

test('what was moved out of a scope outlives it', async () => {
  const closed: string[] = [];
  const open = async () => {
    await using opened = new Resources();
    opened.defer(() => closed.push('a'));
    return opened.move();
  };
  const resources = await open();
  assert.deepEqual(closed, []);
  await resources[Symbol.asyncDispose]();
  assert.deepEqual(closed, ['a']);
});

test('one that cannot be closed keeps no other open, and is told', async () => {
  const closed: string[] = [];
  const resources = new Resources();
  resources.defer(() => closed.push('a'));
  resources.defer(() => Promise.reject(new Error('stuck')));
  resources.defer(() => {
    throw new Error('first');
  });
  await assert.rejects(async () => resources[Symbol.asyncDispose](), { message: 'first' });
  assert.deepEqual(closed, ['a']);
});
