import { stat } from 'node:fs/promises';
import { type Effects, systemEffects } from '../../base/effects.ts';
import { type FileDigests, FileReader } from '../../base/read-files.ts';
import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import type { Environment } from '../../config/loading/environment.ts';
import { loadConfig } from '../../config/loading/load.ts';
import type { ConfigMistake, ConfigWarning } from '../../config/loading/mistake.ts';
import type { Config } from '../../config/settings/schema.ts';
import { clientsOf, statementKey } from '../../config/settings/topology.ts';
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
    this.#file = file;
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

/**
 * Loads a setup. Where nothing is wrong but that statement files are not there, it waits for them a while.
 * @param onWaiting called once, if it has to wait
 */
export const loadPatiently = async (
  source: Pick<ConfigSource, 'load'>,
  effects: Pick<Effects, 'setTimer'>,
  stopping: AbortSignal,
  onWaiting: (mistakes: readonly ConfigMistake[], patience: Milliseconds) => Promise<void>,
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

/** What users who are neither owner nor of the group may do. */
const OTHERS = { read: 0o004, write: 0o002 };

/** Secrets, and the folder of the state, that everybody on this machine can read or change. */
async function exposedFiles(config: Config): Promise<ConfigWarning[]> {
  const warnings = await Promise.all(
    secretPlaces(config).map(async ([key, path]) => {
      if (path === undefined) return [];
      // What is not there, or cannot be looked at, is told where it is read.
      const stats = await stat(path).catch(() => undefined);
      const can = stats && exposure(stats.mode);
      if (can === undefined) return [];
      const message = `Every user of this machine can ${can} ${path}: \`chmod o-rwx\` it.`;
      return [{ key, message }];
    }),
  );
  return warnings.flat();
}

/** @param mode of a file or folder, as `stat` tells it */
export const exposure = (mode: number): string | undefined => {
  if ((mode & OTHERS.write) !== 0) return 'change';
  return (mode & OTHERS.read) !== 0 ? 'read' : undefined;
};

type Place = readonly [key: string, path: string | undefined];

const secretPlaces = (config: Config): readonly Place[] => [
  ...clientsOf(config).map((it): Place => [statementKey(it, 'statementFile'), it.statementFile]),
  ['state.dir', config.state.dir],
  ['state.keyFile', config.state.keyFile],
  ...config.state.previousKeyFiles.map((path, index): Place => [`state.previousKeyFiles[${index}]`, path]),
  ['redis.urlFile', config.redis.urlFile],
  ['redis.keyFile', config.redis.keyFile],
  ['dcr.initialAccessTokenFile', config.dcr.initialAccessTokenFile],
  ['dcr.proxyFile', config.dcr.proxyFile],
  ['upstream.proxyFile', config.upstream.proxyFile],
  ['listen.tls.keyFile', config.listen.tls.keyFile],
];
