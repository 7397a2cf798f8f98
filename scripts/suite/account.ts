import type { ProcessResult } from './run-process.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What is printed when a process has ended: a line, and all that a person needs to mend it where it failed. */
export function processAccount({ process: { name }, end, tests, output, ms }: ProcessResult): string {
  if (end === 'passed') return `✔ ${name}: ${tests.length} tests, ${seconds(ms)}\n`;
  const failures = output.split('✖ failing tests:')[1] ?? output.slice(-20_000);
  const last = tests.at(-1)?.name;
  const why =
    end === 'failed' ? '' : `\n  ended by force; the last test that came to its end: ${last ?? 'none'}`;
  return `✖ ${name}: ${end} after ${seconds(ms)}${why}\n${failures}\n`;
}

/** The figures of a whole run, with the tests that took longest and those that were not run. */
export function summary(results: readonly ProcessResult[], ms: number): string {
  const tests = results.flatMap(({ process, tests }) =>
    tests.map((test) => ({ ...test, file: process.name })),
  );
  const count = (outcome: string) => tests.filter((test) => test.outcome === outcome).length;
  const slowest = tests.toSorted((a, b) => b.ms - a.ms).slice(0, 10);
  const bad = results.filter(({ end }) => end !== 'passed');
  return [
    'slowest:',
    ...slowest.map(({ name, file, ms: took }) => `  ${seconds(took).padStart(7)}  ${file}: ${name}`),
    ...tests
      .filter(({ outcome }) => outcome === 'skipped')
      .map(({ file, name, reason }) => `skipped: ${file}: ${name} ${reason}`),
    ...bad.map(({ process: { name }, end }) => `✖ ${name}: ${end}`),
    `ℹ tests ${tests.length}`,
    `ℹ pass ${count('passed')}`,
    `ℹ fail ${Math.max(count('failed'), bad.length)}`,
    `ℹ duration_ms ${Math.round(ms)}`,
    `${count('passed')} passed, ${Math.max(count('failed'), bad.length)} failed, ${count('skipped')} skipped`,
    '',
  ].join('\n');
}
