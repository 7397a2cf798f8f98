import Type, { type StaticDecode } from 'typebox';
import type { Secret } from '../../base/secret.ts';
import { adobe, dcr, upstream } from './adobe-settings.ts';
import { cache } from './cache-settings.ts';
import * as kind from './kinds.ts';
import { HOST_NAME, HOUR, MIB, MINUTE } from './kinds.ts';
import { clients, routes } from './list-settings.ts';
import { redis } from './redis-settings.ts';

/**
 * Every setting of cmu-proxy: type, default, bounds, unit and documentation in one place. `load.ts` validates with it;
 * `npm run docs` writes `config/default.yaml`, `config/schema.json` and the reference in `docs/` from it; the
 * environment variable of a key is derived from its path (`listen.port` is `CMU_PROXY_LISTEN_PORT`).
 */
export const ConfigSchema = kind.section('Configuration of cmu-proxy.', {
  listen: kind.section('The public listener: internal tools call it as if it were Adobe.', {
    host: kind.text(
      'Address to listen on. Anything but loopback also needs `listen.allowRemote`.',
      '127.0.0.1',
      { minLength: 1 },
    ),
    port: kind.port('Port to listen on; 0 takes a free one.', 8080),
    prefix: kind.prefix(
      'Path prefix under which reports are served. Nothing outside it reaches Adobe.',
      '/cmu/v2',
    ),
    allowRemote: kind.flag(
      'Allow a listener on a non-loopback address. Whoever can reach it can read your reports, so put a NetworkPolicy or a firewall before it.',
    ),
    allowedHosts: kind.texts(
      'Names that callers may call both listeners by, such as `cmu-proxy.reports.svc`, without port. `localhost`, addresses and `listen.host` always may; other names are refused (421), because a web page can make its own name mean 127.0.0.1.',
      { pattern: HOST_NAME },
    ),
    forwardProxy: kind.choice(
      "Whether tools whose URL is fixed may have this proxy as their `http_proxy`: requests for `http://` and the host of a route's `upstream.url` are answered by that route; all other hosts are refused. `near`: where the listener is on loopback or a socket.",
      ['near', 'always', 'never'],
    ),
    socketPath: kind.file(
      'Unix domain socket to listen on in place of `listen.host` and `listen.port`. The file of a process that has died is replaced; reports are then not on the private listener.',
    ),
    socketMode: kind.fileMode('Permissions of the socket: who may write to it may call.', '0600'),
    tls: kind.section('TLS on the public listener.', {
      certFile: kind.file(
        'PEM certificate of the listener, with its chain; https is spoken then. Renewed files are taken up within a minute, on SIGHUP at once.',
      ),
      keyFile: kind.file('PEM private key of the certificate, not encrypted.'),
      clientCaFile: kind.file(
        'PEM bundle of authorities: only callers with a certificate of one of them get a connection; reports are then not on the private listener.',
      ),
    }),
    trustProxy: kind.networks(
      'Addresses and networks (`10.0.0.0/8`) of servers in front of this one. What they say in `Forwarded` or `X-Forwarded-For` of where a request comes from is in the log as `client`; of others it is not believed.',
    ),
    callerTokens: kind.entries(
      'Tokens of callers: a name for the log, and the SHA-256 of the token in hex (`printf %s "$TOKEN" | sha256sum`; make tokens with `openssl rand -hex 32`). If there are any, each request for a report needs one, as `Authorization: Bearer` or `X-Cmu-Proxy-Token`. `maxRequestsPerSecond` (20; 0: no bound) is for the requests to Adobe that the caller causes, as in `upstream`.',
      '{name, sha256} and, if need be, maxRequestsPerSecond',
      {
        name: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }),
        // Not shown in mistakes: the commonest one is to put the token itself here.
        sha256: Type.String({ pattern: '^[0-9a-fA-F]{64}$', kind: 'secret' }),
        maxRequestsPerSecond: Type.Integer({ minimum: 0, maximum: 100_000, default: 20 }),
      },
    ),
    accelerator: kind.flag(
      "Read plain GETs ahead of Node's HTTP server (`src/accelerator/`): half again as many reports a second. Off: Node reads every byte.",
      true,
    ),
    workers: kind.integer(
      'Processes that answer callers. 1: the process that holds the credentials does so itself, which is the best for up to one core; more than one have the memory of the cache and the connections divided among them.',
      1,
      { minimum: 1, maximum: 64, unit: 'processes' },
    ),
    maxBodyBytes: kind.bytes('Largest body of a request to a route of kind `api`; reports take none.', MIB),
    maxConnections: kind.integer('Connections served at once; more are answered 503.', 1024, {
      minimum: 1,
      maximum: 1_000_000,
      unit: 'connections',
    }),
    headersTimeoutMs: kind.duration(
      'Time a caller has to send its whole request head.',
      10_000,
      100,
      10 * MINUTE,
    ),
    keepAliveTimeoutMs: kind.duration('Time an idle caller connection stays open.', 65_000, 0, HOUR),
    writeTimeoutMs: kind.duration(
      'Time a caller may go without reading a byte of its answer before the connection is closed.',
      30_000,
      100,
      HOUR,
    ),
  }),
  admin: kind.section('The private listener: health, metrics, status, console. Never publish it.', {
    host: kind.text('Address to listen on. Probes from a kubelet need `0.0.0.0`.', '127.0.0.1', {
      minLength: 1,
    }),
    port: kind.port('Port to listen on; 0 takes a free one.', 9901),
    expose: kind.choice(
      'What other machines may reach here: `health` (and metrics), or `all`: also reports, status, actions and the console. Connections on loopback reach all.',
      ['health', 'all'],
    ),
    shutdown: kind.flag(
      '`POST /api/shutdown`, from this machine alone, stops the proxy as SIGTERM does: for Jobs on clusters without native sidecars, whose main container calls it at its end.',
    ),
  }),
  softwareStatement: kind.secret(
    'The software statement (a JWT) downloaded from the Adobe TVE Dashboard. Prefer `softwareStatementFile`.',
  ),
  softwareStatementFile: kind.file(
    'File that holds the software statement. It is watched: a changed file is registered without a restart.',
  ),
  clients,
  routes,
  adobe,
  dcr: kind.section('Adobe Dynamic Client Registration: where credentials and tokens come from.', {
    ...dcr,
    initialAccessTokenFile: kind.secretFile('File that holds the initial access token.'),
    proxyFile: kind.secretFile('File that holds the URL of the proxy.'),
  }),
  upstream: kind.section('The report API.', {
    ...upstream,
    proxyFile: kind.secretFile('File that holds the URL of the proxy.'),
  }),
  state: kind.section('Where credentials and token survive a restart.', {
    dir: kind.file(
      'Folder of the state file (0700). Empty: `$XDG_STATE_HOME/cmu-proxy`, else `~/.local/state/cmu-proxy`. The image uses `/var/lib/cmu-proxy`.',
    ),
    key: kind.secret(
      'Key that seals the state file (a JWE, `dir` with A256GCM): 32 bytes in Base64 or hex, as `openssl rand -base64 32` makes them. Prefer `state.keyFile`. Empty: plain JSON, mode 0600.',
    ),
    keyFile: kind.secretFile('File that holds the key.'),
    previousKeyFiles: kind.texts(
      'Files with the keys that came before: they open what they sealed, and the start seals it with `state.key`; take them off the list then.',
    ),
    acceptPlain: kind.flag(
      'Takes up a state file that is not sealed although there is a key, and seals it: for one start, after a key was given for the first time. Otherwise such a file is set aside.',
    ),
  }),
  redis: kind.section(
    'A store for many replicas: one registration, one token, one budget of DCR calls for all.',
    redis,
  ),
  cache: kind.section('The report cache (in memory).', cache),
  log: kind.section('Logs: one JSON line an event on stdout.', {
    level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      description: 'Least level that is written.',
      default: 'info',
    }),
  }),
  shutdown: kind.section('Stopping.', {
    delayMs: kind.duration(
      'Time after SIGTERM in which callers are served on while `/readyz` says 503. Open connections end with their next answers.',
      0,
      0,
      10 * MINUTE,
    ),
    graceMs: kind.duration(
      'Time that requests in flight have to finish after SIGTERM.',
      10_000,
      0,
      10 * MINUTE,
    ),
  }),
  sandbox: kind.section('The built-in stand-in for Adobe (`cmu-proxy sandbox`, `cmu-proxy demo`).', {
    port: kind.port('Port to listen on; 0 takes a free one.', 8090),
  }),
});

/** `T` with everything in it read-only; URLs and secrets are values already. */
type Immutable<T> = T extends URL | Secret | number | undefined
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/**
 * The configuration that the program works with: complete, within bounds, URLs as `URL`, secrets as `Secret`, and
 * `undefined` where a file, folder or secret was not given. Only `loadConfig` makes one.
 */
export type Config = Immutable<StaticDecode<typeof ConfigSchema>>;
