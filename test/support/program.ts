import { fileURLToPath } from 'node:url';

/** The program's entry: as it ships where `npm test` has built it, its sources where a single test is run. */
export const PROGRAM =
  process.env['PROGRAM_UNDER_TEST'] ?? fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** What a run of the suite that notes secrets and outputs needs in each process (scripts/canary.ts). */
export const OBSERVED: Readonly<Record<string, string | undefined>> =
  process.env['CANARY_FOLDER'] === undefined
    ? {}
    : { CANARY_FOLDER: process.env['CANARY_FOLDER'], NODE_OPTIONS: process.env['NODE_OPTIONS'] };

/** Half of what a start costs is compiling the code, and taking types out of sources; Node keeps what came of it here. */
export const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));
