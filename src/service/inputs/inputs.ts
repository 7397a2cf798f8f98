import { InputError } from '../../base/error-code.ts';
import type { PeerTls } from '../../base/peer-tls.ts';
import { type ReadFile, readInputFile } from '../../base/read-files.ts';
import type { EpochMs } from '../../base/units.ts';
import type { ConfigMistake } from '../../config/loading/mistake.ts';
import type { Config } from '../../config/settings/schema.ts';
import {
  type ClientConfig,
  clientsInUse,
  clientsOf,
  keyWithin,
  type RouteConfig,
  routesOf,
  statementKey,
} from '../../config/settings/topology.ts';
import {
  parseSealingKeys,
  parseSoftwareStatement,
  readStatementFile,
  type SealingKeys,
  type SoftwareStatement,
} from '../../oauth/index.ts';
import type { TlsIdentity } from '../../proxy/listener/door.ts';
import { readCertificates, readText, readTlsIdentity } from './certificates.ts';

/** A client with what its configuration names without holding it. */
export interface ClientInput {
  readonly config: ClientConfig;
  readonly statement: SoftwareStatement;
  /** Toward its DCR server. */
  readonly tls: PeerTls;
}

export interface RouteInput {
  readonly config: RouteConfig;
  /** Toward its report API. */
  readonly tls: PeerTls;
}

/** What the configuration names without holding it. */
export interface Inputs {
  /** Those that routes use. */
  readonly clients: readonly ClientInput[];
  readonly routes: readonly RouteInput[];
  /** Keys of the state, the first of which seals; `undefined`: it is kept as plain JSON. */
  readonly sealing: SealingKeys | undefined;
  readonly redisTls: PeerTls;
  /** Of the public listener; `undefined`: it speaks plain HTTP. */
  readonly tls: TlsIdentity | undefined;
}

export interface Setup {
  readonly config: Config;
  readonly inputs: Inputs;
}

/** Reads statements, keys and certificate files. @returns all that is wrong with them, if anything is */
export const readInputs = async (
  config: Config,
  now: EpochMs,
  read: ReadFile = readInputFile,
): Promise<Inputs | { readonly mistakes: readonly ConfigMistake[] }> => {
  const mistakes: ConfigMistake[] = [];
  const tried: Trial = async (key, reading) => {
    try {
      return await reading();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const mayCome = error.code === 'missing';
      mistakes.push({ key, expected: error.message, advice: error.advice, ...(mayCome && { mayCome }) });
      return undefined;
    }
  };
  const peerTls = async (files: PeerTlsFiles, keyOf: (name: keyof PeerTlsFiles) => string) => {
    const [ca, identity] = await Promise.all([
      tried(keyOf('caFile'), () => readCertificates(files.caFile, read)),
      tried(keyOf('certFile'), () => readTlsIdentity({ ...files, clientCaFile: undefined }, read)),
    ]);
    return { ca, identity };
  };
  const readClient = async (client: ClientConfig): Promise<ClientInput[]> => {
    const [statement, tls] = await Promise.all([
      tried(statementSetting(client), () => readStatement(client, now, read)),
      peerTls(client.dcr, (name) => keyWithin(config, client, `dcr.${name}`)),
    ]);
    return statement === undefined ? [] : [{ config: client, statement, tls }];
  };
  const readRoute = async (route: RouteConfig): Promise<RouteInput> => ({
    config: route,
    tls: await peerTls(route.upstream, (name) => keyWithin(config, route, `upstream.${name}`)),
  });
  const used = clientsInUse(config);
  const [clients, routes, sealing, redisTls, tls] = await Promise.all([
    Promise.all(clientsOf(config).flatMap((it) => (used.has(it.name) ? [readClient(it)] : []))),
    Promise.all(routesOf(config).map(readRoute)),
    readSealing(config.state, tried, read),
    peerTls(config.redis, (name) => `redis.${name}`),
    tried('listen.tls', () => readTlsIdentity(config.listen.tls, read)),
  ]);
  mistakes.push(...sameStatements(clients.flat()));
  return mistakes.length > 0
    ? { mistakes: onlyOnce(mistakes) }
    : { clients: clients.flat(), routes, sealing, redisTls, tls };
};

/** The settings of what TLS to a server takes besides Node's own. */
type PeerTlsFiles = Pick<Config['dcr'], 'caFile' | 'certFile' | 'keyFile'>;

/** Gives what a reading gives; where it fails, that is a mistake of this setting. */
type Trial = <T>(key: string, reading: () => Promise<T>) => Promise<T | undefined>;

const NO_STATEMENT =
  'Set CMU_PROXY_SOFTWARE_STATEMENT_FILE (or `softwareStatementFile`) to the path of the .txt file from the Adobe TVE Dashboard. Without a statement, `cmu-proxy demo` shows the proxy against a built-in sandbox.';

/** @throws {InputError} */
async function readStatement(
  { statement, statementFile }: ClientConfig,
  now: EpochMs,
  read: ReadFile,
): Promise<SoftwareStatement> {
  if (statementFile !== undefined) return readStatementFile(statementFile, now, read);
  if (statement === undefined)
    throw new InputError('no_statement', 'No software statement is configured', NO_STATEMENT);
  return parseSoftwareStatement(statement.reveal(), now);
}

const statementSetting = (client: ClientConfig): string =>
  statementKey(client, client.statement === undefined ? 'statementFile' : 'statement');

/** The configured key, which seals, and after it those that came before. */
async function readSealing(
  { key, keyFile, previousKeyFiles }: Config['state'],
  tried: Trial,
  read: ReadFile,
): Promise<SealingKeys | undefined> {
  if (key === undefined) return undefined;
  const [own, ...previous] = await Promise.all([
    tried(keyFile === undefined ? 'state.key' : 'state.keyFile', async () => parseSealingKeys(key.reveal())),
    ...previousKeyFiles.map((path, index) =>
      tried(`state.previousKeyFiles[${index}]`, async () => parseSealingKeys(await readText(path, read))),
    ),
  ]);
  return own && [...own, ...previous.flatMap((keys) => keys ?? [])];
}

/** Registrations with one statement would be told apart by nobody. */
const sameStatements = (clients: readonly ClientInput[]): ConfigMistake[] => {
  const firsts = new Map<string, ClientConfig>();
  return clients.flatMap(({ config, statement }) => {
    const binding = `${statement.fingerprint} ${config.dcr.url.href}`;
    const first = firsts.get(binding);
    firsts.set(binding, first ?? config);
    if (first === undefined) return [];
    const expected = `expected a statement of its own; ${statementSetting(first)} holds the same: one client may serve many routes`;
    return [{ key: statementSetting(config), expected }];
  });
};

/** A mistake that several entries inherit appears once. */
const onlyOnce = (mistakes: readonly ConfigMistake[]): ConfigMistake[] => [
  ...new Map(mistakes.map((mistake) => [`${mistake.key} ${mistake.expected}`, mistake])).values(),
];
