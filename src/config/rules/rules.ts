import { dirname } from 'node:path';
import type { ConfigWarning, Finding } from '../loading/mistake.ts';
import type { Config } from '../settings/schema.ts';
import { clientsOf, keyWithin, routesOf } from '../settings/topology.ts';
import { isLoopback, isWildcard } from './loopback.ts';
import { brokenTopology, topologyWarnings } from './topology-rules.ts';

/** What must hold between settings, and does not. Each for itself is there, and within its type and bounds. */
export function* brokenRules(config: Config): Generator<Finding> {
  yield* ofListeners(config);
  yield* ofCallerTokens(config);
  yield* ofRedis(config);
  yield* warmUpElsewhere(config);
  yield* certificatesWithoutKeys(config);
  yield* brokenTopology(config);
}

/** `sun_path` of unix(7) less its last byte; the smallest of the systems that we run on (macOS). */
const LONGEST_SOCKET_PATH = 103;
/** The socket is made under this name beside its place, and then linked to it (`proxy/unix-socket.ts`). */
const MADE_AS = '/.cmu-XXXXXX/s';

function* ofListeners({ listen, admin }: Config): Generator<Finding> {
  const { socketPath, tls } = listen;
  if (isReachable(listen) && !listen.allowRemote) {
    const expected =
      'expected a loopback address such as 127.0.0.1, or listen.allowRemote: true beside it, as whoever reaches this address can read your reports';
    yield { key: 'listen.host', dependsOn: ['listen.allowRemote', 'listen.socketPath'], expected };
  }
  const places = socketPath === undefined ? [] : [socketPath, dirname(socketPath) + MADE_AS];
  if (places.some((it) => Buffer.byteLength(it) > LONGEST_SOCKET_PATH)) {
    const expected = `expected a path of at most ${LONGEST_SOCKET_PATH} bytes, with at most ${LONGEST_SOCKET_PATH - MADE_AS.length} for the folder: a socket's address can hold no more`;
    yield { key: 'listen.socketPath', expected };
  }
  // It would be taken from one by the other.
  if (listen.workers > 1 && socketPath !== undefined) {
    const expected =
      'expected 1 with listen.socketPath: several processes can share a port, not a socket file';
    yield { key: 'listen.workers', dependsOn: ['listen.socketPath'], expected };
  }
  if (tls.clientCaFile !== undefined && tls.certFile === undefined && tls.keyFile === undefined) {
    const beside = ['listen.tls.certFile', 'listen.tls.keyFile'];
    const expected = `expected ${beside.join(' and ')} beside it: there is no TLS without them`;
    yield { key: 'listen.tls.clientCaFile', dependsOn: beside, expected };
  }
  const isSamePort = socketPath === undefined && listen.port !== 0 && listen.port === admin.port;
  if (isSamePort && overlap(listen.host, admin.host)) {
    const expected = 'expected another port than listen.port: the private listener must stay private';
    yield { key: 'admin.port', dependsOn: ['listen.port', 'listen.host', 'admin.host'], expected };
  }
}

/** Whether the public listener can be reached from other machines. */
export const isReachable = ({ socketPath, host }: Config['listen']): boolean =>
  socketPath === undefined && !isLoopback(host);

const overlap = (one: string, other: string): boolean =>
  one === other || isWildcard(one) || isWildcard(other) || (isLoopback(one) && isLoopback(other));

/** SHA-256 of the empty text and of a lone newline: what a shell makes of a variable that is not set. */
const HASHES_OF_NOTHING: ReadonlySet<string> = new Set([
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
]);

function* ofCallerTokens({ listen: { callerTokens } }: Config): Generator<Finding> {
  const key = 'listen.callerTokens';
  const hashes = callerTokens.map(({ sha256 }) => sha256.toLowerCase());
  if (hashes.some((hash) => HASHES_OF_NOTHING.has(hash))) {
    yield { key, expected: 'expected hashes of tokens; one of these is the hash of an empty text' };
  }
  if (repeats(hashes)) yield { key, expected: 'expected a token for each caller; two of these are the same' };
  if (repeats(callerTokens.map(({ name }) => name))) yield { key, expected: 'expected names that differ' };
}

const repeats = (texts: readonly string[]): boolean => new Set(texts).size < texts.length;

function* ofRedis({ redis, state }: Config): Generator<Finding> {
  const url = redis.url?.reveal() ?? '';
  const urlKeys = ['redis.url', 'redis.urlFile'];
  if (redis.url !== undefined && !isRedisUrl(url)) {
    const expected =
      'expected redis://[user:password@]host[:port][/database], or rediss:// for TLS; characters such as @ and / in a password are written as %40 and %2F';
    yield { key: 'redis.url', dependsOn: ['redis.urlFile'], expected };
  }
  // Whoever can read the Redis could use credentials and token that are not sealed.
  if (redis.url !== undefined && state.key === undefined) {
    const expected =
      'expected a key, the same for all replicas: what is shared through redis.url is sealed before it leaves the process';
    yield { key: 'state.keyFile', dependsOn: ['state.key', 'redis.url'], expected };
  }
  if (state.previousKeyFiles.length > 0 && state.key === undefined) {
    const expected = 'expected state.keyFile beside it: old keys only open what a new one then seals';
    yield { key: 'state.previousKeyFiles', dependsOn: ['state.key', 'state.keyFile'], expected };
  }
  if (redis.cluster && redis.sentinelMaster !== '') {
    const expected = 'expected either this or redis.sentinelMaster, not both';
    yield { key: 'redis.cluster', dependsOn: ['redis.sentinelMaster'], expected };
  }
  // They would be read and never used.
  for (const name of ['caFile', 'certFile', 'keyFile'] as const) {
    if (redis[name] === undefined || !/^(?!rediss:)./i.test(url)) continue;
    const expected = 'expected a rediss:// URL beside it: there is no TLS without one';
    yield { key: `redis.${name}`, dependsOn: urlKeys, expected };
  }
  if (redis.reports.maxEntryBytes > 0 && redis.url === undefined) {
    const expected = 'expected redis.url beside it: that is where reports are shared';
    yield { key: 'redis.reports.maxEntryBytes', dependsOn: urlKeys, expected };
  }
}

const isRedisUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^rediss?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    /^(\/\d*)?$/.test(url.pathname) &&
    url.search + url.hash === ''
  );
};

function* warmUpElsewhere(config: Config): Generator<Finding> {
  const prefixes = [...new Set(routesOf(config).map(({ prefix }) => prefix))];
  const isServed = ({ path }: { readonly path: string }): boolean =>
    prefixes.some((prefix) => path.startsWith(prefix) && /^([/?]|$)/.test(path.slice(prefix.length)));
  if (config.cache.warmUp.reports.every(isServed)) return;
  const expected = `expected paths below a prefix that is served (${prefixes.join(', ')}); one is not`;
  yield { key: 'cache.warmUp.reports', dependsOn: ['listen.prefix', 'routes'], expected };
}

type Pair = Pick<Config['redis'], 'certFile' | 'keyFile'>;

/** Of each entry its own, or what it has inherited. */
function* certificatesWithoutKeys(config: Config): Generator<Finding> {
  yield* unpaired(config.listen.tls, (name) => `listen.tls.${name}`);
  yield* unpaired(config.redis, (name) => `redis.${name}`);
  for (const it of clientsOf(config)) {
    yield* unpaired(it.dcr, (name) => keyWithin(config, it, `dcr.${name}`));
  }
  for (const it of routesOf(config)) {
    yield* unpaired(it.upstream, (name) => keyWithin(config, it, `upstream.${name}`));
  }
}

function* unpaired(own: Pair, keyOf: (name: keyof Pair) => string): Generator<Finding> {
  if ((own.certFile === undefined) === (own.keyFile === undefined)) return;
  const [certFile, keyFile] = [keyOf('certFile'), keyOf('keyFile')];
  const expected = `expected both ${certFile} and ${keyFile}, or neither`;
  yield { key: own.certFile === undefined ? certFile : keyFile, dependsOn: [certFile, keyFile], expected };
}

/** What works and should be known: secrets or reports in clear text, a listener that others can reach. */
export function* warningsAbout(config: Config): Generator<ConfigWarning> {
  const { listen, admin, cache, redis } = config;
  yield* new Map(Array.from(topologyWarnings(config), (warning) => [warning.key, warning])).values();
  if (cache.warmUp.reports.length > 0 && cache.maxBytes === 0) {
    const message = 'Nothing is warmed up: the cache is switched off (cache.maxBytes is 0).';
    yield { key: 'cache.warmUp.reports', message };
  }
  const url = URL.parse(redis.url?.reveal() ?? '');
  // The state is sealed, the password is not.
  if (url?.protocol === 'redis:' && !isLoopback(url.hostname)) {
    yield { key: 'redis.url', message: 'The password of Redis travels unencrypted: use rediss:.' };
  }
  if (isReachable(listen)) yield { key: 'listen.host', message: openness(listen) };
  if (!isLoopback(admin.host) && admin.expose === 'all') {
    const message =
      'Whoever reaches the private listener can read reports and take actions (empty the cache, refresh the token, register anew): let nobody reach it who should not.';
    yield { key: 'admin.expose', message };
  }
}

const openness = ({ callerTokens, tls }: Config['listen']): string => {
  if (callerTokens.length === 0 && tls.clientCaFile === undefined) {
    return 'Whoever reaches the public listener can read your reports: put a NetworkPolicy or a firewall before it.';
  }
  return tls.certFile === undefined
    ? 'Other machines reach the public listener, and caller tokens and reports travel unencrypted: set listen.tls.'
    : 'Other machines reach the public listener; those with a certificate or token that you gave them can read your reports.';
};
