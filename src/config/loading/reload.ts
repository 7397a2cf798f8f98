import { isSame } from '../../base/secret.ts';
import { type Config, ConfigSchema } from '../settings/schema.ts';
import { settingsOf } from '../settings/settings.ts';
import { valueIn } from './given.ts';

/**
 * What of a new configuration takes effect while the proxy runs: clients and routes, who may call, how long reports
 * are stored. What is open already (listeners, state, store of the fleet, memory of the cache, log) stays as it is.
 * @returns besides, as `waiting`, the keys of settings that have changed and take effect with the next start only
 */
export const reloaded = (running: Config, next: Config) => {
  const { maxBytes, maxEntryBytes } = running.cache;
  const { prefix, allowedHosts, callerTokens } = next.listen;
  const config: Config = {
    ...running,
    clients: next.clients,
    routes: next.routes,
    softwareStatement: next.softwareStatement,
    softwareStatementFile: next.softwareStatementFile,
    dcr: next.dcr,
    upstream: next.upstream,
    listen: { ...running.listen, prefix, allowedHosts, callerTokens },
    cache: { ...next.cache, maxBytes, maxEntryBytes },
    shutdown: next.shutdown,
  };
  const waiting = settingsOf(ConfigSchema)
    .filter(({ key }) => !isSame(valueIn(config, key), valueIn(next, key)))
    .map(({ key }) => key);
  return { config, waiting };
};
