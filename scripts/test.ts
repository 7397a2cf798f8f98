import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildProgram } from './build/program.ts';

/**
 * `npm test`: builds the program as it ships, so that the tests that start it in processes of their own start that (and need half the time), and runs
 * all tests. A single file runs with `node --test FILE`, and starts the program from its sources.
 */

const root = join(import.meta.dirname, '..');
const folder = join(root, 'artifacts/program');

rmSync(folder, { recursive: true, force: true });
await buildProgram(root, join(folder, 'dist'));
cpSync(join(root, 'package.json'), join(folder, 'package.json'));

/**
 * Folders whose tests start processes, browsers or whole proxies: each file has a process of its own. Elsewhere the files of a folder share one, as
 * starting Node.js and loading the program for each takes longer than most of the tests.
 */
const ONE_BY_ONE = new Set(['test', 'test/admin', 'test/console', 'test/deploy', 'test/e2e']);

/** One file for each process, which imports the tests. Node.js starts them by their names: first those that wait the most. */
const processes = (): string[] => {
  const lists = join(root, 'artifacts/tests');
  rmSync(lists, { recursive: true, force: true });
  mkdirSync(lists, { recursive: true });
  const files = globSync('test/**/*.test.ts', { cwd: root }).sort();
  const byProcess = Map.groupBy(files, (file) => {
    const name = ONE_BY_ONE.has(dirname(file)) ? file.replace('.test.ts', '') : dirname(file);
    return `${name.startsWith('test/e2e') || name === 'test/security' || name === 'test/dcr' ? 1 : 2}-${name.replaceAll('/', '-')}.test.ts`;
  });
  return Array.from(byProcess, ([name, tests]) => {
    writeFileSync(join(lists, name), tests.map((test) => `import '../../${test}';\n`).join(''));
    return `artifacts/tests/${name}`;
  });
};

const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=6',
    '--test-timeout=120000',
    ...(process.argv.length > 2 ? process.argv.slice(2) : processes()),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
      PROGRAM_UNDER_TEST: join(folder, 'dist/main.js'),
    },
  },
);
process.exitCode = status ?? 1;
