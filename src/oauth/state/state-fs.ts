import type { EpochMs } from '../../base/units.ts';

/** A file being written. */
export interface NewFile {
  write(text: string): Promise<void>;
  /** Data and size reach the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The steps of the file system that the file store takes, each of which may fail, tear, or be the last one before a
 * crash: narrow, so that a simulated disk can stand in. Errors carry Node's `code` (`ENOENT`, `ENOSPC`, …).
 */
export interface StateFs {
  /** Makes the folder and its parents where they lack, with mode 0700. */
  makeFolder(path: string): Promise<void>;
  /** Opens a file that must not exist yet, with mode 0600. */
  create(path: string): Promise<NewFile>;
  /**
   * The content of a regular file of at most `maxBytes`. The last component of the path is not followed if it is a
   * symlink.
   * @throws with code `ELOOP` for a symlink, `EISDIR` for a folder, `ENOTSUP` for another non-file, `EFBIG` if larger.
   */
  read(path: string, maxBytes: number): Promise<string>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Names in a folder reach the disk: without it, a rename may be forgotten by a crash. */
  syncFolder(path: string): Promise<void>;
  list(path: string): Promise<readonly string[]>;
  modifiedAt(path: string): Promise<EpochMs>;
}
