import type { Effects } from '../base/effects.ts';
import type { Config } from '../config/settings/schema.ts';
import {
  createMemoryStore,
  createSealedCodec,
  nodeStateFs,
  type OpenedStore,
  openCredentialStore,
  type SealingKeys,
} from '../oauth/index.ts';

/**
 * Opens the state of the client of this name: a file that is called after it, or memory where there is no folder for it.
 * @param sealing keys of the state; `undefined`: it is kept as plain JSON
 * @throws {StateLockedError} when none of the keys opens the state that is there
 */
export async function openState(
  name: string,
  { dir: folder }: Pick<Config['state'], 'dir'>,
  sealing: SealingKeys | undefined,
  effects: Effects,
): Promise<OpenedStore> {
  if (folder !== undefined) {
    return openCredentialStore({
      folder,
      name,
      fs: nodeStateFs,
      effects,
      ...(sealing !== undefined && { codec: createSealedCodec(sealing) }),
    });
  }
  const problem = new Error('no folder is known: neither `state.dir` nor HOME is set');
  return { store: createMemoryStore(), kind: 'memory', problem };
}
