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
} from '../../config/settings/topology.ts';
import { type SealingKeys, type SoftwareStatement, StatementError } from '../../oauth/index.ts';
import type { TlsIdentity } from '../../proxy/listener/door.ts';
import type { RedisTls } from '../../redis/redis-link.ts';
import { CertificateError, readCertificates } from './certificates.ts';
import { readRedisTls } from './redis-tls.ts';
import { readSealingKeys, StateKeyError } from './sealing.ts';
import { configuredStatement, NO_STATEMENT, statementSetting } from './statement.ts';
import { readTlsIdentity } from './tls-identity.ts';

/** A client with what its configuration names without holding it. */
export interface ClientInput {
  readonly config: ClientConfig;
  readonly statement: SoftwareStatement;
  /** PEM certificates to trust for its DCR server besides Node's own. */
  readonly ca: string | undefined;
}

/** A route with what its configuration names without holding it. */
export interface RouteInput {
  readonly config: RouteConfig;
  /** PEM certificates to trust for its report API besides Node's own. */
  readonly ca: string | undefined;
}

/** What the configuration names without holding it. */
export interface Inputs {
  /** Those that routes use. */
  readonly clients: readonly ClientInput[];
  readonly routes: readonly RouteInput[];
  /** Keys of the state; `undefined`: it is kept as plain JSON. */
  readonly sealing: SealingKeys | undefined;
  /** For the connection to Redis. */
  readonly redisTls: RedisTls;
  /** Of the public listener; `undefined`: it speaks plain HTTP. */
  readonly tls: TlsIdentity | undefined;
}

/** A configuration, and what it names. */
export interface Setup {
  readonly config: Config;
  readonly inputs: Inputs;
}

/** Reads statements, keys and certificate files. @returns all that is wrong with them, if anything is */
export const readInputs = async (
  config: Config,
  now: EpochMs,
): Promise<Inputs | { readonly mistakes: readonly ConfigMistake[] }> => {
  const mistakes: ConfigMistake[] = [];
  const tried = async <T>(key: string, read: Promise<T>): Promise<T | undefined> => {
    try {
      return await read;
    } catch (error) {
      if (!isAboutInput(error)) throw error;
      const setting = error instanceof StateKeyError ? error.key : key;
      mistakes.push({ key: setting, expected: `${error.message}. ${error.advice}` });
      return undefined;
    }
  };
  const readClient = async (client: ClientConfig): Promise<ClientInput[]> => {
    const { place, dcr } = client;
    const [statement, ca] = await Promise.all([
      tried(statementSetting(client), requiredStatement(client, now)),
      tried(keyWithin(place, 'dcr.caFile', dcr.caFile, config.dcr.caFile), readCertificates(dcr.caFile)),
    ]);
    return statement === undefined ? [] : [{ config: client, statement, ca }];
  };
  const readRoute = async (route: RouteConfig): Promise<RouteInput> => {
    const { caFile } = route.upstream;
    const key = keyWithin(route.place, 'upstream.caFile', caFile, config.upstream.caFile);
    return { config: route, ca: await tried(key, readCertificates(caFile)) };
  };
  const used = clientsInUse(config);
  const [clients, routes, sealing, redisTls, tls] = await Promise.all([
    Promise.all(
      clientsOf(config)
        .filter(({ name }) => used.has(name))
        .map(readClient),
    ),
    Promise.all(routesOf(config).map(readRoute)),
    tried('state.key', readSealingKeys(config.state)),
    tried('redis.caFile', readRedisTls(config.redis)),
    tried('listen.tls', readTlsIdentity(config.listen.tls)),
  ]);
  mistakes.push(...sameStatements(clients.flat()));
  return mistakes.length > 0 || redisTls === undefined
    ? { mistakes: onlyOnce(mistakes) }
    : { clients: clients.flat(), routes, sealing, redisTls, tls };
};

/** @throws {StatementError} also when there is none */
const requiredStatement = async (client: ClientConfig, now: EpochMs): Promise<SoftwareStatement> => {
  const statement = await configuredStatement(client, now);
  if (statement === undefined) throw new NoStatementError();
  return statement;
};

class NoStatementError extends Error {
  readonly advice = NO_STATEMENT.advice;

  constructor() {
    super(NO_STATEMENT.message);
  }
}

/** Their registrations would be told apart by nobody. */
export const sameStatements = (
  clients: readonly Pick<ClientInput, 'config' | 'statement'>[],
): ConfigMistake[] => {
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

/** What several entries inherit is told once. */
const onlyOnce = (mistakes: readonly ConfigMistake[]): ConfigMistake[] => [
  ...new Map(mistakes.map((mistake) => [`${mistake.key} ${mistake.expected}`, mistake])).values(),
];

type InputError = StatementError | CertificateError | StateKeyError | NoStatementError;

const isAboutInput = (error: unknown): error is InputError =>
  error instanceof StatementError ||
  error instanceof CertificateError ||
  error instanceof StateKeyError ||
  error instanceof NoStatementError;
