import type { Writable } from 'node:stream';
import sonicBoom from 'sonic-boom';
import { errorCode } from '../base/error-code.ts';

export interface LogOutput {
  /** Takes whole lines, each with its line end. */
  write(lines: string): void;
  /** Lines that found no room because the reader stalled, since the start. */
  dropped(): number;
  /** Writes what waits at once, for the exit of the process, and takes no more. */
  end(): void;
  /** Waits until what there is has been written, but not for a reader that stalls, and takes no more. */
  close(): Promise<void>;
}

/** Lines wait for each other for so long, or until there are so many: handing a piece to the kernel has its price. */
const FLUSH_AFTER_MS = 25;
const FLUSH_AT_CHARACTERS = 65_536;
/** What is held for a reader that stalls; lines past it are dropped rather than memory filled. */
const MOST_HELD_BYTES = 8 * 1024 * 1024;
/** A stopping process waits no longer than this for the reader; pino's destination tries again every 100 ms. */
const LONGEST_FAREWELL_MS = 1000;
const LAST_TRIES = 10;

/**
 * To a file descriptor, through pino's destination (sonic-boom): nobody waits for the reader. Made here and not by
 * `pino.destination`, which at the exit of the process waits for a reader that stalls, without a bound.
 * @param finish applied to what is written, last of all
 * @param notice the line that tells how many were dropped
 */
export const fileOutput = (
  fd: number,
  finish: (lines: string) => string,
  notice: (dropped: number) => string,
  mostHeldBytes = MOST_HELD_BYTES,
): LogOutput => {
  let [waiting, dropped, told, lastTries] = ['', 0, 0, 0];
  let [isTimed, isLast, closed] = [false, false, false];
  const retryEAGAIN = (): boolean => !isLast || lastTries++ < LAST_TRIES;
  const file = new sonicBoom.SonicBoom({
    fd,
    sync: false,
    minLength: 1,
    maxLength: mostHeldBytes,
    maxWrite: FLUSH_AT_CHARACTERS,
    retryEAGAIN,
  });
  file.on('drop', (lines: string) => {
    dropped += lines.split('\n').length - 1;
  });
  // What could not be written is tried again with what comes next: a full disk may have room again.
  file.on('error', (error) => {
    if (errorCode(error) === 'EPIPE') closed = true;
  });
  file.on('drain', () => {
    if (dropped === told || closed) return;
    const news = dropped - told;
    told = dropped;
    file.write(notice(news));
  });
  const flush = (): void => {
    if (waiting === '' || closed) return;
    const lines = finish(waiting);
    waiting = '';
    file.write(lines);
  };
  return {
    write: (lines) => {
      if (closed) return;
      waiting += lines;
      if (waiting.length >= FLUSH_AT_CHARACTERS) flush();
      if (isTimed) return;
      isTimed = true;
      setTimeout(() => {
        isTimed = false;
        flush();
      }, FLUSH_AFTER_MS).unref();
    },
    dropped: () => dropped,
    end: () => {
      if (closed) return;
      [isLast, closed] = [true, true];
      try {
        file.flushSync();
        // At once: what `file` is given it leaves to another thread, which the end of the process may not wait for.
        const atOnce = new sonicBoom.SonicBoom({
          fd,
          sync: true,
          maxWrite: FLUSH_AT_CHARACTERS,
          retryEAGAIN,
        });
        atOnce.on('error', () => {});
        if (waiting !== '') atOnce.write(finish(waiting));
      } catch {
        // The reader stalls or has left: there is nobody to tell.
      }
      file.destroy();
    },
    close: async () => {
      if (closed) return;
      flush();
      closed = true;
      const { promise, resolve } = Promise.withResolvers<void>();
      const late = setTimeout(resolve, LONGEST_FAREWELL_MS);
      file.flush(() => resolve());
      await promise;
      clearTimeout(late);
      isLast = true;
      file.destroy();
    },
  };
};

export const streamOutput = (destination: Writable, finish: (lines: string) => string): LogOutput => ({
  write: (lines) => {
    if (destination.writable) destination.write(finish(lines));
  },
  dropped: () => 0,
  end: () => {},
  close: async () => {
    if (destination.writable) await new Promise((resolve) => destination.write('', resolve));
  },
});
