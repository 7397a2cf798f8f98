import { valueIn } from '../loading/given.ts';
import type { Config } from './schema.ts';

/** A client of Adobe, however it was configured. */
export type ClientConfig = Config['clients'][number] & Place;

/** What is served where, however it was configured; `client` is empty where several are configured and none is chosen. */
export type RouteConfig = Config['routes'][number] & Place & Pick<Config['listen'], 'maxBodyBytes'>;

interface Place {
  /** What its keys start with: `routes[1].`, or nothing where the settings of the only one stand at the top. */
  readonly place: string;
}

/** Those of the list, else the one whose settings stand at the top. */
export const clientsOf = (config: Config): readonly ClientConfig[] => {
  const { clients, dcr, softwareStatement: statement, softwareStatementFile: statementFile } = config;
  if (clients.length === 0) return [{ name: 'default', statement, statementFile, dcr, place: '' }];
  return clients.map((client, index) => ({ ...client, place: `clients[${index}].` }));
};

export const routesOf = (config: Config): readonly RouteConfig[] => {
  const { listen, upstream, cache, routes } = config;
  const { prefix, maxBodyBytes } = listen;
  const [only, ...others] = clientsOf(config);
  const client = others.length === 0 ? (only?.name ?? '') : '';
  if (routes.length === 0) {
    const own = { name: 'cmu', prefix, hosts: [], kind: 'report', methods: [], place: '' } as const;
    return [{ ...own, maxBodyBytes, client, upstream, cache: { ...cache, enabled: true } }];
  }
  return routes.map((route, index) => ({
    ...route,
    maxBodyBytes,
    hosts: route.hosts.map((host) => host.toLowerCase().replace(/\.$/, '')),
    client: route.client === '' ? client : route.client,
    place: `routes[${index}].`,
  }));
};

/** The names of clients that routes use: no other is worth a registration. */
export const clientsInUse = (config: Config): ReadonlySet<string> =>
  new Set(routesOf(config).map(({ client }) => client));

export const statementKey = ({ place }: ClientConfig, key: 'statement' | 'statementFile'): string => {
  if (place !== '') return place + key;
  return key === 'statement' ? 'softwareStatement' : 'softwareStatementFile';
};

/** Where the value of an entry's setting was given: at the top, if the entry has inherited it. */
export const keyWithin = (config: Config, entry: ClientConfig | RouteConfig, key: string): string =>
  entry.place === '' || String(valueIn(entry, key)) === String(valueIn(config, key))
    ? key
    : entry.place + key;
