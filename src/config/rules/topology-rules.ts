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
export function* brokenTopology(config: Config): Generator<Finding> {
  const clients = clientsOf(config);
  const routes = routesOf(config);
  for (const key of ['softwareStatement', 'softwareStatementFile'] as const) {
    if (config.clients.length === 0 || config[key] === undefined) continue;
    const expected =
      'expected either this or clients, not both: beside a list, the statement belongs to one of its clients';
    yield { key, dependsOn: ['clients'], expected };
  }
  for (const client of clients) {
    yield* unusableStatement(client);
    if (!isClear(client.dcr.url) || client.dcr.allowHttp) continue;
    yield {
      key: keyWithin(config, client, 'dcr.url'),
      dependsOn: [keyWithin(config, client, 'dcr.allowHttp')],
      expected: 'expected https:, as statement and secrets go there; dcr.allowHttp allows http:',
    };
  }
  for (const entries of [clients, routes]) {
    // File systems may not tell `a` from `A`, and people neither.
    const marksOf = ({ name }: ClientConfig | RouteConfig) => [name.toLowerCase()];
    for (const [{ place }, first] of repeated<ClientConfig | RouteConfig>(entries, marksOf)) {
      yield { key: `${place}name`, expected: `expected a name of its own; ${first.place}name is the same` };
    }
  }
  yield* sharedStatements(clients);
  yield* unknownClients(config);
  yield* samePlaces(routes);
  yield* leadingHere(config);
}

function* unusableStatement(client: ClientConfig): Generator<Finding> {
  const { statement, statementFile, place } = client;
  const [key, fileKey] = [statementKey(client, 'statement'), statementKey(client, 'statementFile')];
  if (statement !== undefined && statementFile !== undefined) {
    yield { key, dependsOn: [fileKey], expected: `expected either this or ${fileKey}, not both` };
  } else if (statementFile !== undefined && looksLikeJwt(statementFile)) {
    yield { key: fileKey, expected: `expected the path of a file; the statement itself goes into ${key}` };
  } else if (statement !== undefined && /^(\.{0,2}\/\S*|\S+\.(txt|jwt))$/.test(statement.reveal().trim())) {
    yield { key, expected: `expected the text of the statement; the path of its file goes into ${fileKey}` };
  } else if (statement === undefined && statementFile === undefined && place !== '') {
    // Without a list, no statement at all is no mistake yet: not every command needs one.
    yield { key: fileKey, dependsOn: [key], expected: "expected the path of its statement's file" };
  }
}

/** Two registrations with one statement would be told apart by nobody, least of all by Adobe. */
function* sharedStatements(clients: readonly ClientConfig[]): Generator<Finding> {
  const marksOf = ({ statementFile, dcr }: ClientConfig) =>
    statementFile === undefined ? [] : [`${statementFile} ${dcr.url.href}`];
  for (const [client, first] of repeated(clients, marksOf)) {
    const expected = `expected a file of its own; ${statementKey(first, 'statementFile')} is the same: one client may serve many routes`;
    yield { key: statementKey(client, 'statementFile'), expected };
  }
}

function* unknownClients(config: Config): Generator<Finding> {
  const names = clientsOf(config).map(({ name }) => name);
  const dependsOn = ['clients'];
  if (config.routes.length > 0) {
    const expected = `expected the name of a client: ${names.join(', ')}`;
    for (const { client, place } of routesOf(config)) {
      if (!names.includes(client)) yield { key: `${place}client`, dependsOn, expected };
    }
  } else if (names.length > 1) {
    const expected = 'expected routes: with several clients, each says whose token it sends';
    yield { key: 'routes', dependsOn, expected };
  }
}

/** Of two routes with the same prefix under the same name, one would never be reached. */
function* samePlaces(routes: readonly RouteConfig[]): Generator<Finding> {
  const marksOf = ({ prefix, hosts }: RouteConfig) =>
    hosts.length === 0 ? [prefix] : hosts.map((host) => host + prefix);
  for (const [{ place }, first] of repeated(routes, marksOf)) {
    const expected = `expected another prefix or other hosts; ${first.place.slice(0, -1)} is served there`;
    yield { key: `${place}prefix`, dependsOn: [`${place}hosts`], expected };
  }
}

function* leadingHere(config: Config): Generator<Finding> {
  const { listen, admin } = config;
  const own = listen.socketPath === undefined ? [listen.port, admin.port] : [admin.port];
  const isOwn = (url: URL): boolean =>
    isLoopback(url.hostname) && own.includes(Number(url.port || (url.protocol === 'https:' ? 443 : 80)));
  const keys = new Set<string>();
  for (const it of clientsOf(config)) if (isOwn(it.dcr.url)) keys.add(keyWithin(config, it, 'dcr.url'));
  for (const it of routesOf(config))
    if (isOwn(it.upstream.url)) keys.add(keyWithin(config, it, 'upstream.url'));
  const expected = "expected Adobe's address, not one that this proxy listens on";
  for (const key of keys) yield { key, dependsOn: ['listen.port', 'admin.port'], expected };
}

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
export function* topologyWarnings(config: Config): Generator<ConfigWarning> {
  for (const client of clientsOf(config)) {
    if (isClear(client.dcr.url)) {
      const message =
        'The statement, the client secret and the token travel unencrypted to the DCR server: use https.';
      yield { key: keyWithin(config, client, 'dcr.url'), message };
    }
  }
  for (const route of routesOf(config)) {
    if (isClear(route.upstream.url)) {
      const message = 'The token and the reports travel unencrypted to and from the report API: use https.';
      yield { key: keyWithin(config, route, 'upstream.url'), message };
    }
    if (callersAreToldApart(config) || !writes(route)) continue;
    const message = `Whoever reaches the listener can change things at Adobe through the route ${route.name}: set listen.callerTokens, client certificates or a socket, or leave GET and HEAD alone in its methods.`;
    yield { key: `${route.place}methods`, message };
  }
  const inUse = clientsInUse(config);
  for (const { name, place } of clientsOf(config)) {
    if (inUse.has(name)) continue;
    yield { key: `${place}name`, message: `No route uses the client ${name}, so it is not registered.` };
  }
}

/** By a token, a certificate, or the permissions of a socket. */
const callersAreToldApart = ({ listen }: Config): boolean =>
  listen.callerTokens.length > 0 || listen.tls.clientCaFile !== undefined || listen.socketPath !== undefined;

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const writes = ({ kind, methods }: RouteConfig): boolean =>
  kind === 'api' && methods.some((method) => !READING.has(method));

const isClear = (url: URL): boolean => url.protocol === 'http:' && !isLoopback(url.hostname);
