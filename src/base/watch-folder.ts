import { watch } from 'node:fs';
import { dirname } from 'node:path';

/** Calls back when something in the folder of `path` changes; gives a function that ends it. Fails silently: polling is the fall-back. */
export type WatchFolder = (path: string, onChange: () => void) => () => void;

/**
 * The real one. It watches the folder, not the file: editors replace files, and Kubernetes swaps the symlink `..data` beside
 * them, both of which a watch on the file would miss.
 */
export const watchFolderOf: WatchFolder = (path, onChange) => {
  try {
    const watcher = watch(dirname(path), { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    // No inotify instance left, or no such folder yet: the slow poll sees the change too, only later.
    return () => {};
  }
};
