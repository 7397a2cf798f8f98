import { type Effects, systemEffects } from '../../base/effects.ts';
import { type FileDigests, FileReader } from '../../base/read-files.ts';
import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { CONFIG_VARIABLE, type Environment } from '../../config/loading/environment.ts';
import { loadConfig } from '../../config/loading/load.ts';
import type { ConfigMistake, ConfigWarning } from '../../config/loading/mistake.ts';
import { exposedFiles } from './exposed-files.ts';
import { readInputs, type Setup } from './inputs.ts';

export type LoadedSetup =
  | (Setup & { readonly warnings: readonly ConfigWarning[] })
  | { readonly mistakes: readonly ConfigMistake[] };

/** Where the configuration comes from: environment, file, and all files that it names. */
export class ConfigSource {
  readonly #file: string | undefined;
  readonly #env: Environment;
  #digests: FileDigests = new Map();

  constructor(file: string | undefined, env: Environment) {
    this.#file = file ?? env[CONFIG_VARIABLE];
    this.#env = env;
  }

  /** Of every file that was read last, as it was then: configuration, statements, certificates, keys, secrets. */
  get digests(): FileDigests {
    return this.#digests;
  }

  /** Reads everything anew. Never rejects for what a person has got wrong. */
  async load(): Promise<LoadedSetup> {
    const { read, digests } = new FileReader();
    try {
      const loaded = await loadConfig({
        file: this.#file,
        env: this.#env,
        readFile: async (path) => (await read(path)).toString('utf8'),
      });
      if ('mistakes' in loaded) return loaded;
      const inputs = await readInputs(loaded.config, systemEffects.now(), read);
      if ('mistakes' in inputs) return inputs;
      const warnings = [...loaded.warnings, ...(await exposedFiles(loaded.config))];
      return { ...loaded, inputs, warnings };
    } finally {
      this.#digests = digests;
    }
  }
}

/** Secrets that another program writes beside us, such as Vault's agent, come some seconds after our start. */
const PATIENCE: Milliseconds = seconds(30);
const LOOK_EVERY: Milliseconds = milliseconds(500);

export interface PatientLoad {
  readonly effects: Pick<Effects, 'setTimer'>;
  /** Ends the waiting. */
  readonly stopping: AbortSignal;
  /** Told once, if it has to wait. */
  readonly onWaiting: (mistakes: readonly ConfigMistake[], patience: Milliseconds) => Promise<void>;
}

/** Loads a setup. Where nothing is wrong but that statement files are not there, it waits for them a while. */
export const loadPatiently = async (
  source: Pick<ConfigSource, 'load'>,
  { effects, stopping, onWaiting }: PatientLoad,
): Promise<LoadedSetup> => {
  let loaded = await source.load();
  if (!('mistakes' in loaded) || !loaded.mistakes.every(({ mayCome }) => mayCome)) return loaded;
  await onWaiting(loaded.mistakes, PATIENCE);
  // Whatever is wrong meanwhile: a file may be half written.
  for (let looks = PATIENCE / LOOK_EVERY; looks > 0 && 'mistakes' in loaded && !stopping.aborted; looks--) {
    await new Promise<void>((resolve) => effects.setTimer(LOOK_EVERY, resolve));
    loaded = await source.load();
  }
  return loaded;
};
