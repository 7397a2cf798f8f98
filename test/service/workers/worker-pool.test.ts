import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { epochMs, type Milliseconds } from '../../../src/base/units.ts';
import { WorkerPool } from '../../../src/service/workers/worker-pool.ts';
import { until } from '../../support/e2e-world.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { logLines } from '../../support/running-process.ts';

const STAND_IN = fileURLToPath(new URL('../../support/worker-stand-in.mjs', import.meta.url));

/** Timers that go off when the test says so. */
class ManualTimers {
  #timers: { readonly delay: Milliseconds; readonly callback: () => void }[] = [];

  readonly setTimer = (delay: Milliseconds, callback: () => void) => {
    const timer = { delay, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((it) => it !== timer);
    };
  };

  /** All that wait now go off. */
  fire(): void {
    const due = this.#timers;
    this.#timers = [];
    for (const { callback } of due) callback();
  }
}

test('a worker that is stuck is replaced, and those that speak stay', { timeout: 60_000 }, async (t) => {
  cluster.setupPrimary({ exec: STAND_IN });
  const timers = new ManualTimers();
  const { log, written } = recordedLog('info');
  const heard = new Map<number, number>();
  const pool = new WorkerPool({
    size: 2,
    onMessage: (_message, { pid = 0 }) => heard.set(pid, (heard.get(pid) ?? 0) + 1),
    effects: { now: () => epochMs(1), setTimer: timers.setTimer },
    log,
  });
  await pool.started;
  const pids = logLines(written()).map(({ pid }) => Number(pid));
  const [stuck = 0, well = 0] = pids;
  t.after(() => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
  });
  process.kill(stuck, 'SIGSTOP');
  const speaks = async (pid: number) => {
    const before = heard.get(pid) ?? 0;
    await until(() => (heard.get(pid) ?? 0) > before);
  };
  let silences = 0;
  for (; !written().includes('worker.ended'); silences++) {
    timers.fire();
    // What the stuck one said before may come late.
    await speaks(well);
  }
  assert.ok(silences > 10, `${silences} silences`);
  const told = logLines(written()).filter(({ event }) => event === 'worker.stuck');
  assert.deepEqual([...new Set(told.map(({ pid }) => pid))], [stuck]);
  // After its pause.
  timers.fire();
  await until(() => pool.listening === 2);
  await speaks(well);
  await pool.stop(0);
});

test('what workers count is added up, each once; one that ends owes nothing', {
  timeout: 60_000,
}, async () => {
  cluster.setupPrimary({ exec: STAND_IN });
  const pool = new WorkerPool({
    size: 2,
    onMessage: () => {},
    effects: { now: () => epochMs(1), setTimer: new ManualTimers().setTimer },
    log: recordedLog('info').log,
  });
  await pool.started;
  assert.equal(await pool.ask({ kind: 'purge', path: '/twice' }), 4);
  const unanswered = pool.ask({ kind: 'purge', path: '/never' });
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
  assert.equal(await unanswered, 0);
  await pool.stop(0);
  assert.equal(await pool.ask({ kind: 'purge', path: '/twice' }), 0);
});
