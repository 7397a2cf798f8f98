import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Loaded before the program: the state folder is on a disk that is full (`BROKEN_DISK=ENOSPC`: files can be made, not written, as on most file
 * systems) or read-only (`EROFS`). A real one needs a mount, and so root.
 */
const trouble = process.env['BROKEN_DISK'] ?? '';
const { open } = fs;

const failure = () => Object.assign(new Error(`${trouble}: broken on purpose`), { code: trouble });

fs.open = async (path, flags, mode) => {
  const forWriting = String(path).endsWith('.tmp');
  if (forWriting && trouble === 'EROFS') throw failure();
  const handle = await open(path, flags, mode);
  if (forWriting) {
    handle.writeFile = async () => {
      throw failure();
    };
  }
  return handle;
};
syncBuiltinESMExports();
