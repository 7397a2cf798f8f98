import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchFileDescriptors } from '../../src/service/file-descriptors.ts';
import { VirtualTime } from '../support/virtual-time.ts';

test('the end of file descriptors is told once, and so is the end of that', async () => {
  const time = new VirtualTime();
  const told: string[] = [];
  let code: string | undefined;
  const close = watchFileDescriptors(
    time,
    { error: (event) => void told.push(event), info: (event) => void told.push(event) },
    async () => {
      if (code !== undefined) throw Object.assign(new Error(code), { code });
    },
  );
  const after = async (found: string | undefined): Promise<string[]> => {
    code = found;
    await time.pass(3_000);
    return told.splice(0);
  };
  assert.deepEqual(await after(undefined), []);
  assert.deepEqual(await after('EMFILE'), ['file-descriptors.exhausted']);
  assert.deepEqual(await after('ENFILE'), []);
  assert.deepEqual(await after(undefined), ['file-descriptors.left']);
  assert.deepEqual(await after('EACCES'), []);
  close();
  assert.deepEqual(await after('EMFILE'), []);
  assert.equal(time.pendingTimers, 0);
});
