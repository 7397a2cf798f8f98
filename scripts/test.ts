import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=4',
    '--test-timeout=120000',
    ...(process.argv.length > 2 ? process.argv.slice(2) : ['test/**/*.test.ts']),
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
