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

/** For how long a route's answers are stored, if they are. */
export type RouteCacheConfig = RouteConfig['cache'];

/** Name of the one client that a configuration without a list of clients has. */
export const DEFAULT_CLIENT = 'default';
/** Name of the one route that a configuration without a list of routes has. */
export const DEFAULT_ROUTE = 'cmu';

/** The clients: those of the list, else the one whose settings stand at the top. */
export const clientsOf = ({
  clients,
  dcr,
  softwareStatement,
  softwareStatementFile,
}: Pick<
  Config,
  'clients' | 'dcr' | 'softwareStatement' | 'softwareStatementFile'
>): readonly ClientConfig[] =>
  clients.length > 0
    ? clients.map((client, index) => ({ ...client, place: `clients[${index}].` }))
    : [
        {
          name: DEFAULT_CLIENT,
          statement: softwareStatement,
          statementFile: softwareStatementFile,
          dcr,
          place: '',
        },
      ];

/** The routes: those of the list, else the one whose settings stand at the top. */
export const routesOf = (config: Config): readonly RouteConfig[] => {
  const { listen, upstream, cache, routes } = config;
  const [only, ...others] = clientsOf(config);
  const client = others.length === 0 ? (only?.name ?? '') : '';
  if (routes.length === 0) {
    const { maxBytes, maxEntryBytes, warmUp, ...freshness } = cache;
    return [
      {
        name: DEFAULT_ROUTE,
        prefix: listen.prefix,
        hosts: [],
        kind: 'report',
        methods: [],
        maxBodyBytes: listen.maxBodyBytes,
        client,
        upstream,
        cache: { ...freshness, enabled: true },
        place: '',
      },
    ];
  }
  return routes.map((route, index) => ({
    ...route,
    maxBodyBytes: listen.maxBodyBytes,
    hosts: route.hosts.map((host) => host.toLowerCase().replace(/\.$/, '')),
    client: route.client === '' ? client : route.client,
    place: `routes[${index}].`,
  }));
};

/** The names of clients that routes use: no other is worth a registration. */
export const clientsInUse = (config: Config): ReadonlySet<string> =>
  new Set(routesOf(config).map(({ client }) => client));

/** The key of the client's statement, or of its file. */
export const statementKey = ({ place }: ClientConfig, key: 'statement' | 'statementFile'): string => {
  if (place !== '') return place + key;
  return key === 'statement' ? 'softwareStatement' : 'softwareStatementFile';
};

/** Where the value of an entry's setting was given: at the top, if the entry has inherited it. */
export const keyWithin = (config: Config, entry: ClientConfig | RouteConfig, key: string): string =>
  entry.place === '' || String(valueIn(entry, key)) === String(valueIn(config, key))
    ? key
    : entry.place + key;
