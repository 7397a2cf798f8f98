import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import { type CancelTimer, type Effects, repeatedly } from '../base/effects.ts';
import { errorCode } from '../base/error-code.ts';
import { type Milliseconds, seconds } from '../base/units.ts';
import type { Log } from '../log/log.ts';

const LOOK_EVERY: Milliseconds = seconds(1);
const EXHAUSTED: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);

/**
 * Logs when the process has no file descriptor left, and when it has again: meanwhile Node closes new connections
 * without a word to anybody. @param probe takes a descriptor and gives it back
 */
export const watchFileDescriptors = (
  effects: Pick<Effects, 'setTimer'>,
  log: Pick<Log, 'info' | 'error'>,
  probe: () => Promise<void> = takeOne,
): CancelTimer => {
  let exhausted = false;
  return repeatedly(effects, LOOK_EVERY, async (isOver) => {
    const code = await probe().then(() => undefined, errorCode);
    if (isOver()) return;
    if (EXHAUSTED.has(code) && !exhausted) log.error('file-descriptors.exhausted', { code, advice: ADVICE });
    if (!EXHAUSTED.has(code) && exhausted) log.info('file-descriptors.left');
    exhausted = EXHAUSTED.has(code);
  });
};

const ADVICE =
  'New connections are closed at once. Raise the limit of open files (`ulimit -n`), or lower `listen.maxConnections`.';

const takeOne = async (): Promise<void> => {
  await (await open(devNull)).close();
};
