import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A `cmu-proxy` in a process of its own. */
export interface Program extends AsyncDisposable {
  readonly exited: Promise<number | null>;
  output(): string;
  /** Resolves with the first match in its output. @throws {Error} when it ends, or half a minute has passed, without one */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

const PATIENCE_MS = 30_000;

/** Starts a program that is, or becomes, cmu-proxy. */
export function startProgram(
  [program, ...args]: readonly [program: string, ...args: string[]],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Program {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const exited = once(child, 'close').then(([code]): number | null => code);
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      child.emit('output');
    });
  }
  return {
    exited,
    output: () => output,
    stop: () => stop('SIGTERM'),
    async waitFor(pattern) {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      for (;;) {
        const match = pattern.exec(output);
        if (match !== null) return match;
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${args.join(' ')} ended without ${pattern}: ${output}`);
        await Promise.race([once(child, 'output', { signal }), exited]);
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await stop('SIGKILL');
    },
  };
}
