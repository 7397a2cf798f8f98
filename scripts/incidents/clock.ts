import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A minute of an incident takes a second: libfaketime runs the clocks and timers of all that is recorded. */
export const SPEED = 60;
const LIBRARY = process.env['LIBFAKETIME'] ?? '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

/** Runs the calling script once more, in fast time, unless it already does. Returns only then. */
export function runInFastTime(): void {
  if (process.env['FAKETIME'] !== undefined) return;
  if (!existsSync(LIBRARY)) {
    process.stderr.write(`${LIBRARY} is missing (apt-get install faketime)\n`);
    process.exit(2);
  }
  const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    // Every process that this one starts inherits library and clock.
    env: { ...process.env, LD_PRELOAD: LIBRARY, FAKETIME: `+0 x${SPEED}` },
  });
  process.exit(status ?? 1);
}

/** Resolves after so many minutes of the incident. */
export const minutes = (count: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, count * 60_000));
