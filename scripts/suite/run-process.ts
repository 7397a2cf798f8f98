import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProcess } from './plan.ts';

export interface TestResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why a test was skipped. */
  readonly reason: string;
  readonly ms: number;
}

/** What became of a process of tests. */
export interface ProcessResult {
  readonly process: TestProcess;
  readonly end: 'passed' | 'failed' | 'out of time';
  readonly tests: readonly TestResult[];
  readonly output: string;
  readonly ms: number;
}

export interface RunLimits {
  /** Bound of each test, which node:test holds. */
  readonly testMs: number;
  /** Bound of the process, which is killed after it: a loop in a test stops the timers of node:test as well. */
  readonly processMs: number;
}

/**
 * Runs tests in a process group of their own, which is gone when this resolves: neither a test that never ends, nor
 * a handle that it left open, nor a program that it started can hold up the suite. Aborting ends it early.
 */
export async function runTestProcess(
  root: string,
  test: TestProcess,
  { testMs, processMs }: RunLimits,
  { env = process.env, signal }: { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<ProcessResult> {
  const events = join(root, `artifacts/tests/${test.entry.replaceAll(/\W/g, '-')}.events`);
  rmSync(events, { force: true });
  const startedAt = performance.now();
  const child = spawn(process.execPath, argumentsFor(test.entry, events, testMs), {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  let isOutOfTime = false;
  const timer = setTimeout(() => {
    isOutOfTime = true;
    killGroup(child.pid);
  }, processMs);
  const abort = () => killGroup(child.pid);
  signal?.addEventListener('abort', abort);
  const closed = once(child, 'close');
  await once(child, 'exit');
  clearTimeout(timer);
  signal?.removeEventListener('abort', abort);
  // What it started and left behind holds its pipes open.
  killGroup(child.pid);
  await closed;
  const end = isOutOfTime ? 'out of time' : child.exitCode === 0 ? 'passed' : 'failed';
  return { process: test, end, tests: readEvents(events), output, ms: performance.now() - startedAt };
}

const argumentsFor = (entry: string, events: string, testMs: number): string[] => [
  '--disable-warning=ExperimentalWarning',
  `--test-timeout=${testMs}`,
  '--test-force-exit',
  ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
  `--test-reporter=${join(import.meta.dirname, 'events-reporter.ts')}`,
  `--test-reporter-destination=${events}`,
  entry,
];

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}

const readEvents = (path: string): TestResult[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line))
    : [];
