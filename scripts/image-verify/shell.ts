import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What a finished program left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and returns what it said, whatever its exit code. Rejects only when it cannot be started. */
export async function capture(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Finished> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: typeof code === 'number' ? code : 128, stdout, stderr };
}

/** Runs a program that has to succeed and returns its standard output without the last line's end. */
export async function run(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await capture(program, args, options);
  if (code === 0) return stdout.trimEnd();
  const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-25).join('\n');
  throw new Error(`${[program, ...args.slice(0, 4)].join(' ')} … ended with ${code}:\n${said}`);
}

/** Says whether a program can be found on the PATH. */
export async function isInstalled(program: string): Promise<boolean> {
  return (await capture('sh', ['-c', 'command -v "$1"', 'sh', program])).code === 0;
}
