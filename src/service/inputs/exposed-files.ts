import { stat } from 'node:fs/promises';
import type { ConfigWarning } from '../../config/loading/mistake.ts';
import type { Config } from '../../config/settings/schema.ts';
import { clientsOf, statementKey } from '../../config/settings/topology.ts';

/** What users who are neither owner nor of the group may do. */
const OTHERS = { read: 0o004, write: 0o002 };

/** Secrets, and the folder of the state, that everybody on this machine can read or change. */
export async function exposedFiles(config: Config): Promise<ConfigWarning[]> {
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
