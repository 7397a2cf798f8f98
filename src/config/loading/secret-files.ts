import { errorCode } from '../../base/error-code.ts';
import { keyword, type Setting, TWIN } from '../settings/settings.ts';
import type { GivenConfig } from './given.ts';
import { printable } from './mistake.ts';

/** Reads a text file; rejects with Node's error (`code` such as `ENOENT`). */
export type ReadFile = (path: string) => Promise<string>;

/**
 * Puts secrets in from the files that their twins name (`…File`, kind `secretFile`), without the newline that editors
 * and Kubernetes secrets end with. The statement's file is not among them: it is watched, so whoever watches it reads
 * it.
 */
export async function readSecretFiles(
  settings: readonly Setting[],
  given: GivenConfig,
  readFile: ReadFile,
): Promise<void> {
  for (const { key: fileKey, schema } of settings) {
    const path = keyword(schema, 'kind') === 'secretFile' ? given.valueAt(fileKey) : undefined;
    // A file written out in full, as config/default.yaml is, says that there is none.
    if (typeof path !== 'string' || path === '') continue;
    const key = fileKey.slice(0, -TWIN.length);
    if ((given.valueAt(key) ?? '') !== '') {
      given.wrong(key, { expected: `expected either this or ${fileKey}, not both` });
      continue;
    }
    try {
      const value = (await readFile(path)).replace(/\r?\n$/, '');
      given.put(key, { value, source: given.sourceOf(fileKey) });
    } catch (error) {
      const expected = `expected a file that can be read (${errorCode(error) ?? 'unreadable'})`;
      given.wrong(fileKey, { given: printable(path), expected });
    }
  }
}
