import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerCommand } from './peers/peer.ts';

const CLOCK_TICKS_PER_SECOND = 100;
const READY_LIMIT_MS = 10_000;

/** A started server and what the kernel knows of it. */
export interface ServerProcess {
  /** From exec to the first 200, in milliseconds. */
  readonly readyAfterMs: number;
  /** Resident memory of its processes, in bytes. */
  residentBytes(): number;
  /** Most resident memory since `resetPeak`, in bytes. */
  peakBytes(): number;
  resetPeak(): void;
  /** Processor time used by its processes so far, in seconds (the kernel counts in steps of 10 ms). */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** The process and its descendants: servers such as nginx fork workers. */
function family(pid: number): readonly number[] {
  const children = (parent: number): readonly number[] => {
    try {
      return readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number);
    } catch {
      return [];
    }
  };
  const descend = (parent: number): readonly number[] => [parent, ...children(parent).flatMap(descend)];
  return descend(pid);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process ended meanwhile: it holds nothing
  }
}

function statusBytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function cpuTicks(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0); // utime, stime: proc(5)
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Whether a GET is answered 200. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function stop(child: ChildProcess): Promise<void> {
  if (ended(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 3000);
  await gone;
  clearTimeout(forced);
}

/**
 * Starts a server on one core and waits until it answers.
 *
 * @param dir where its output goes (`output.log`), so that nobody pays for a terminal
 * @throws Error when it ends early or is not ready within ten seconds; the message holds the end of its output
 */
export async function startServer(options: {
  readonly command: PeerCommand;
  readonly dir: string;
  /** As `taskset` takes them: `0`, `0,1`. */
  readonly core: number | string;
  readonly readyUrl: string;
}): Promise<ServerProcess> {
  const { command, args, env } = options.command;
  const log = join(options.dir, 'output.log');
  writeFileSync(log, '');
  const output = openSync(log, 'a');
  const startedAt = performance.now();
  // taskset becomes the command (execve), so the child's id is the server's.
  const child = spawn('taskset', ['-c', String(options.core), command, ...args], {
    cwd: options.dir,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error('taskset (util-linux) is needed to pin a server to one core');
  while (!(await answers(options.readyUrl))) {
    const late = performance.now() - startedAt > READY_LIMIT_MS;
    if (late || ended(child)) {
      await stop(child);
      throw new Error(
        `${command} ${late ? 'is not ready' : 'ended'}:\n${readFileSync(log, 'utf8').slice(-2000)}`,
      );
    }
    await sleep(1);
  }
  const readyAfterMs = performance.now() - startedAt;
  return {
    readyAfterMs,
    residentBytes: () => sum(family(pid).map((member) => statusBytes(member, 'VmRSS'))),
    peakBytes: () => sum(family(pid).map((member) => statusBytes(member, 'VmHWM'))),
    resetPeak: () => {
      for (const member of family(pid)) writeFileSync(`/proc/${member}/clear_refs`, '5'); // 5 resets VmHWM: proc(5)
    },
    cpuSeconds: () => sum(family(pid).map(cpuTicks)) / CLOCK_TICKS_PER_SECOND,
    stop: () => stop(child),
  };
}
