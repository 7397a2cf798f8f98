import { readFile } from 'node:fs/promises';
import type { Effects } from '../../base/effects.ts';
import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { type WatchFolder, watchFolderOf } from '../../base/watch-folder.ts';

import { digestOf } from '../inputs/config-source.ts';

export interface FileWatchOptions {
  readonly path: string;
  readonly effects: Pick<Effects, 'setTimer'>;
  /** Of the content that is known ({@link digestOf}); empty: the file could not be read. */
  readonly known: () => string;
  /** The file has another content than the known one, with this digest, or has disappeared. */
  readonly onChange: (digest: string) => void;
  readonly read?: (path: string) => Promise<Buffer>;
  readonly watchFolder?: WatchFolder;
}

export interface FileWatch {
  close(): void;
}

/** Editors and `kubectl` write in several steps: the file is read when nothing has moved for this long. */
const SETTLE: Milliseconds = milliseconds(200);
/** Some mounts tell nothing of changes. */
const POLL: Milliseconds = seconds(30);

/**
 * Notices when a file has another content. Its folder is watched, as a watch on the file would miss that it is replaced, or that Kubernetes
 * swaps the symlink `..data` beside it; and it is looked at again without any sign of a change.
 */
export const watchFile = ({
  path,
  effects,
  known,
  onChange,
  read = (it) => readFile(it),
  watchFolder = watchFolderOf,
}: FileWatchOptions): FileWatch => {
  let closed = false;
  let cancelTimer = () => {};

  const plan = (delay: Milliseconds): void => {
    cancelTimer();
    if (!closed) cancelTimer = effects.setTimer(delay, () => void look());
  };
  const look = async (): Promise<void> => {
    const content = await read(path).catch(() => undefined);
    if (closed) return;
    plan(POLL);
    const digest = content === undefined ? '' : digestOf(content);
    if (digest !== known()) onChange(digest);
  };

  const unwatch = watchFolder(path, () => plan(SETTLE));
  void look();
  return {
    close: () => {
      closed = true;
      cancelTimer();
      unwatch();
    },
  };
};
