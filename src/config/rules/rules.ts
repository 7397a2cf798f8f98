import { dirname } from 'node:path';
import type { ConfigWarning, Finding, Rule, Warning } from '../loading/mistake.ts';
import type { Config } from '../settings/schema.ts';
import { clientsOf, keyWithin, routesOf } from '../settings/topology.ts';
import { isLoopback, isWildcard } from './loopback.ts';
import { REDIS_IN_THE_CLEAR, REDIS_RULES } from './redis-rules.ts';
import { brokenTopology, topologyWarnings } from './topology-rules.ts';

export const brokenRules = (config: Config): Finding[] => [
  ...RULES.filter(({ isBroken }) => isBroken(config)),
  ...warmUpElsewhere(config),
  ...certificatesWithoutKeys(config),
  ...brokenTopology(config),
];

/** `sun_path` of unix(7) less its last byte; the smallest of the systems that we run on (macOS). */
const LONGEST_SOCKET_PATH = 103;
/** The socket is made under this name beside its place, and then linked to it (`proxy/unix-socket.ts`). */
const MADE_AS = '/.cmu-XXXXXX/s';

/** SHA-256 of the empty text and of a lone newline: what a shell makes of a variable that is not set. */
const HASHES_OF_NOTHING: ReadonlySet<string> = new Set([
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
]);

const RULES: readonly Rule[] = [
  {
    key: 'listen.host',
    dependsOn: ['listen.allowRemote', 'listen.socketPath'],
    expected:
      'expected a loopback address such as 127.0.0.1, or listen.allowRemote: true beside it, as whoever reaches this address can read your reports',
    isBroken: ({ listen }) => isReachable(listen) && !listen.allowRemote,
  },
  {
    key: 'listen.socketPath',
    expected: `expected a path of at most ${LONGEST_SOCKET_PATH} bytes, with at most ${LONGEST_SOCKET_PATH - MADE_AS.length} for the folder: a socket's address can hold no more`,
    isBroken: ({ listen: { socketPath } }) =>
      socketPath !== undefined &&
      [socketPath, dirname(socketPath) + MADE_AS].some((it) => Buffer.byteLength(it) > LONGEST_SOCKET_PATH),
  },
  {
    // It would be taken from one by the other.
    key: 'listen.workers',
    dependsOn: ['listen.socketPath'],
    expected: 'expected 1 with listen.socketPath: several processes can share a port, not a socket file',
    isBroken: ({ listen: { workers, socketPath } }) => workers > 1 && socketPath !== undefined,
  },
  {
    key: 'listen.tls.clientCaFile',
    dependsOn: ['listen.tls.certFile', 'listen.tls.keyFile'],
    expected: 'expected listen.tls.certFile and listen.tls.keyFile beside it: there is no TLS without them',
    isBroken: ({ listen: { tls } }) =>
      tls.clientCaFile !== undefined && tls.certFile === undefined && tls.keyFile === undefined,
  },
  {
    key: 'listen.callerTokens',
    expected: 'expected hashes of tokens; one of these is the hash of an empty text',
    isBroken: (config) => hashesOf(config).some((hash) => HASHES_OF_NOTHING.has(hash)),
  },
  {
    key: 'listen.callerTokens',
    expected: 'expected a token for each caller; two of these are the same',
    isBroken: (config) => repeats(hashesOf(config)),
  },
  {
    key: 'listen.callerTokens',
    expected: 'expected names that differ',
    isBroken: ({ listen }) => repeats(listen.callerTokens.map(({ name }) => name)),
  },
  {
    key: 'state.previousKeyFiles',
    dependsOn: ['state.key', 'state.keyFile'],
    expected: 'expected state.keyFile beside it: old keys only open what a new one then seals',
    isBroken: ({ state }) => state.previousKeyFiles.length > 0 && state.key === undefined,
  },
  ...REDIS_RULES,
  {
    key: 'admin.port',
    dependsOn: ['listen.port', 'listen.host', 'admin.host'],
    expected: 'expected another port than listen.port: the private listener must stay private',
    isBroken: ({ listen, admin }) =>
      listen.socketPath === undefined &&
      listen.port !== 0 &&
      listen.port === admin.port &&
      overlap(listen.host, admin.host),
  },
];

const isReachable = ({ socketPath, host }: Config['listen']): boolean =>
  socketPath === undefined && !isLoopback(host);

const overlap = (one: string, other: string): boolean =>
  one === other || isWildcard(one) || isWildcard(other) || (isLoopback(one) && isLoopback(other));

const hashesOf = ({ listen }: Config): string[] =>
  listen.callerTokens.map(({ sha256 }) => sha256.toLowerCase());

const repeats = (texts: readonly string[]): boolean => new Set(texts).size < texts.length;

const warmUpElsewhere = (config: Config): Finding[] => {
  const prefixes = [...new Set(routesOf(config).map(({ prefix }) => prefix))];
  const isServed = ({ path }: { readonly path: string }): boolean =>
    prefixes.some((prefix) => path.startsWith(prefix) && /^([/?]|$)/.test(path.slice(prefix.length)));
  if (config.cache.warmUp.reports.every(isServed)) return [];
  const expected = `expected paths below a prefix that is served (${prefixes.join(', ')}); one is not`;
  return [{ key: 'cache.warmUp.reports', dependsOn: ['listen.prefix', 'routes'], expected }];
};

type Pair = Pick<Config['redis'], 'certFile' | 'keyFile'>;

/** Of each entry its own, or what it has inherited. */
const certificatesWithoutKeys = (config: Config): Finding[] => {
  const pair = (own: Pair, keyOf: (name: keyof Pair) => string): Finding[] => {
    if ((own.certFile === undefined) === (own.keyFile === undefined)) return [];
    const [certFile, keyFile] = [keyOf('certFile'), keyOf('keyFile')];
    const key = own.certFile === undefined ? certFile : keyFile;
    return [
      {
        key,
        dependsOn: [certFile, keyFile],
        expected: `expected both ${certFile} and ${keyFile}, or neither`,
      },
    ];
  };
  return [
    ...pair(config.listen.tls, (name) => `listen.tls.${name}`),
    ...pair(config.redis, (name) => `redis.${name}`),
    ...clientsOf(config).flatMap((it) => pair(it.dcr, (name) => keyWithin(config, it, `dcr.${name}`))),
    ...routesOf(config).flatMap((it) =>
      pair(it.upstream, (name) => keyWithin(config, it, `upstream.${name}`)),
    ),
  ];
};

/** What works and should be known: secrets or reports in clear text, a listener that others can reach. */
export const warningsAbout = (config: Config): ConfigWarning[] => {
  const ofTopology = new Map(Array.from(topologyWarnings(config), (warning) => [warning.key, warning]));
  const others = WARNINGS.filter(({ isDue }) => isDue(config));
  return [...ofTopology.values(), ...others.map(({ key, message }) => ({ key, message }))];
};

const tellsCallersApart = ({ callerTokens, tls }: Config['listen']): boolean =>
  callerTokens.length > 0 || tls.clientCaFile !== undefined;

const WARNINGS: readonly Warning[] = [
  {
    key: 'cache.warmUp.reports',
    message: 'Nothing is warmed up: the cache is switched off (cache.maxBytes is 0).',
    isDue: ({ cache }) => cache.warmUp.reports.length > 0 && cache.maxBytes === 0,
  },
  REDIS_IN_THE_CLEAR,
  {
    key: 'listen.host',
    message:
      'Whoever reaches the public listener can read your reports: put a NetworkPolicy or a firewall before it.',
    isDue: ({ listen }) => isReachable(listen) && !tellsCallersApart(listen),
  },
  {
    key: 'listen.host',
    message:
      'Other machines reach the public listener, and caller tokens and reports travel unencrypted: set listen.tls.',
    isDue: ({ listen }) =>
      isReachable(listen) && tellsCallersApart(listen) && listen.tls.certFile === undefined,
  },
  {
    key: 'listen.host',
    message:
      'Other machines reach the public listener; those with a certificate or token that you gave them can read your reports.',
    isDue: ({ listen }) =>
      isReachable(listen) && tellsCallersApart(listen) && listen.tls.certFile !== undefined,
  },
  {
    key: 'admin.expose',
    message:
      'Whoever reaches the private listener can read reports and take actions (empty the cache, refresh the token, register anew): let nobody reach it who should not.',
    isDue: ({ admin }) => !isLoopback(admin.host) && admin.expose === 'all',
  },
];
