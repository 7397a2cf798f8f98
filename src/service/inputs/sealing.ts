import { readFile } from 'node:fs/promises';
import { Secret } from '../../base/secret.ts';
import type { Config } from '../../config/settings/schema.ts';
import { parseSealingKeys, SealingKeyError, type SealingKeys } from '../../oauth/index.ts';

/** A key of the state that cannot be used, and the setting that gave it. */
export class StateKeyError extends Error {
  override readonly name = 'StateKeyError';
  readonly code = 'state_key';
  readonly key: string;
  readonly advice: string;

  constructor(key: string, message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.key = key;
    this.advice = advice;
  }
}

/**
 * The keys of the state file: the configured one, which seals, and after it those that came before; `undefined` when none is
 * configured and state is kept as plain JSON.
 * @throws {StateKeyError} for the first that cannot be read or is none
 */
export async function readSealingKeys({
  key,
  keyFile,
  previousKeyFiles,
}: Config['state']): Promise<SealingKeys | undefined> {
  if (key === undefined) return undefined;
  const [sealing, ...older] = parsed(keyFile === undefined ? 'state.key' : 'state.keyFile', key);
  const previous = await Promise.all(
    previousKeyFiles.map(async (path, index) => {
      const setting = `state.previousKeyFiles[${index}]`;
      return parsed(setting, await readKeyFile(setting, path));
    }),
  );
  return [sealing, ...older, ...previous.flat()];
}

async function readKeyFile(setting: string, path: string): Promise<Secret> {
  try {
    return new Secret(await readFile(path, 'utf8'));
  } catch (error) {
    const advice = 'Give the path of a file that is readable by this user, or take it off the list';
    throw new StateKeyError(setting, `${path} cannot be read`, advice, { cause: error });
  }
}

function parsed(setting: string, text: Secret): SealingKeys {
  try {
    return parseSealingKeys(text.reveal());
  } catch (error) {
    if (!(error instanceof SealingKeyError)) throw error;
    throw new StateKeyError(setting, error.message, error.advice);
  }
}
