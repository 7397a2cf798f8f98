import { errorCode } from '../../base/error-code.ts';
import { isSecret, keyword, type Setting, twinOf } from '../settings/settings.ts';
import type { Given } from './given.ts';
import type { ConfigMistake } from './mistake.ts';
import { printable } from './mistake.ts';

/** Reads a text file; rejects with Node's error (`code` such as `ENOENT`). */
export type ReadFile = (path: string) => Promise<string>;

/**
 * Fetches secrets from the files that their twins name (`…File`, kind `secretFile`), without the newline that editors
 * and Kubernetes secrets end with. The statement's file is not among them: it is watched, so whoever watches it reads
 * it.
 */
export async function readSecretFiles(
  settings: readonly Setting[],
  given: ReadonlyMap<string, Given>,
  readFile: ReadFile,
): Promise<{ secrets: Map<string, Given>; mistakes: ConfigMistake[] }> {
  const secrets = new Map<string, Given>();
  const mistakes: ConfigMistake[] = [];
  const twins = new Set(
    settings.filter(({ schema }) => keyword(schema, 'kind') === 'secretFile').map(({ key }) => key),
  );
  for (const { key, schema } of settings) {
    const twin = given.get(twinOf(key));
    if (!isSecret(schema) || !twins.has(twinOf(key)) || typeof twin?.value !== 'string') continue;
    // A file written out in full, as config/default.yaml is, says that there is none.
    if (twin.value === '') continue;
    if ((given.get(key)?.value ?? '') !== '') {
      mistakes.push({
        key,
        source: twin.source,
        expected: `expected either this or ${twinOf(key)}, not both`,
      });
      continue;
    }
    try {
      const text = await readFile(twin.value);
      secrets.set(key, { value: text.replace(/\r?\n$/, ''), source: twin.source });
    } catch (error) {
      mistakes.push({
        key: twinOf(key),
        source: twin.source,
        given: printable(twin.value),
        expected: `expected a file that can be read (${errorCode(error) ?? 'unreadable'})`,
      });
    }
  }
  return { secrets, mistakes };
}
