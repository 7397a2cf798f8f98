import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { systemEffects } from '../../base/effects.ts';
import { CONFIG_VARIABLE, type Environment } from '../../config/loading/environment.ts';
import { loadConfig } from '../../config/loading/load.ts';
import type { ConfigMistake, ConfigWarning } from '../../config/loading/mistake.ts';

import { readInputs, type Setup } from './inputs.ts';

export type LoadedSetup =
  | (Setup & { readonly warnings: readonly ConfigWarning[] })
  | { readonly mistakes: readonly ConfigMistake[] };

/** Where the configuration comes from: file and environment, and all that they name. */
export class ConfigSource {
  /** The configuration file; `undefined` where there is none. */
  readonly path: string | undefined;
  readonly #env: Environment;
  #digest = '';

  constructor(file: string | undefined, env: Environment) {
    const path = file ?? env[CONFIG_VARIABLE] ?? '';
    this.path = path === '' ? undefined : path;
    this.#env = env;
  }

  /** Of the file as it was read last ({@link digestOf}); empty if it could not be read. */
  get digest(): string {
    return this.#digest;
  }

  /** Reads everything anew. Never rejects for what a person has got wrong. */
  async load(): Promise<LoadedSetup> {
    const loaded = await loadConfig({
      file: this.path,
      env: this.#env,
      readFile: (path) => this.#read(path),
    });
    if ('mistakes' in loaded) return loaded;
    const inputs = await readInputs(loaded.config, systemEffects.now());
    return 'mistakes' in inputs ? inputs : { ...loaded, inputs };
  }

  async #read(path: string): Promise<string> {
    if (path !== this.path) return readFile(path, 'utf8');
    try {
      const content = await readFile(path);
      this.#digest = digestOf(content);
      return content.toString('utf8');
    } catch (error) {
      this.#digest = '';
      throw error;
    }
  }
}

/** Tells one content of a file from another. */
export const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
