import { type ConfigWarning, type Finding, looksLikeJwt } from '../loading/mistake.ts';
import type { Config } from '../settings/schema.ts';
import {
  type ClientConfig,
  clientsInUse,
  clientsOf,
  keyWithin,
  type RouteConfig,
  routesOf,
  statementKey,
} from '../settings/topology.ts';
import { isLoopback } from './loopback.ts';

/** What must hold between clients and routes, and between each of them and the rest. */
export function brokenTopology(config: Config): Finding[] {
  const clients = clientsOf(config);
  const routes = routesOf(config);
  return [
    ...statementsAreGivenOnce(config),
    ...clients.flatMap(statementIsUsable),
    ...clients.filter(({ dcr }) => isClear(dcr.url) && !dcr.allowHttp).map(secretsInTheClear(config)),
    ...sameNames(clients),
    ...sameNames(routes),
    ...sameStatements(clients),
    ...clientsAreKnown(config, clients, routes),
    ...samePlaces(routes),
    ...nothingToItself(config, clients, routes),
  ];
}

const secretsInTheClear =
  (config: Config) =>
  ({ place, dcr }: ClientConfig): Finding => ({
    key: keyWithin(place, 'dcr.url', dcr.url, config.dcr.url),
    dependsOn: [keyWithin(place, 'dcr.allowHttp', dcr.allowHttp, config.dcr.allowHttp)],
    expected: 'expected https:, as statement and secrets go there; dcr.allowHttp allows http:',
  });

const statementsAreGivenOnce = ({ clients, softwareStatement, softwareStatementFile }: Config): Finding[] => {
  const given = [
    ...(softwareStatement === undefined ? [] : ['softwareStatement']),
    ...(softwareStatementFile === undefined ? [] : ['softwareStatementFile']),
  ];
  if (clients.length === 0) return [];
  return given.map((key) => ({
    key,
    dependsOn: ['clients'],
    expected:
      'expected either this or clients, not both: beside a list, the statement belongs to one of its clients',
  }));
};

const statementIsUsable = (client: ClientConfig): Finding[] => {
  const { statement, statementFile, place } = client;
  const [key, fileKey] = [statementKey(client, 'statement'), statementKey(client, 'statementFile')];
  if (statement !== undefined && statementFile !== undefined) {
    return [{ key, dependsOn: [fileKey], expected: `expected either this or ${fileKey}, not both` }];
  }
  // Without a list, no statement at all is no mistake yet: not every command needs one.
  if (statement === undefined && statementFile === undefined) {
    return place === ''
      ? []
      : [{ key: fileKey, dependsOn: [key], expected: `expected the path of its statement's file` }];
  }
  if (statementFile !== undefined && looksLikeJwt(statementFile)) {
    return [{ key: fileKey, expected: `expected the path of a file; the statement itself goes into ${key}` }];
  }
  return statement !== undefined && /^(\.{0,2}\/\S*|\S+\.(txt|jwt))$/.test(statement.reveal().trim())
    ? [{ key, expected: `expected the text of the statement; the path of its file goes into ${fileKey}` }]
    : [];
};

/** File systems may not tell `a` from `A`, and people neither. */
const sameNames = (entries: readonly (ClientConfig | RouteConfig)[]): Finding[] =>
  repeated(entries, ({ name }) => [name.toLowerCase()]).map(([entry, first]) => ({
    key: `${entry.place}name`,
    expected: `expected a name of its own; ${first.place}name is the same`,
  }));

/** Two registrations with one statement would be told apart by nobody, least of all by Adobe. */
const sameStatements = (clients: readonly ClientConfig[]): Finding[] =>
  repeated(clients, ({ statementFile, dcr }) =>
    statementFile === undefined ? [] : [`${statementFile} ${dcr.url.href}`],
  ).map(([client, first]) => ({
    key: statementKey(client, 'statementFile'),
    expected: `expected a file of its own; ${statementKey(first, 'statementFile')} is the same: one client may serve many routes`,
  }));

const clientsAreKnown = (
  { routes: listed }: Config,
  clients: readonly ClientConfig[],
  routes: readonly RouteConfig[],
): Finding[] => {
  const names = clients.map(({ name }) => name);
  const choice = `expected the name of a client: ${names.join(', ')}`;
  if (listed.length === 0) {
    return names.length < 2
      ? []
      : [
          {
            key: 'routes',
            dependsOn: ['clients'],
            expected: 'expected routes: with several clients, each says whose token it sends',
          },
        ];
  }
  return routes
    .filter(({ client }) => !names.includes(client))
    .map(({ place }) => ({ key: `${place}client`, dependsOn: ['clients'], expected: choice }));
};

/** Of two routes with the same prefix under the same name, one would never be reached. */
const samePlaces = (routes: readonly RouteConfig[]): Finding[] =>
  repeated(routes, ({ prefix, hosts }) =>
    hosts.length === 0 ? [prefix] : hosts.map((host) => host + prefix),
  ).map(([route, first]) => ({
    key: `${route.place}prefix`,
    dependsOn: [`${route.place}hosts`],
    expected: `expected another prefix or other hosts; ${first.place.slice(0, -1)} is served there`,
  }));

const nothingToItself = (
  { listen, admin, dcr, upstream }: Config,
  clients: readonly ClientConfig[],
  routes: readonly RouteConfig[],
): Finding[] => {
  const own = listen.socketPath === undefined ? [listen.port, admin.port] : [admin.port];
  const isOwn = (url: URL): boolean =>
    isLoopback(url.hostname) && own.includes(Number(url.port || (url.protocol === 'https:' ? 443 : 80)));
  const keys = [
    ...clients
      .filter((client) => isOwn(client.dcr.url))
      .map((client) => keyWithin(client.place, 'dcr.url', client.dcr.url, dcr.url)),
    ...routes
      .filter((route) => isOwn(route.upstream.url))
      .map((route) => keyWithin(route.place, 'upstream.url', route.upstream.url, upstream.url)),
  ];
  return [...new Set(keys)].map((key) => ({
    key,
    dependsOn: ['listen.port', 'admin.port'],
    expected: "expected Adobe's address, not one that this proxy listens on",
  }));
};

/** Each entry that has a mark in common with one before it, with that one. */
const repeated = <T>(entries: readonly T[], marksOf: (entry: T) => readonly string[]): [T, T][] => {
  const firsts = new Map<string, T>();
  return entries.flatMap((entry): [T, T][] => {
    const marks = marksOf(entry);
    const first = marks.map((mark) => firsts.get(mark)).find((it) => it !== undefined);
    for (const mark of marks) if (!firsts.has(mark)) firsts.set(mark, entry);
    return first === undefined ? [] : [[entry, first]];
  });
};

/** What works and should be known: secrets or reports in clear text, clients that nobody needs. */
export function topologyWarnings(config: Config): ConfigWarning[] {
  const clients = clientsOf(config);
  const inUse = clientsInUse(config);
  const warnings = [
    ...clients
      .filter(({ dcr }) => isClear(dcr.url))
      .map(({ place, dcr }) => ({
        key: keyWithin(place, 'dcr.url', dcr.url, config.dcr.url),
        message:
          'The statement, the client secret and the token travel unencrypted to the DCR server: use https.',
      })),
    ...routesOf(config)
      .filter(({ upstream }) => isClear(upstream.url))
      .map(({ place, upstream }) => ({
        key: keyWithin(place, 'upstream.url', upstream.url, config.upstream.url),
        message: 'The token and the reports travel unencrypted to and from the report API: use https.',
      })),
    ...clients
      .filter(({ name }) => !inUse.has(name))
      .map(({ name, place }) => ({
        key: `${place}name`,
        message: `No route uses the client ${name}, so it is not registered.`,
      })),
    ...(callersAreToldApart(config) ? [] : routesOf(config).filter(writes).map(writableByAnybody)),
  ];
  return [...new Map(warnings.map((warning) => [warning.key, warning])).values()];
}

/** By a token, a certificate, or the permissions of a socket. */
const callersAreToldApart = ({ listen }: Config): boolean =>
  listen.callerTokens.length > 0 || listen.tls.clientCaFile !== undefined || listen.socketPath !== undefined;

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const writes = ({ kind, methods }: RouteConfig): boolean =>
  kind === 'api' && methods.some((method) => !READING.has(method));

const writableByAnybody = ({ name, place }: RouteConfig): ConfigWarning => ({
  key: `${place}methods`,
  message: `Whoever reaches the listener can change things at Adobe through the route ${name}: set listen.callerTokens, client certificates or a socket, or leave GET and HEAD alone in its methods.`,
});

const isClear = (url: URL): boolean => url.protocol === 'http:' && !isLoopback(url.hostname);
