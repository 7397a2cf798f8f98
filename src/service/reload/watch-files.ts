import { watch } from 'node:fs';
import { dirname } from 'node:path';
import type { CancelTimer, Effects } from '../../base/effects.ts';
import { type FileDigests, FileReader, type ReadFile } from '../../base/read-files.ts';
import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';

/** Calls back when anything in a folder changes. @returns what ends it */
export type WatchFolder = (folder: string, onChange: () => void) => () => void;

export interface FileWatchOptions {
  readonly effects: Pick<Effects, 'setTimer'>;
  /** The files to watch, with what is known of each. */
  readonly known: () => FileDigests;
  /** Some file holds something else than what is known. The next look waits until this resolves. */
  readonly onChange: () => Promise<void>;
  readonly read?: ReadFile;
  readonly watchFolder?: WatchFolder;
}

/** Editors, `kubectl` and certbot write in several steps: a change counts when two looks so far apart see the same. */
const SETTLE: Milliseconds = milliseconds(300);
/** A file that never rests does not keep the others from being taken up. */
const MOST_LOOKS = 20;
/** Some mounts tell nothing of changes. */
const POLL: Milliseconds = seconds(30);

/**
 * Notices when files hold something else than what is known of them. Events of their folders only bring the next look
 * forward: what counts is the content, so that a busy neighbour neither hides a change nor passes for one.
 * @returns what ends the watch
 */
export const watchFiles = (options: FileWatchOptions): (() => void) => {
  const { effects, known, onChange, read, watchFolder = watchFolderOf } = options;
  const folders = new Map<string, () => void>();
  let closed = false;
  let stirred = false;
  let wake = (): void => {};
  let cancelTimer: CancelTimer = () => {};

  const sleep = (delay: Milliseconds, onWake: (resolve: () => void) => void = () => {}): Promise<void> =>
    new Promise((resolve) => {
      cancelTimer = effects.setTimer(delay, resolve);
      onWake(resolve);
    });
  const untilStirred = async (): Promise<void> => {
    if (!stirred) {
      await sleep(POLL, (resolve) => {
        wake = resolve;
      });
    }
    cancelTimer();
  };
  const stir = (): void => {
    stirred = true;
    wake();
  };
  const follow = (paths: Iterable<string>): void => {
    const wanted = new Set([...paths].map((path) => dirname(path)));
    for (const [folder, unwatch] of folders) {
      if (wanted.has(folder)) continue;
      unwatch();
      folders.delete(folder);
    }
    for (const folder of wanted) if (!folders.has(folder)) folders.set(folder, watchFolder(folder, stir));
  };
  const look = async (): Promise<FileDigests> => {
    const reader = new FileReader(read);
    await Promise.all(Array.from(known().keys(), (path) => reader.read(path).catch(() => {})));
    return reader.digests;
  };

  const run = async (): Promise<void> => {
    let last: FileDigests | undefined;
    let looks = 0;
    while (!closed) {
      follow(known().keys());
      stirred = false;
      const seen = await look();
      if (closed) return;
      const isNews = !isSame(seen, known());
      looks = isNews ? looks + 1 : 0;
      const isSettled = isNews && ((last !== undefined && isSame(seen, last)) || looks >= MOST_LOOKS);
      if (isSettled) looks = 0;
      last = isNews && !isSettled ? seen : undefined;
      if (isSettled) await onChange();
      if (last === undefined) await untilStirred();
      if (last !== undefined || stirred) await sleep(SETTLE);
    }
  };

  void run();
  return () => {
    closed = true;
    cancelTimer();
    for (const unwatch of folders.values()) unwatch();
  };
};

const isSame = (one: FileDigests, other: FileDigests): boolean =>
  one.size === other.size && [...one].every(([path, digest]) => other.get(path) === digest);

/**
 * Watches the folder, not the file: editors replace files, and Kubernetes swaps the symlink `..data` beside them. A
 * folder that cannot be watched is left to the poll.
 */
const watchFolderOf: WatchFolder = (folder, onChange) => {
  try {
    const watcher = watch(folder, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
};
