import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from './build/program.ts';
import { processAccount, summary } from './suite/account.ts';
import { planProcesses } from './suite/plan.ts';
import { type ProcessResult, runTestProcess } from './suite/run-process.ts';

/**
 * `npm test`, or `npm test FILE…`: runs the tests, and meanwhile builds the program as it ships, so that those that
 * start it in processes of their own start that (and need half the time). `node --test FILE` starts it from its
 * sources. The run ends, whatever a test does.
 */

const AT_ONCE = 8;
const LIMITS = { testMs: 120_000, processMs: 300_000 };

const root = join(import.meta.dirname, '..');
const program = join(root, 'artifacts/program');
const unfinished = join(root, 'artifacts/program.new');
for (const folder of [program, unfinished]) rmSync(folder, { recursive: true, force: true });

const named = process.argv.slice(2);
const planned = planProcesses(root);
const waiting = named.length > 0 ? named.map((file) => ({ name: file, entry: file })) : planned;
const env = {
  ...process.env,
  NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
  PROGRAM_UNDER_TEST: process.env['PROGRAM_UNDER_TEST'] ?? join(program, 'dist/main.js'),
};

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    waiting.length = 0;
    stop.abort();
  });
}

const startedAt = performance.now();
const results: ProcessResult[] = [];
mkdirSync(join(root, 'artifacts/tests'), { recursive: true });
await Promise.all([build(), ...Array.from({ length: AT_ONCE }, work)]);
process.stdout.write(summary(results, performance.now() - startedAt));
process.exitCode = !stop.signal.aborted && results.every(({ end }) => end === 'passed') ? 0 : 1;

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const result = await runTestProcess(root, next, LIMITS, { env, signal: stop.signal });
    results.push(result);
    process.stdout.write(processAccount(result));
  }
}

/** Tests of the program wait for its entry (test/support/program.ts); others need not. */
async function build(): Promise<void> {
  try {
    await buildProgram(root, join(unfinished, 'dist'));
    cpSync(join(root, 'package.json'), join(unfinished, 'package.json'));
    renameSync(unfinished, program);
  } catch (error) {
    waiting.length = 0;
    stop.abort();
    throw error;
  }
}
