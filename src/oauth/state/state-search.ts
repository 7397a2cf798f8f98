import { join } from 'node:path';
import { type StateBinding, type StoredState, sameBinding } from './credential-store.ts';
import type { StateCodec } from './state-codec.ts';
import type { StateFs } from './state-fs.ts';
import { readStoredForm } from './stored-form.ts';

/** Where a state was found, and what it is. */
export interface FoundState {
  readonly path: string;
  readonly state: StoredState;
}

/**
 * Looks through a folder for state with this binding, under whatever name: that of a client that has been called
 * otherwise, or that was set aside because another client had its name for a while. What cannot be read is passed
 * over: nobody needs it here.
 */
export async function findState(
  folder: string,
  binding: StateBinding,
  { fs, codec, maxBytes }: { readonly fs: StateFs; readonly codec: StateCodec; readonly maxBytes: number },
): Promise<FoundState | undefined> {
  const names = await fs.list(folder).catch(() => []);
  for (const name of names.filter((it) => /\.(json|foreign)$/.test(it)).toSorted()) {
    const path = join(folder, name);
    const plain = await fs
      .read(path, maxBytes)
      .then((content) => codec.decode(content))
      .catch(() => undefined);
    const stored = plain === undefined ? undefined : readStoredForm(plain);
    if (stored !== undefined && sameBinding(stored.binding, binding)) return { path, state: stored.state };
  }
  return undefined;
}
