import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GUARDS, type Guard } from './mutation-check/guards.ts';

/**
 * Takes each guard away, one at a time, in a copy of the repository, and runs the tests that should notice:
 *
 *     node scripts/mutation-check.ts [PART OF A NAME]
 *
 * Prints a line a guard; exits 1 if one could go unnoticed, or if a guard is not where it was.
 */
const root = new URL('..', import.meta.url).pathname;
const wanted = process.argv[2] ?? '';

const passes = (copy: string, tests: readonly string[]): boolean =>
  spawnSync(process.execPath, ['--test', '--test-timeout=110000', ...tests], {
    cwd: copy,
    stdio: 'ignore',
    timeout: 120_000,
    // A simulation has to notice within so many.
    env: { ...process.env, SCENARIOS: '1000' },
  }).status === 0;

const check = (copy: string, { name, file, from, to, tests }: Guard): boolean => {
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) {
    console.log(`NOT FOUND ONCE  ${name}  (${file})`);
    return false;
  }
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  const noticed = !passes(copy, tests);
  writeFileSync(path, source);
  console.log(`${noticed ? 'noticed ' : 'UNNOTICED'}  ${name}  (${file})`);
  return noticed;
};

const copy = mkdtempSync(join(tmpdir(), 'cmu-proxy-mutation-'));
for (const folder of ['src', 'test', 'config', 'package.json', 'README.md']) {
  cpSync(join(root, folder), join(copy, folder), { recursive: true });
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
const guards = GUARDS.filter(({ name }) => name.includes(wanted));
const isSound = passes(copy, [...new Set(guards.flatMap(({ tests }) => tests))]);
if (!isSound) console.log('The tests do not pass as it is: nothing can be told.');
const results = isSound ? guards.map((guard) => check(copy, guard)) : [];
rmSync(copy, { recursive: true });
console.log(`${results.filter(Boolean).length} of ${results.length} guards would be missed`);
process.exitCode = isSound && results.every(Boolean) ? 0 : 1;
