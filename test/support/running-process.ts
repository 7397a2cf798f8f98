import { type ChildProcess, spawn } from 'node:child_process';
import { COMPILED, OBSERVED, PROGRAM } from './program.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A `cmu-proxy` in a process of its own. */
export interface RunningProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** All of standard output and standard error so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Resolves with the first match in standard output; rejects when the process ends without one. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): Promise<Exit>;
}

export interface ProcessOptions {
  /** Environment: nothing is inherited but `PATH` and `HOME`. Names without `CMU_PROXY_`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** A module to load first, such as one that breaks something. */
  readonly preload?: string;
  /** The program's entry, if it is another. */
  readonly program?: string;
}

export const runCommand = (
  args: readonly string[],
  { settings = {}, env = {}, preload, program = PROGRAM }: ProcessOptions = {},
): RunningProcess => {
  const nodeOptions = preload === undefined ? [] : ['--import', preload];
  const child = spawn(process.execPath, [...nodeOptions, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      NODE_COMPILE_CACHE: COMPILED,
      ...OBSERVED,
      ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`CMU_PROXY_${name}`, value])),
      ...env,
    },
  });
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  const collect = (name: 'stdout' | 'stderr') => {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const watcher of watchers) watcher();
    });
  };
  collect('stdout');
  collect('stderr');
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const kill = (signal: NodeJS.Signals): Promise<Exit> => {
    child.kill(signal);
    return exited;
  };
  return {
    child,
    output,
    exited,
    kill,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output.stdout);
          if (match === null) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        look();
        void exited.then(() =>
          reject(new Error(`ended before ${pattern}: ${output.stdout}${output.stderr}`)),
        );
      }),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await kill('SIGKILL');
    },
  };
};

/** The JSON lines of an output. */
export const logLines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line));

/** A `serve` that is ready to be called. */
export interface RunningServe extends RunningProcess {
  readonly url: string;
  readonly adminUrl: string;
}

/** Starts `serve` and waits for its `started` line. */
export const runServe = async (options: ProcessOptions): Promise<RunningServe> => {
  const process = runCommand(['serve'], options);
  const [line] = await process.waitFor(/^\{.*"event":"started".*\}$/m);
  const { url, admin } = JSON.parse(line);
  return Object.assign(process, { url: String(url), adminUrl: String(admin) });
};
