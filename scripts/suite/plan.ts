import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What one process tests. */
export interface TestProcess {
  readonly name: string;
  /** The module that it runs, relative to the repository. */
  readonly entry: string;
}

/**
 * Folders whose tests start processes, browsers or whole proxies: each file has a process of its own. Elsewhere the files
 * of a folder share one: to start Node.js and load the program takes longer than most of the tests.
 */
const ONE_BY_ONE = new Set([
  ...['test', 'test/admin', 'test/console', 'test/deploy', 'test/e2e', 'test/security'],
  ...['test/oauth/fleet', 'test/oauth/token', 'test/redis'],
]);

/** These take longest; started last, they would be waited for alone. */
const FIRST = ['test/console/browser', 'test/e2e/', 'test/oauth/', 'test/redis', 'test/security'];

/** Tests of the public listener run a second time without the accelerator: nothing may depend on who reads. */
const WITH_BOTH_READERS =
  /^test\/(?:accelerator\/connection|proxy\/[^/]*|proxy\/listener\/.*|proxy\/answer\/.*|security\/(?:header|hop|request|slow|unusual|upstream-answers).*)\.test\.ts$/;

/** All tests of the repository, as processes, in the order in which they are to start. */
export function planProcesses(root: string): TestProcess[] {
  const lists = join(root, 'artifacts/tests');
  rmSync(lists, { recursive: true, force: true });
  mkdirSync(lists, { recursive: true });
  const files = globSync('test/**/*.test.ts', { cwd: root }).sort();
  const byProcess = Map.groupBy(files, (file) =>
    ONE_BY_ONE.has(dirname(file)) ? file.replace('.test.ts', '') : dirname(file),
  );
  const rank = (name: string) => {
    const place = FIRST.findIndex((start) => name.startsWith(start));
    return place < 0 ? FIRST.length : place;
  };
  const plan = (name: string, imported: readonly string[]): TestProcess => {
    const entry = `artifacts/tests/${name.replaceAll(/[/ ]/g, '-')}.test.ts`;
    writeFileSync(join(root, entry), imported.map((path) => `import '../../${path}';\n`).join(''));
    return { name, entry };
  };
  const again = files.filter((file) => WITH_BOTH_READERS.test(file));
  return [
    ...Array.from(byProcess, ([name, tests]) => plan(name, tests)),
    plan('test/security without the accelerator', ['test/support/without-accelerator.ts', ...again]),
  ].sort((a, b) => rank(a.name) - rank(b.name));
}
