import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What one process tests. */
export interface TestProcess {
  readonly name: string;
  /** The module that it runs, relative to the repository. */
  readonly entry: string;
}

/**
 * To start Node.js and load the program takes longer than most of the tests, so the files of a folder and of those
 * below it share a process. These have one of their own: they compute or wait long enough.
 */
const APART = ['console/browser', 'oauth/fleet', 'oauth/token', 'proxy/listener'].map(
  (name) => `test/${name}`,
);

/** Of these, whose tests start processes or whole proxies and wait for them, only so many files share one. */
const AT_MOST: Readonly<Record<string, number>> = { 'test/deploy': 6, 'test/e2e': 4, 'test/security': 8 };

/** These take longest; started last, they would be waited for alone. */
const FIRST = [
  'e2e',
  'cli',
  'console/browser',
  'deploy',
  'security',
  'oauth',
  'redis',
  'upstream',
  'proxy',
].map((name) => `test/${name}`);

/**
 * Tests of the public listener run a second time without the accelerator: nothing may depend on who reads. Two have
 * both readers in their tables.
 */
const WITH_BOTH_READERS =
  /^test\/(?:accelerator\/connection|proxy\/[^/]*|proxy\/listener\/(?!behind|write).*|proxy\/answer\/.*|security\/(?:header|hop|request|slow|unusual).*)\.test\.ts$/;

/** All tests of the repository, as processes, in the order in which they are to start. */
export function planProcesses(root: string): TestProcess[] {
  const lists = join(root, 'artifacts/tests');
  rmSync(lists, { recursive: true, force: true });
  mkdirSync(lists, { recursive: true });
  const files = globSync('test/**/*.test.ts', { cwd: root }).sort();
  const byProcess = Array.from(Map.groupBy(files, folderOf)).flatMap(([folder, tests]) =>
    inPieces(tests, AT_MOST[folder] ?? tests.length).map((piece): [string, string[]] => [
      piece.length === tests.length ? folder : nameOf(piece),
      piece,
    ]),
  );
  const rank = (name: string) => {
    const place = FIRST.findIndex((start) => name.startsWith(start));
    return place < 0 ? FIRST.length : place;
  };
  const plan = (name: string, imported: readonly string[]): TestProcess => {
    const entry = `artifacts/tests/${name.replaceAll(/[/, ]+/g, '-')}.test.ts`;
    writeFileSync(join(root, entry), imported.map((path) => `import '../../${path}';\n`).join(''));
    return { name, entry };
  };
  const again = files.filter((file) => WITH_BOTH_READERS.test(file));
  return [
    ...byProcess.map(([name, tests]) => plan(name, tests)),
    plan('test/security without the accelerator', ['test/support/without-accelerator.ts', ...again]),
  ].sort((a, b) => rank(a.name) - rank(b.name));
}

/** The folder whose tests share a process with those of this file. */
const folderOf = (file: string): string => {
  const folder = dirname(file);
  return APART.includes(folder) ? folder : folder.split('/', 2).join('/');
};

const inPieces = (files: readonly string[], most: number): string[][] =>
  Array.from({ length: Math.ceil(files.length / most) }, (_, i) => files.slice(i * most, (i + 1) * most));

/** `test/security/bombs, fuzz`. */
const nameOf = ([first = '', ...more]: readonly string[]): string =>
  [first, ...more.map((file) => basename(file))].map((file) => file.replace('.test.ts', '')).join(', ');
