import assert from 'node:assert/strict';
import { lstat, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { bindSocket } from '../../../src/proxy/listener/unix-socket.ts';
import { leaveDeadSocket } from '../../support/dead-socket.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A server that lives as long as the test's block. */
const server = (): {
  readonly server: Server;
  readonly listen: (path: string) => Promise<void>;
} & AsyncDisposable => {
  const it = createServer((socket) => socket.on('error', () => {}).end('hello'));
  return {
    server: it,
    listen: (path) => new Promise((resolve, reject) => void it.once('error', reject).listen(path, resolve)),
    [Symbol.asyncDispose]: () => new Promise((resolve) => void it.close(() => resolve())),
  };
};

test('the socket has its mode, whatever the umask, and nothing else is left in the folder', async () => {
  await using folder = await temporaryFolder();
  for (const mode of [0o600, 0o660, 0o666]) {
    await using one = server();
    const path = folder.file(`${mode}.sock`);
    const remove = await bindSocket(path, mode, one.listen);
    assert.equal((await lstat(path)).mode & 0o777, mode);
    await remove();
  }
  assert.deepEqual(await readdir(folder.path), []);
});

test('the socket of a process that was killed is replaced', async () => {
  await using folder = await temporaryFolder();
  const path = folder.file('a.sock');
  leaveDeadSocket(path);
  assert.ok((await lstat(path)).isSocket());
  await using one = server();
  await bindSocket(path, 0o600, one.listen);
  await using two = server();
  await assert.rejects(bindSocket(path, 0o600, two.listen), { code: 'EADDRINUSE' });
});

test('a socket that somebody listens on is left to them', async () => {
  await using folder = await temporaryFolder();
  await using first = server();
  await using second = server();
  const path = folder.file('a.sock');
  await bindSocket(path, 0o600, first.listen);
  const before = (await lstat(path)).ino;
  await assert.rejects(bindSocket(path, 0o600, second.listen), {
    name: 'SocketPathError',
    code: 'EADDRINUSE',
  });
  assert.equal(second.server.listening, false);
  assert.equal((await lstat(path)).ino, before);
});

test('what is no socket is never removed, nor is what a symlink points to', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('precious'), 'content');
  await symlink(folder.file('precious'), folder.file('link'));
  for (const path of [folder.file('precious'), folder.file('link'), folder.path]) {
    await using one = server();
    await assert.rejects(bindSocket(path, 0o600, one.listen), { code: 'ENOTSOCK' });
  }
  assert.equal(await readFile(folder.file('precious'), 'utf8'), 'content');
});

test('removing takes away the name of this socket only', async () => {
  await using folder = await temporaryFolder();
  const path = folder.file('a.sock');
  await using first = server();
  await using second = server();
  const removeOne = await bindSocket(path, 0o600, first.listen);
  await removeOne();
  const removeTwo = await bindSocket(path, 0o600, second.listen);
  await removeOne();
  assert.ok((await lstat(path)).isSocket());
  await removeTwo();
  await removeTwo();
  assert.deepEqual(await readdir(folder.path), []);
});

test('a folder that is not there is told as it is', async () => {
  await using folder = await temporaryFolder();
  await using one = server();
  await assert.rejects(bindSocket(folder.file('none/a.sock'), 0o600, one.listen), { code: 'ENOENT' });
});
