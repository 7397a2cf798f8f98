import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { SendBuffer } from '../../../src/proxy/answer/send-buffer.ts';
import { turn } from '../../support/proxy-world.ts';

/** Both ends of so many connections. */
const withConnections = async (
  count: number,
  run: (ends: readonly { readonly ours: Socket; readonly theirs: Socket }[]) => Promise<void>,
): Promise<void> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ends = [];
  for (let i = 0; i < count; i++) {
    const theirs = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [ours] = (await once(server, 'connection')) as [Socket];
    ends.push({ ours, theirs });
  }
  try {
    await run(ends);
  } finally {
    for (const { ours, theirs } of ends) for (const socket of [ours, theirs]) socket.destroy();
    server.close();
  }
};

const readAll = async (socket: Socket): Promise<string> => {
  let text = '';
  for await (const chunk of socket) text += chunk.toString('latin1');
  return text;
};

const sender = (socket: Socket) => {
  const state = { socket, sent: 0, onSent: () => void state.sent++ };
  return state;
};

test('answers leave when the turn ends, each whole and on its own connection', () =>
  withConnections(20, async (ends) => {
    const buffer = new SendBuffer();
    const senders = ends.map(({ ours }) => sender(ours));
    for (const [i, one] of senders.entries()) {
      buffer.send(one, `head ${i} é\n`, i % 2 === 0 ? 'x'.repeat(i * 3000) : Buffer.alloc(i * 9000, 121));
    }
    assert.deepEqual(
      senders.filter(({ sent }) => sent > 0),
      [],
    );
    await turn();
    for (const { ours } of ends) ours.end();
    const read = await Promise.all(ends.map(({ theirs }) => readAll(theirs)));
    for (const [i, text] of read.entries()) {
      assert.equal(senders[i]?.sent, 1);
      const body = i % 2 === 0 ? 'x'.repeat(i * 3000) : 'y'.repeat(i * 9000);
      assert.ok(text === `head ${i} é\n${body}`, `connection ${i}`);
    }
  }));

test('what a slow reader has not taken yet is not written over', () =>
  withConnections(2, async ([slow, other]) => {
    assert.ok(slow !== undefined && other !== undefined);
    const buffer = new SendBuffer();
    const expected: string[] = [];
    while (slow.ours.writableLength === 0) {
      const body = String(expected.length % 10).repeat(16_000);
      expected.push(body);
      buffer.send(sender(slow.ours), '', body);
      await turn();
    }
    for (let i = 0; i < 10; i++) {
      buffer.send(sender(other.ours), '', '#'.repeat(16_000));
      other.theirs.resume();
      await turn();
    }
    slow.ours.end();
    assert.ok((await readAll(slow.theirs)) === expected.join(''));
  }));

test('what waits can be sent at once, and is not sent twice', () =>
  withConnections(1, async ([ends]) => {
    assert.ok(ends !== undefined);
    const buffer = new SendBuffer();
    buffer.send(sender(ends.ours), 'a', 'b');
    buffer.flush();
    ends.ours.end();
    await turn();
    assert.equal(await readAll(ends.theirs), 'ab');
  }));

test('nothing is sent on a connection that was lost meanwhile', () =>
  withConnections(1, async ([ends]) => {
    assert.ok(ends !== undefined);
    const buffer = new SendBuffer();
    const one = sender(ends.ours);
    buffer.send(one, 'a', 'b');
    ends.ours.destroy();
    await turn();
    assert.equal(one.sent, 0);
  }));
