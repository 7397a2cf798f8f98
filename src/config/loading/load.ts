import { readFile as readFromDisk } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { errorCode } from '../../base/error-code.ts';
import { brokenRules, warningsAbout } from '../rules/rules.ts';
import { type Config, ConfigSchema } from '../settings/schema.ts';
import { type Setting, settingsOf } from '../settings/settings.ts';
import { wrongValues } from './check-values.ts';
import { completeConfig } from './complete.ts';
import { withEgress } from './egress.ts';
import { CONFIG_VARIABLE, type Environment, readEnvironment } from './environment.ts';
import type { FileLayer } from './file.ts';
import { type Layer, overlay } from './given.ts';
import type { ConfigMistake, ConfigWarning } from './mistake.ts';
import { placeOf } from './place.ts';
import { overPreset } from './preset.ts';
import { type ReadFile, readSecretFiles } from './secret-files.ts';

export interface LoadOptions {
  /** The configuration file (`--config`). Default: what `CMU_PROXY_CONFIG` names; without either, no file is read. */
  readonly file?: string | undefined;
  readonly env: Environment;
  /** Default: reads from disk, as UTF-8. */
  readonly readFile?: ReadFile;
}

export type LoadResult =
  | { readonly config: Config; readonly warnings: readonly ConfigWarning[] }
  | { readonly mistakes: readonly ConfigMistake[] };

/**
 * Reads the configuration: defaults, over them the file, over it the environment. Never rejects; whatever is wrong, in
 * either source or between settings, comes in one answer. Pure but for `readFile`, so it can be called again on SIGHUP.
 */
export async function loadConfig({ file, env, readFile = readText }: LoadOptions): Promise<LoadResult> {
  const settings = settingsOf(ConfigSchema);
  const fromFile = await readConfigFile(file ?? env[CONFIG_VARIABLE] ?? '', readFile);
  const fromEnvironment = readEnvironment(settings, env);
  const given = overPreset(settings, overlay(settings, fromFile.layer, fromEnvironment.layer));
  const fromSecretFiles = await readSecretFiles(settings, given, readFile);
  for (const [key, secret] of fromSecretFiles.secrets) given.set(key, secret);

  const mistakes = [
    ...fromFile.mistakes,
    ...fromEnvironment.mistakes,
    ...fromSecretFiles.mistakes,
    ...wrongValues(settings, given),
  ];
  const complete = completeConfig(given, new Set(mistakes.map(({ key }) => key)));
  const egress = withEgress(complete.config, env);
  const config = withStateDir(egress.config, env);
  mistakes.push(...egress.mistakes);
  mistakes.push(...mistakesBetween(settings, config, given, complete.unsettled));
  return mistakes.length > 0 ? { mistakes } : { config, warnings: warningsAbout(config) };
}

const readText: ReadFile = (path) => readFromDisk(path, 'utf8');

async function readConfigFile(path: string, readFile: ReadFile): Promise<FileLayer> {
  if (path === '') return { layer: new Map(), mistakes: [] };
  // Most run without a file, and need not wait for a YAML parser (25 ms of start-up).
  const { readFileLayer } = await import('./file.ts');
  try {
    return readFileLayer(ConfigSchema, path, await readFile(path));
  } catch (error) {
    const expected = `expected a configuration file that can be read (${errorCode(error) ?? 'unreadable'})`;
    return { layer: new Map(), mistakes: [{ key: '', source: path, expected }] };
  }
}

/** The XDG base directory specification's place for state, where no folder is configured and a home is known. */
function withStateDir(config: Config, env: Environment): Config {
  if (config.state.dir !== undefined) return config;
  const xdg = env['XDG_STATE_HOME'] ?? '';
  const home = env['HOME'] ?? '';
  // The specification: a relative path in its variables is invalid and to be ignored.
  const base = isAbsolute(xdg) ? xdg : isAbsolute(home) ? join(home, '.local', 'state') : undefined;
  if (base === undefined) return config;
  return { ...config, state: { ...config.state, dir: join(base, 'cmu-proxy') } };
}

function mistakesBetween(
  settings: readonly Setting[],
  config: Config,
  given: Layer,
  unsettled: ReadonlySet<string>,
): ConfigMistake[] {
  return brokenRules(config)
    .filter(({ key, dependsOn = [] }) => ![key, ...dependsOn].some((it) => unsettled.has(it)))
    .map(({ key, expected }) => ({ key, ...placeOf(key, settings, given), expected }));
}
