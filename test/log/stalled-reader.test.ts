import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';

const LOG = new URL('../../src/log/log-output.ts', import.meta.url).href;
const LINES = 5_000;
const LIMIT = { timeout: 30_000 };

/** A process that does what it is told. */
const PROGRAM = `
  import { fileOutput } from '${LOG}';
  process.stdout.on('error', () => {});
  const log = fileOutput(1, (lines) => lines, (dropped) => JSON.stringify({ dropped }) + '\\n', 300_000);
  process.once('exit', () => log.end());
  const turn = () => new Promise(setImmediate);
  const write = async (count) => {
    for (let n = 0; n < count; n++) {
      log.write(JSON.stringify({ n, filling: 'x'.repeat(300) }) + '\\n');
      if (n % 100 === 0) await turn();
    }
    process.send('written');
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

/** Writes more than is held; nobody reads its output until somebody begins to. */
async function writing(context: TestContext): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  context.after(() => child.kill('SIGKILL'));
  child.send('write');
  await once(child, 'message');
  return child;
}

test(
  'what is held for a reader that stalls is bounded, and a line tells what is missing',
  LIMIT,
  async (t) => {
    const child = await writing(t);
    assert.ok(child.stdout !== null);
    let [records, missing] = [0, 0];
    for await (const line of createInterface(child.stdout)) {
      const { dropped } = JSON.parse(line);
      if (dropped === undefined) {
        records++;
      } else {
        assert.equal(missing, 0);
        missing = dropped;
        child.send('stop');
      }
    }
    assert.ok(missing > LINES / 2, `${missing} dropped`);
    assert.equal(records + missing, LINES);
  },
);

for (const [order, code] of [
  ['stop', 0],
  ['crash', 1],
] as const) {
  test(`a process ends (${order}) although its reader stalls`, LIMIT, async (t) => {
    const child = await writing(t);
    child.send(order);
    assert.deepEqual(await once(child, 'exit'), [code, null]);
  });
}

test('a process whose reader has left works on', LIMIT, async (t) => {
  const child = await writing(t);
  child.stdout?.destroy();
  for (let i = 0; i < 2; i++) {
    child.send('write');
    await once(child, 'message');
  }
  child.send('stop');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
