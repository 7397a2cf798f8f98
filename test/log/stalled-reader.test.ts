import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const LOG = new URL('../../src/log/log.ts', import.meta.url).href;
const LINES = 60_000;
const LIMIT = { timeout: 30_000 };

/** A process that writes more than is held for a reader, and then does what it is told. */
const PROGRAM = `
  import { createLogger } from '${LOG}';
  process.stdout.on('error', () => {});
  const log = createLogger({ level: 'info', destination: process.stdout, pretty: false });
  process.once('exit', () => log.end());
  const turn = () => new Promise(setImmediate);
  const write = async (count) => {
    for (let n = 0; n < count; n++) {
      log.lines(JSON.stringify({ n, filling: 'x'.repeat(300) }) + '\\n');
      if (n % 1000 === 0) await turn();
    }
    process.send({ dropped: log.dropped() });
  };
  const orders = {
    write: () => write(${LINES}),
    stop: async () => {
      await log.close();
      process.exit(0);
    },
    crash: () => process.exit(1),
  };
  process.on('message', (order) => orders[order]());
`;

/** Nobody reads its output until somebody begins to. */
async function writing(): Promise<{ readonly child: ChildProcess; readonly dropped: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  child.send('write');
  const [{ dropped }] = await once(child, 'message');
  return { child, dropped };
}

test('what is held for a reader that stalls is bounded; it is told of what is missing', LIMIT, async () => {
  const { child, dropped } = await writing();
  assert.ok(dropped > 0 && dropped < LINES, `${dropped} dropped`);
  const { stdout } = child;
  assert.ok(stdout !== null);
  const read = text(stdout);
  // Its `stop` waits until the reader has what was held.
  child.send('stop');
  const records = (await read)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const notices = records.filter(({ event }) => event === 'log.lines-dropped');
  assert.deepEqual(
    notices.map(({ level, lines }) => ({ level, lines })),
    [{ level: 'warn', lines: dropped }],
  );
  assert.equal(records.length - 1 + dropped, LINES);
});

for (const [order, code] of [
  ['stop', 0],
  ['crash', 1],
] as const) {
  test(`a process ends (${order}) although its reader stalls`, LIMIT, async () => {
    const { child } = await writing();
    child.send(order);
    assert.deepEqual(await once(child, 'exit'), [code, null]);
    child.stdout?.destroy();
  });
}

test('a process whose reader has left works on', LIMIT, async () => {
  const { child } = await writing();
  child.stdout?.destroy();
  for (let i = 0; i < 2; i++) {
    child.send('write');
    await once(child, 'message');
  }
  child.send('stop');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
