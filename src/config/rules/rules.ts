import { dirname } from 'node:path';
import type { ConfigWarning, Finding } from '../loading/mistake.ts';
import type { Config } from '../settings/schema.ts';
import { clientsOf, keyWithin, routesOf } from '../settings/topology.ts';
import { isLoopback, isWildcard } from './loopback.ts';
import {
  redisInTheClear,
  redisIsOfOneKind,
  redisNeedsAKey,
  redisTlsIsSpoken,
  redisUrlIsOne,
  sharedReportsNeedRedis,
} from './redis-rules.ts';
import { brokenTopology, topologyWarnings } from './topology-rules.ts';

type Rule = (config: Config) => Finding | undefined;

/**
 * What must hold between settings. Each rule looks at a complete configuration whose single settings are within
 * their types and bounds.
 */
export function brokenRules(config: Config): Finding[] {
  const findings = rules.map((rule) => rule(config)).filter((finding) => finding !== undefined);
  return [...findings, ...certificatesWithKeys(config), ...brokenTopology(config)];
}

const remoteNeedsConsent: Rule = ({ listen }) =>
  listen.socketPath !== undefined || isLoopback(listen.host) || listen.allowRemote
    ? undefined
    : {
        key: 'listen.host',
        dependsOn: ['listen.allowRemote', 'listen.socketPath'],
        expected:
          'expected a loopback address such as 127.0.0.1, or listen.allowRemote: true beside it, as whoever reaches this address can read your reports',
      };

const separateListeners: Rule = ({ listen, admin }) =>
  listen.socketPath === undefined &&
  listen.port !== 0 &&
  listen.port === admin.port &&
  overlap(listen.host, admin.host)
    ? {
        key: 'admin.port',
        dependsOn: ['listen.port', 'listen.host', 'admin.host'],
        expected: 'expected another port than listen.port: the private listener must stay private',
      }
    : undefined;

const overlap = (one: string, other: string): boolean =>
  one === other || isWildcard(one) || isWildcard(other) || (isLoopback(one) && isLoopback(other));

/** `sun_path` of unix(7) less its last byte; the smallest of the systems that we run on (macOS). */
const LONGEST_SOCKET_PATH = 103;

/** The socket is made under this name beside its place, and then linked to it (`proxy/unix-socket.ts`). */
const MADE_AS = '/.cmu-XXXXXX/s';

const socketPathIsShort: Rule = ({ listen: { socketPath } }) =>
  socketPath !== undefined &&
  [socketPath, dirname(socketPath) + MADE_AS].some((it) => Buffer.byteLength(it) > LONGEST_SOCKET_PATH)
    ? {
        key: 'listen.socketPath',
        expected: `expected a path of at most ${LONGEST_SOCKET_PATH} bytes, with at most ${LONGEST_SOCKET_PATH - MADE_AS.length} for the folder: a socket's address can hold no more`,
      }
    : undefined;

/** A socket that several processes listen on would be taken from one by the other. */
const workersOnAPort: Rule = ({ listen: { workers, socketPath } }) =>
  workers > 1 && socketPath !== undefined
    ? {
        key: 'listen.workers',
        dependsOn: ['listen.socketPath'],
        expected: 'expected 1 with listen.socketPath: several processes can share a port, not a socket file',
      }
    : undefined;

interface Pair {
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** Of each entry its own, or what it has inherited. */
const certificatesWithKeys = (config: Config): Finding[] => {
  const { listen, redis, dcr, upstream } = config;
  const pair = (place: string, section: string, own: Pair, atTop: Pair): Finding[] => {
    if ((own.certFile === undefined) === (own.keyFile === undefined)) return [];
    const keyOf = (name: keyof Pair) => keyWithin(place, `${section}.${name}`, own[name], atTop[name]);
    const [certFile, keyFile] = [keyOf('certFile'), keyOf('keyFile')];
    return [
      {
        key: own.certFile === undefined ? certFile : keyFile,
        dependsOn: [certFile, keyFile],
        expected: `expected both ${certFile} and ${keyFile}, or neither`,
      },
    ];
  };
  return [
    ...pair('', 'listen.tls', listen.tls, listen.tls),
    ...pair('', 'redis', redis, redis),
    ...clientsOf(config).flatMap((client) => pair(client.place, 'dcr', client.dcr, dcr)),
    ...routesOf(config).flatMap((route) => pair(route.place, 'upstream', route.upstream, upstream)),
  ];
};

const clientCertificatesNeedTls: Rule = ({ listen: { tls } }) =>
  tls.clientCaFile !== undefined && tls.certFile === undefined && tls.keyFile === undefined
    ? {
        key: 'listen.tls.clientCaFile',
        dependsOn: ['listen.tls.certFile', 'listen.tls.keyFile'],
        expected:
          'expected listen.tls.certFile and listen.tls.keyFile beside it: there is no TLS without them',
      }
    : undefined;

/** SHA-256 of the empty text and of a lone newline: what a shell makes of a variable that is not set. */
const HASHES_OF_NOTHING: ReadonlySet<string> = new Set([
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
]);

const callersAreTold: Rule = ({ listen: { callerTokens } }) => {
  const finding = (expected: string) => ({ key: 'listen.callerTokens', expected });
  const hashes = callerTokens.map(({ sha256 }) => sha256.toLowerCase());
  if (hashes.some((hash) => HASHES_OF_NOTHING.has(hash)))
    return finding('expected hashes of tokens; one of these is the hash of an empty text');
  if (new Set(hashes).size < hashes.length)
    return finding('expected a token for each caller; two of these are the same');
  const names = new Set(callerTokens.map(({ name }) => name));
  return names.size < hashes.length ? finding('expected names that differ') : undefined;
};

const oldKeysNeedANewOne: Rule = ({ state }) =>
  state.previousKeyFiles.length > 0 && state.key === undefined
    ? {
        key: 'state.previousKeyFiles',
        dependsOn: ['state.key', 'state.keyFile'],
        expected: 'expected state.keyFile beside it: old keys only open what a new one then seals',
      }
    : undefined;

const warmUpIsServed: Rule = (config) => {
  const prefixes = [...new Set(routesOf(config).map(({ prefix }) => prefix))];
  const elsewhere = config.cache.warmUp.reports.find(
    ({ path }) => !prefixes.some((prefix) => isBelow(path, prefix)),
  );
  return elsewhere === undefined
    ? undefined
    : {
        key: 'cache.warmUp.reports',
        dependsOn: ['listen.prefix', 'routes'],
        expected: `expected paths below a prefix that is served (${prefixes.join(', ')}); one is not`,
      };
};

const isBelow = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}?`);

const rules: readonly Rule[] = [
  remoteNeedsConsent,
  socketPathIsShort,
  workersOnAPort,
  clientCertificatesNeedTls,
  callersAreTold,
  oldKeysNeedANewOne,
  redisUrlIsOne,
  redisNeedsAKey,
  redisIsOfOneKind,
  redisTlsIsSpoken,
  sharedReportsNeedRedis,
  warmUpIsServed,
  separateListeners,
];

/** What works and should be known: secrets or reports in clear text, a listener that others can reach. */
export function warningsAbout(config: Config): ConfigWarning[] {
  const warnings = topologyWarnings(config);
  if (config.cache.warmUp.reports.length > 0 && config.cache.maxBytes === 0) {
    warnings.push({
      key: 'cache.warmUp.reports',
      message: 'Nothing is warmed up: the cache is switched off (cache.maxBytes is 0).',
    });
  }
  const clearRedis = redisInTheClear(config);
  if (clearRedis !== undefined) warnings.push(clearRedis);
  if (isReachable(config.listen)) {
    warnings.push({ key: 'listen.host', message: whoReadsReports(config.listen) });
  }
  if (!isLoopback(config.admin.host) && config.admin.expose === 'all') {
    warnings.push({
      key: 'admin.expose',
      message:
        'Whoever reaches the private listener can read reports and take actions (empty the cache, refresh the token, register anew): let nobody reach it who should not.',
    });
  }
  return warnings;
}

const isReachable = ({ socketPath, host }: Config['listen']): boolean =>
  socketPath === undefined && !isLoopback(host);

function whoReadsReports({ tls, callerTokens }: Config['listen']): string {
  if (callerTokens.length === 0 && tls.clientCaFile === undefined)
    return 'Whoever reaches the public listener can read your reports: put a NetworkPolicy or a firewall before it.';
  return tls.certFile === undefined
    ? 'Other machines reach the public listener, and caller tokens and reports travel unencrypted: set listen.tls.'
    : 'Other machines reach the public listener; those with a certificate or token that you gave them can read your reports.';
}
