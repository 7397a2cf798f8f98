import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const shipped = process.env['PROGRAM_UNDER_TEST'];
// `npm test` builds it while the first tests run.
while (shipped !== undefined && !existsSync(shipped)) await delay(50);

/** The program's entry: as it ships under `npm test`, its sources where a single test is run. */
export const PROGRAM = shipped ?? fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** What a run of the suite that notes secrets and outputs needs in each process (scripts/canary.ts). */
export const OBSERVED: Readonly<Record<string, string | undefined>> =
  process.env['CANARY_FOLDER'] === undefined
    ? {}
    : { CANARY_FOLDER: process.env['CANARY_FOLDER'], NODE_OPTIONS: process.env['NODE_OPTIONS'] };

/** Half of what a start costs is compiling the code, and taking types out of sources; Node keeps what came of it here. */
export const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));
