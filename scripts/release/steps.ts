import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Step {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; the repository unless told otherwise. */
  readonly cwd?: string;
}

interface Done {
  readonly name: string;
  readonly code: number;
  readonly seconds: number;
}

/** Runs steps one after the other, all of them, and prints a table at the end. Resolves with whether all succeeded. */
export async function runSteps(steps: readonly Step[], root: string): Promise<boolean> {
  const done: Done[] = [];
  for (const step of steps) {
    process.stdout.write(`\n── ${step.name}: ${step.command.join(' ')}\n`);
    const startedAt = performance.now();
    const code = await runStep(step, root);
    done.push({ name: step.name, code, seconds: (performance.now() - startedAt) / 1000 });
  }
  process.stdout.write(`\n${table(done)}`);
  return done.every(({ code }) => code === 0);
}

async function runStep({ command: [program, ...args], env, cwd }: Step, root: string): Promise<number> {
  const child = spawn(program, args, { cwd: cwd ?? root, env: { ...process.env, ...env }, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

/** Markdown, to be pasted into a release's issue; and a last line that machines count. */
export function table(done: readonly Done[]): string {
  const width = Math.max(4, ...done.map(({ name }) => name.length));
  const row = (name: string, outcome: string, time: string) =>
    `| ${name.padEnd(width)} | ${outcome.padEnd(10)} | ${time.padStart(8)} |\n`;
  const failed = done.filter(({ code }) => code !== 0).length;
  return [
    row('step', 'outcome', 'time'),
    row('-'.repeat(width), '-'.repeat(10), `${'-'.repeat(7)}:`),
    ...done.map(({ name, code, seconds }) =>
      row(name, code === 0 ? 'ok' : `exit ${code}`, `${seconds.toFixed(1)} s`),
    ),
    `\n${done.length - failed} passed, ${failed} failed\n`,
  ].join('');
}
