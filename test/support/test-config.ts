import { loadConfig } from '../../src/config/loading/load.ts';
import type { Config } from '../../src/config/settings/schema.ts';

/** A configuration from environment variables, over the real defaults. The `CMU_PROXY_` is left out. */
export const configOf = async (settings: Readonly<Record<string, string>>): Promise<Config> => {
  const loaded = await loadConfig({ env: environmentOf(settings) });
  if ('mistakes' in loaded) throw new Error(JSON.stringify(loaded.mistakes));
  return loaded.config;
};

/** Settings as environment variables. The `CMU_PROXY_` is left out. */
export const environmentOf = (settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [`CMU_PROXY_${name}`, value]));

/** Free ports on loopback. */
export const FREE_PORTS = { LISTEN_PORT: '0', ADMIN_PORT: '0' };
