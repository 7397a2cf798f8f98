import { readFile as readFromDisk } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import Type, { type TSchema } from 'typebox';
import { Clone, DecodeUnsafe } from 'typebox/value';
import { errorCode } from '../../base/error-code.ts';
import { brokenRules, warningsAbout } from '../rules/rules.ts';
import { PRESETS } from '../settings/adobe-settings.ts';
import { type Config, ConfigSchema } from '../settings/schema.ts';
import { holdsSecret, keyword, type Setting, settingsOf, TWIN } from '../settings/settings.ts';
import { withEgress } from './egress.ts';
import { CONFIG_VARIABLE, type Environment, readEnvironment } from './environment.ts';
import { GivenConfig, stepsOf } from './given.ts';
import { type ConfigMistake, type ConfigWarning, printable } from './mistake.ts';
import { settle } from './settle.ts';

/** Reads a text file; rejects with Node's error (`code` such as `ENOENT`). */
export type ReadFile = (path: string) => Promise<string>;

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
  const given = await readConfigFile(file ?? env[CONFIG_VARIABLE] ?? '', readFile);
  const { mistakes, mistaken } = given;
  readEnvironment(settings, env, given);
  usePreset(given);
  await readSecretFiles(settings, given, readFile);
  const config = withEgress(withStateDir(decoded(settle(ConfigSchema, given)), env), env, mistakes);
  for (const { key, dependsOn = [], expected } of brokenRules(config)) {
    if ([key, ...dependsOn].some((it) => mistaken.has(it))) continue;
    mistakes.push({ key, ...placeOf(key, given), expected });
  }
  return mistakes.length > 0 ? { mistakes } : { config, warnings: [...warningsAbout(config)] };
}

/** `Decode` also fills in defaults, converts, cleans and checks, which has been done: a tenth of a start's 0.25 s. */
const decoded = (values: ReturnType<typeof settle>): Config =>
  DecodeUnsafe({}, ConfigSchema, Clone(values)) as Config;

const readText: ReadFile = (path) => readFromDisk(path, 'utf8');

async function readConfigFile(path: string, readFile: ReadFile): Promise<GivenConfig> {
  const nothing = new GivenConfig();
  if (path === '') return nothing;
  // Most run without a file, and need not wait for a YAML parser (25 ms of start-up).
  const { readDocument } = await import('./file.ts');
  try {
    return readDocument(path, await readFile(path));
  } catch (error) {
    const expected = `expected a configuration file that can be read (${errorCode(error) ?? 'unreadable'})`;
    nothing.mistakes.push({ key: '', source: path, expected });
    return nothing;
  }
}

/**
 * Puts secrets in from the files that their twins name (`…File`, kind `secretFile`), without the newline that editors
 * and Kubernetes secrets end with. Not the statement, whose file is watched: whoever watches it reads it.
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
      given.put(key, value, given.sourceOf(fileKey));
    } catch (error) {
      const expected = `expected a file that can be read (${errorCode(error) ?? 'unreadable'})`;
      given.wrong(fileKey, { given: printable(path), expected });
    }
  }
}

/**
 * Gives the servers that the setting `adobe` names. What was given as its default is taken as not given: a file may be
 * written out in full, as config/default.yaml is.
 */
function usePreset(given: GivenConfig): void {
  const presets = new Map<unknown, Readonly<Record<string, string>>>(Object.entries(PRESETS));
  const defaults: unknown[] = [undefined, ...Object.values(PRESETS.production)];
  for (const [key, value] of Object.entries(presets.get(given.valueAt('adobe')) ?? {})) {
    if (defaults.includes(given.valueAt(key))) given.put(key, value, given.sourceOf('adobe'));
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

/** Where a key was given, and what, for a mistake about it. Nothing if it was not given. */
function placeOf(key: string, given: GivenConfig): Pick<ConfigMistake, 'source' | 'given'> {
  const setting = key.replace(/\[.*/, '');
  if (given.valueAt(setting) === undefined) return {};
  const source = given.sourceOf(key);
  const value = given.valueAt(key);
  const secret = holdsSecret(schemaAt(key));
  return value === undefined ? { source } : { source, given: printable(value, { secret }) };
}

const schemaAt = (key: string): TSchema =>
  stepsOf(key).reduce((schema: TSchema, step) => {
    if (Type.IsArray(schema)) return schema.items;
    return (Type.IsObject(schema) && schema.properties[step]) || schema;
  }, ConfigSchema);
