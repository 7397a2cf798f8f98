import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/base/secret.ts';
import type { TlsIdentity } from '../../../src/proxy/listener/door.ts';
import { watchTlsIdentity } from '../../../src/service/reload/tls-renewal.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const identityOf = (name: string): TlsIdentity => ({
  cert: name,
  key: new Secret(name),
  clientCa: undefined,
});

/** A watch on files that the test writes. */
const watched = () => {
  const time = new VirtualTime();
  const files = { content: 'first', problem: '' };
  const seen: string[] = [];
  const renewal = watchTlsIdentity({
    read: async () => {
      if (files.problem !== '') throw new Error(files.problem);
      return identityOf(files.content);
    },
    current: identityOf('first'),
    effects: time,
    onIdentity: ({ cert }) => void seen.push(cert),
    onProblem: ({ message }) => void seen.push(`problem: ${message}`),
  });
  return { time, files, seen, renewal };
};

test('a renewed certificate is taken up within a minute, once', async () => {
  const { time, files, seen } = watched();
  await time.pass(60_000);
  assert.deepEqual(seen, []);
  files.content = 'second';
  await time.pass(60_000);
  assert.deepEqual(seen, ['second']);
  await time.pass(600_000);
  assert.deepEqual(seen, ['second']);
});

test('it can be asked to look at once, and goes on looking', async () => {
  const { time, files, seen, renewal } = watched();
  files.content = 'second';
  await renewal.check();
  assert.deepEqual(seen, ['second']);
  files.content = 'third';
  await time.pass(60_000);
  assert.deepEqual(seen, ['second', 'third']);
  assert.equal(time.pendingTimers, 1);
});

test('files that cannot be used change nothing, are told once, and again after they were well', async () => {
  const { time, files, seen } = watched();
  files.problem = 'half';
  await time.pass(180_000);
  assert.deepEqual(seen, ['problem: half']);
  files.problem = '';
  await time.pass(60_000);
  files.problem = 'half';
  await time.pass(60_000);
  assert.deepEqual(seen, ['problem: half', 'problem: half']);
  files.problem = '';
  files.content = 'second';
  await time.pass(60_000);
  assert.equal(seen.at(-1), 'second');
});

test('once closed it looks no more, and says nothing of a look under way', async () => {
  const { time, files, seen, renewal } = watched();
  files.content = 'second';
  const look = renewal.check();
  renewal.close();
  await look;
  await time.pass(120_000);
  assert.deepEqual(seen, []);
});
