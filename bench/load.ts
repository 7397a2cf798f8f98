import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Download } from './connections.ts';
import type { OpenLoopResult } from './open-loop.ts';

/** Everything that puts load on a server; each is a process of its own on the load's core. */
export interface Load {
  /** As many requests as go through 32 keep-alive connections (wrk). */
  saturate(url: string, options: SaturateOptions): Promise<Saturation>;
  atFixedRate(url: string, requestsPerSecond: number, seconds: number): Promise<OpenLoopResult>;
  download(url: string, times: number): Promise<readonly Download[]>;
  /** Opens connections, calls `measure` while they are open, and closes them. */
  whileOpen<T>(kind: OpenConnections, url: string, measure: () => Promise<T>): Promise<T>;
}

export interface SaturateOptions {
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Adds a query parameter that is different in each request, so that no cache has the answer. */
  readonly unique?: boolean;
}

export interface Saturation {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Answers outside 2xx and 3xx, and broken connections. */
  readonly failures: number;
}

export type OpenConnections =
  | { readonly kind: 'idle'; readonly count: number }
  | { readonly kind: 'slow'; readonly count: number; readonly bytesPerSecond: number };

const CONNECTIONS = 32;
const script = (name: string): string => join(import.meta.dirname, name);

/** wrk calls `request` for each request: the counter makes each target new, also from one burst to the next. */
const uniqueTargets = (firstNumber: number): string => `local n = ${firstNumber}
request = function() n = n + 1; return wrk.format(nil, wrk.path .. "?tenant=t" .. n) end
`;

function run(core: number, command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', String(core), command, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command} failed:\n${output}`)),
    );
  });
}

/** Reads wrk's report. */
export function parseWrk(output: string): Saturation {
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0);
  const errors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)?.slice(1) ?? [];
  return {
    requests: number(/(\d+) requests in/),
    requestsPerSecond: number(/Requests\/sec:\s+([\d.]+)/),
    failures: errors.reduce((total, text) => total + Number(text), number(/Non-2xx or 3xx responses: (\d+)/)),
  };
}

/**
 * @param core the core that load and upstream share
 * @param dir for wrk's scripts
 */
export function loadOn(core: number, dir: string): Load {
  let nextUnique = 0;
  const node = (name: string, ...args: readonly (string | number)[]): Promise<string> =>
    run(core, process.execPath, [script(name), ...args.map(String)]);

  return {
    async saturate(url, { seconds, headers = {}, unique = false }) {
      const options = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
      if (unique) {
        const path = join(dir, 'unique.lua');
        writeFileSync(path, uniqueTargets(nextUnique));
        nextUnique += 10_000_000;
        options.push('-s', path);
      }
      return parseWrk(await run(core, 'wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, ...options, url]));
    },
    async atFixedRate(url, requestsPerSecond, seconds) {
      return JSON.parse(await node('open-loop.ts', url, requestsPerSecond, seconds, CONNECTIONS));
    },
    async download(url, times) {
      return JSON.parse(await node('connections.ts', 'download', url, times));
    },
    whileOpen: (connections, url, measure) => whileOpen(core, connections, url, measure),
  };
}

async function whileOpen<T>(
  core: number,
  open: OpenConnections,
  url: string,
  measure: () => Promise<T>,
): Promise<T> {
  const rest = open.kind === 'slow' ? [String(open.bytesPerSecond)] : [];
  const args = [script('connections.ts'), open.kind, url, String(open.count), ...rest];
  const child = spawn('taskset', ['-c', String(core), process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  try {
    await Promise.race([
      new Promise((resolve) => child.stdout.once('data', resolve)),
      gone.then(() => Promise.reject(new Error(`the ${open.kind} connections ended early`))),
    ]);
    return await measure();
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}
