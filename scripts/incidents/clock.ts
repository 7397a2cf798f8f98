import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A minute of an incident takes a second: libfaketime runs the clocks and timers of all that is recorded. */
export const SPEED = 60;
const LIBRARY = process.env['LIBFAKETIME'] ?? '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

/**
 * Runs the calling script once more for each of these speeds, in fast time, unless it already does.
 * @returns only then: how fast it goes
 */
export function runInFastTime(speeds: ReadonlySet<number>): number {
  const speed = process.env['FAKETIME']?.split('x')[1];
  if (speed !== undefined) return Number(speed);
  if (!existsSync(LIBRARY)) {
    process.stderr.write(`${LIBRARY} is missing (apt-get install faketime)\n`);
    process.exit(2);
  }
  for (const speed of speeds) {
    const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: 'inherit',
      // Every process that this one starts inherits library and clock.
      env: { ...process.env, LD_PRELOAD: LIBRARY, FAKETIME: `+0 x${speed}` },
    });
    if (status !== 0) process.exit(status ?? 1);
  }
  process.exit(0);
}

/** Resolves after so many minutes of the incident. */
export const minutes = (count: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, count * 60_000));
